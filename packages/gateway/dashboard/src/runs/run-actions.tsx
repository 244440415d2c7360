import { useState } from "react";
import { request } from "../api/client.ts";
import { GatewayUnreachableError } from "../api/connection.ts";
import { useQuery } from "../api/query.ts";
import { deviceText } from "../display/device.tsx";
import { CancelRunDocument, type DeviceKind, DevicesDocument, type RunFactsFragment } from "../generated/operations.ts";
import { Link, navigate } from "../routing/location.tsx";
import { compareAddress, experimentAddress, runAddress } from "../routing/route.ts";
import { hasEnded } from "./run-view.ts";
import { newIdempotencyKey, startRun } from "./start-run.ts";

function problemText(error: unknown): string {
  return error instanceof GatewayUnreachableError
    ? "The gateway did not answer; try again when it is back."
    : (error as Error).message;
}

function Cancel({
  facts,
  onProblem,
}: {
  readonly facts: RunFactsFragment;
  readonly onProblem: (problem: string) => void;
}) {
  const [asked, setAsked] = useState(false);
  const stopping = asked || facts.cancelRequestedAt !== null;
  const cancel = async () => {
    setAsked(true);
    try {
      const { cancelRun } = await request(CancelRunDocument, { id: facts.id });
      if (cancelRun.__typename === "UnknownRun") onProblem(cancelRun.message);
    } catch (error) {
      setAsked(false);
      onProblem(problemText(error));
    }
  };
  return (
    <button type="button" className="button" disabled={stopping} onClick={() => void cancel()}>
      {stopping ? "Stopping …" : "Cancel run"}
    </button>
  );
}

function Repeat({
  facts,
  onProblem,
}: {
  readonly facts: RunFactsFragment;
  readonly onProblem: (problem: string) => void;
}) {
  const { data } = useQuery(DevicesDocument, {});
  const [busy, setBusy] = useState(false);
  const [key] = useState(newIdempotencyKey);
  const available = data?.devices.filter((device) => device.available).map(({ kind }) => kind) ?? [];
  const others = available.filter((kind) => kind !== facts.device.kind);

  const repeatOn = async (device: DeviceKind) => {
    setBusy(true);
    onProblem("");
    try {
      const outcome = await startRun({
        experiment: facts.experimentId,
        device,
        parameters: facts.parameters,
        seed: facts.seed,
        idempotencyKey: `${key}-${device}`,
      });
      if (outcome.started === null)
        onProblem([...Object.values(outcome.fields), outcome.message].filter(Boolean).join(" "));
      else
        navigate(
          device === facts.device.kind ? runAddress(outcome.started) : compareAddress([facts.id, outcome.started]),
        );
    } catch (error) {
      onProblem(problemText(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <button
        type="button"
        className="button"
        disabled={busy || !available.includes(facts.device.kind)}
        onClick={() => void repeatOn(facts.device.kind)}
      >
        Run again
      </button>
      {others.map((kind) => (
        <button key={kind} type="button" className="button" disabled={busy} onClick={() => void repeatOn(kind)}>
          Same on {deviceText(kind)}
        </button>
      ))}
    </>
  );
}

/** What can be done with a run: stop it while it lasts, repeat it here or elsewhere, start a varied one. */
export function RunActions({ facts }: { readonly facts: RunFactsFragment }) {
  const [problem, setProblem] = useState("");
  return (
    <div className="run-actions">
      {!hasEnded(facts.status) && <Cancel facts={facts} onProblem={setProblem} />}
      {facts.experiment !== null && hasEnded(facts.status) && (
        <Repeat key={facts.id} facts={facts} onProblem={setProblem} />
      )}
      {facts.experiment !== null && (
        <Link
          className="button"
          to={experimentAddress(facts.experimentId, facts.id)}
          title="A new run that starts from these parameters"
        >
          Vary …
        </Link>
      )}
      <p className="form-message" role="alert">
        {problem}
      </p>
    </div>
  );
}
