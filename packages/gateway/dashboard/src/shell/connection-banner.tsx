import { retryNow, useConnection } from "../api/connection.ts";
import { useNow } from "../display/time.tsx";

/** Says that the gateway is gone and when the next attempt is due; lies over the page, so that nothing jumps. */
export function ConnectionBanner() {
  const { reachable, nextAttemptAt } = useConnection();
  const now = useNow(reachable ? 0 : 0.5);
  const seconds = nextAttemptAt === null ? 0 : Math.max(0, Math.ceil((nextAttemptAt - now) / 1000));
  return (
    <div role="alert" aria-live="assertive">
      {!reachable && (
        <div className="connection-banner">
          <span>
            <strong>The gateway does not answer.</strong> What you see may be out of date.{" "}
            <span className="attempt">{nextAttemptAt === null ? "Trying now …" : `Trying again in ${seconds} s.`}</span>
          </span>
          <button type="button" className="button small" onClick={retryNow} disabled={nextAttemptAt === null}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}
