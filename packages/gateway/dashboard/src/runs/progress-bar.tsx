import { fromWire } from "../api/real.ts";
import { measured, numberText } from "../display/number-parts.ts";
import { durationText, useNow } from "../display/time.tsx";
import type { RunFactsFragment } from "../generated/operations.ts";
import { causeOf } from "./failure-notice.tsx";
import { hasEnded } from "./run-view.ts";

/** Work done out of the total, the last message and the time so far. It keeps its place when the run has ended. */
export function ProgressBar({ facts }: { readonly facts: RunFactsFragment }) {
  const { status, progress, startedAt, seconds } = facts;
  const ended = hasEnded(status);
  const now = useNow(ended || startedAt === null ? 0 : 0.1);
  const done = progress === null ? 0 : fromWire(progress.done);
  const total = progress === null ? 0 : fromWire(progress.total);
  const known = Number.isFinite(done / total);
  const share = status === "SUCCEEDED" ? 1 : known ? Math.min(1, Math.max(0, done / total)) : 0;
  const elapsed = seconds ?? (startedAt === null || ended ? null : Math.max(0, (now - Date.parse(startedAt)) / 1000));
  // A run that has succeeded is done, however much it had expected to do.
  const counts =
    known && status !== "SUCCEEDED" ? `${numberText(measured(done, 3))} of ${numberText(measured(total, 3))}` : "";
  const message = ended ? facts.failure && causeOf(facts.failure) : progress?.message;
  const words = status === "QUEUED" ? "Waits for its device." : [counts, message].filter(Boolean).join(" · ");
  return (
    <div className={`progress ${status.toLowerCase()}`}>
      <div
        className="progress-track"
        role="progressbar"
        aria-label="Progress of the run"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={known || status === "SUCCEEDED" ? Math.round(100 * share) : undefined}
        aria-valuetext={words || undefined}
      >
        <div
          className={known || ended ? "progress-fill" : "progress-fill indeterminate"}
          style={{ width: known || ended ? `${100 * share}%` : undefined }}
        />
      </div>
      <p className="progress-words">
        <span>{words}</span>
        <span>{elapsed === null ? "" : durationText(elapsed)}</span>
      </p>
    </div>
  );
}
