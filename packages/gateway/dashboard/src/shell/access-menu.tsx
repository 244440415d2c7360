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
      <summary className="nav-link">{present ? "Token set" : "Token"}</summary>
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
