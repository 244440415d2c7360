import type { FormEvent } from "react";
import { storedToken, storeToken } from "../api/token.ts";

/** Everything on the page was asked for with the old token, so it starts anew. */
function change(token: string | null): void {
  storeToken(token);
  location.reload();
}

function save(event: FormEvent<HTMLFormElement>): void {
  event.preventDefault();
  const token = String(new FormData(event.currentTarget).get("token")).trim();
  if (token !== "") change(token);
}

/** Where a reader becomes somebody who may start runs. */
export function AccessMenu() {
  const present = storedToken() !== null;
  return (
    <details className="access-menu">
      <summary className="nav-link">
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path
            d="M8 10.500a3 3 0 1 1-1.200-2.400L13 2M10.500 4.500l2 2"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
        <span className="access-label">{present ? "Token set" : "Token"}</span>
      </summary>
      <form onSubmit={save}>
        <p>
          {present
            ? "Requests carry the token that is kept in this browser."
            : "Starting and stopping runs needs a token. “ansatz-gateway token create” makes one."}
        </p>
        <label>
          API token
          <input name="token" type="password" autoComplete="off" placeholder="ansatz_…" />
        </label>
        <div className="access-actions">
          <button type="submit" className="button primary">
            Use it
          </button>
          {present && (
            <button type="button" className="button" onClick={() => change(null)}>
              Forget it
            </button>
          )}
        </div>
      </form>
    </details>
  );
}
