import type { RunStatus } from "../generated/operations.ts";

const STATUS: Readonly<Record<RunStatus, { readonly label: string; readonly tone: string }>> = {
  QUEUED: { label: "queued", tone: "waiting" },
  RUNNING: { label: "running", tone: "running" },
  SUCCEEDED: { label: "finished", tone: "good" },
  FAILED: { label: "failed", tone: "bad" },
  CANCELLED: { label: "cancelled", tone: "quiet" },
};

export function statusText(status: RunStatus): string {
  return STATUS[status].label;
}

/** A shape as well as a colour for each status. */
function StatusMark({ status }: { readonly status: RunStatus }) {
  const marks: Record<RunStatus, React.ReactNode> = {
    QUEUED: (
      <circle cx="6" cy="6" r="4.250" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2 2" />
    ),
    RUNNING: <circle cx="6" cy="6" r="4" fill="currentColor" />,
    SUCCEEDED: (
      <path
        d="M2 6.500 5 9.500 10.500 3"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    ),
    FAILED: (
      <path
        d="M2.500 2.500l7 7M9.500 2.500l-7 7"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      />
    ),
    CANCELLED: <path d="M2 6h8" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  };
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {marks[status]}
    </svg>
  );
}

export function Status({ status }: { readonly status: RunStatus }) {
  const { label, tone } = STATUS[status];
  return (
    <span className={`status ${tone}`}>
      <StatusMark status={status} />
      {label}
    </span>
  );
}

/** How many of the paper's claims a run met; nothing for a run that checked none. */
export function Verdict({ expectations }: { readonly expectations: readonly { readonly met: boolean }[] }) {
  if (expectations.length === 0) return null;
  const met = expectations.filter((expectation) => expectation.met).length;
  const all = met === expectations.length;
  return (
    <span
      className={`verdict ${all ? "good" : "bad"}`}
      title={`${met} of ${expectations.length} of the paper's numbers reproduced`}
    >
      {met}/{expectations.length} met
    </span>
  );
}
