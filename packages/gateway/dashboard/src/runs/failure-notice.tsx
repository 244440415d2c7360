import type { RunFactsFragment } from "../generated/operations.ts";

type Failure = NonNullable<RunFactsFragment["failure"]>;

const CAUSES: Readonly<Record<string, string>> = {
  INTERRUPTED: "The gateway stopped while this run was under way.",
  CRASHED: "The thread of this run died.",
  DIVERGED: "The method diverged.",
  INVALID_INPUT: "The experiment refused its input.",
  UNSUPPORTED: "The device cannot do what the experiment needs.",
  DEVICE_UNAVAILABLE: "The device was not available.",
  DEVICE_LOST: "The device went away while it was in use.",
  OUT_OF_MEMORY: "The device had no room left.",
};

/** Why a run failed, in one sentence. */
export function causeOf({ code }: Failure): string {
  return CAUSES[code] ?? "The run failed.";
}

/** Why a run failed, in full. */
export function FailureNotice({ failure }: { readonly failure: Failure }) {
  return (
    <div className="notice bad">
      <p>
        <strong>{causeOf(failure)}</strong> {failure.message}
      </p>
      <code>{failure.code}</code>
    </div>
  );
}
