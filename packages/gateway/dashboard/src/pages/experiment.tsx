import { useState } from "react";
import { useQuery } from "../api/query.ts";
import { Citation } from "../display/citation.tsx";
import { deviceText } from "../display/device.tsx";
import { Empty, Failure, Skeleton } from "../display/placeholder.tsx";
import { statusText } from "../display/status.tsx";
import { type FormStart, RunForm } from "../form/run-form.tsx";
import {
  type DeviceKind,
  DevicesDocument,
  type DevicesQuery,
  ExperimentDocument,
  type ExperimentQuery,
  RunParametersDocument,
  type RunStatus,
  RunsDocument,
} from "../generated/operations.ts";
import { Link, navigate } from "../routing/location.tsx";
import { compareAddress, experimentAddress, MOST_COMPARED } from "../routing/route.ts";
import { Direction, RunTable } from "../runs/run-table.tsx";
import { NotFoundPage } from "./not-found.tsx";
import { useTitle } from "./title.ts";

type Experiment = NonNullable<ExperimentQuery["experiment"]>;

const PAGE = 20;
/** The most runs the gateway lists at once. */
const LARGEST_PAGE = 200;
const DEVICES: readonly DeviceKind[] = ["CPU", "WEBGPU", "TENSORFLOW"];
const STATUSES: readonly RunStatus[] = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"];

interface FilterProps<Value extends string> {
  readonly label: string;
  readonly values: readonly Value[];
  readonly text: (value: Value) => string;
  readonly chosen: Value | "";
  readonly onChoose: (value: Value | "") => void;
}

function Filter<Value extends string>({ label, values, text, chosen, onChoose }: FilterProps<Value>) {
  return (
    <label className="filter">
      {label}
      <select className="input small" value={chosen} onChange={(event) => onChoose(event.target.value as Value | "")}>
        <option value="">any</option>
        {values.map((value) => (
          <option key={value} value={value}>
            {text(value)}
          </option>
        ))}
      </select>
    </label>
  );
}

function PreviousRuns({ experiment }: { readonly experiment: Experiment }) {
  const [device, setDevice] = useState<DeviceKind | "">("");
  const [status, setStatus] = useState<RunStatus | "">("");
  const [first, setFirst] = useState(PAGE);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const filter = {
    experiment: [experiment.id],
    device: device === "" ? null : [device],
    status: status === "" ? null : [status],
  };
  const { data, error, stale, refetch } = useQuery(RunsDocument, { first, filter }, 2);
  const runs = data?.runs.nodes ?? [];
  const total = data?.runs.totalCount ?? 0;
  const filtered = device !== "" || status !== "";

  const select = (id: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(id);
    else next.delete(id);
    setSelected(next);
  };
  const inOrder = [...selected].sort(
    (a, b) => runs.findIndex(({ id }) => id === b) - runs.findIndex(({ id }) => id === a),
  );

  return (
    <section aria-labelledby="runs-heading">
      <div className="section-head">
        <h2 id="runs-heading">
          Runs {data !== undefined && <span className="faint">{total >= 10_000 ? "10 000 or more" : total}</span>}
        </h2>
        <div className="section-tools">
          <Filter label="device" values={DEVICES} text={deviceText} chosen={device} onChoose={setDevice} />
          <Filter label="status" values={STATUSES} text={statusText} chosen={status} onChoose={setStatus} />
          <button
            type="button"
            className="button small"
            disabled={selected.size < 2}
            title={selected.size < 2 ? `Select two to ${MOST_COMPARED} runs` : undefined}
            onClick={() => navigate(compareAddress(inOrder))}
          >
            Compare{selected.size > 0 ? ` ${selected.size}` : ""}
          </button>
        </div>
      </div>
      {error !== undefined && <Failure error={error} onRetry={refetch} />}
      {data === undefined && error === undefined && <Skeleton lines={5} label="runs" />}
      {data !== undefined && total === 0 && (
        <Empty title={filtered ? "No run is like that." : "Not run yet on this machine."}>
          {filtered ? "Choose another device or status." : "The form above starts with the defaults of the experiment."}
        </Empty>
      )}
      {runs.length > 0 && (
        <div aria-busy={stale}>
          <RunTable
            runs={runs}
            metrics={experiment.metrics}
            parameters={experiment.parameters}
            selected={selected}
            selectable={selected.size < MOST_COMPARED}
            onSelect={select}
          />
          {runs.length < total && first < LARGEST_PAGE && (
            <button
              type="button"
              className="button small"
              onClick={() => setFirst(Math.min(first + PAGE, LARGEST_PAGE))}
            >
              Show more
            </button>
          )}
        </div>
      )}
    </section>
  );
}

type Devices = DevicesQuery["devices"];

interface NewRunProps {
  readonly experiment: Experiment;
  readonly devices: Devices;
}

function NewRun({ experiment, devices, like }: NewRunProps & { readonly like?: FormStart }) {
  return <RunForm experiment={experiment.id} parameters={experiment.parameters} devices={devices} like={like} />;
}

function NewRunLike({ experiment, devices, id }: NewRunProps & { readonly id: string }) {
  const { data, error, refetch } = useQuery(RunParametersDocument, { id });
  if (error !== undefined) return <Failure error={error} onRetry={refetch} />;
  if (data === undefined) return <Skeleton lines={12} label="the form" />;
  const { run } = data;
  if (run === null) return <NewRun experiment={experiment} devices={devices} />;
  const parameters = run.parameters as Readonly<Record<string, unknown>>;
  return (
    <>
      <p className="form-origin">
        Filled in as in run #{run.number}.{" "}
        <Link to={experimentAddress(experiment.id)}>Start from the defaults instead</Link>
      </p>
      <NewRun
        experiment={experiment}
        devices={devices}
        like={{ parameters, seed: run.seed, device: run.device.kind }}
      />
    </>
  );
}

function Measures({ experiment }: { readonly experiment: Experiment }) {
  return (
    <section aria-labelledby="measures-heading" className="card measures">
      <h2 id="measures-heading">What it measures</h2>
      <dl>
        {experiment.metrics.map(({ name, label, unit, better }) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>
              {unit} <Direction better={better} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="faint measures-key">↓ lower is better, ↑ higher is better</p>
    </section>
  );
}

/** What an experiment reproduces, a form to run it, and its runs so far. */
export function ExperimentPage({ id, like }: { readonly id: string; readonly like: string | null }) {
  const { data, error, refetch } = useQuery(ExperimentDocument, { id });
  const machine = useQuery(DevicesDocument, {});
  const experiment = data?.experiment;
  useTitle(experiment?.title);
  if (error !== undefined) return <Failure error={error} onRetry={refetch} />;
  if (machine.error !== undefined) return <Failure error={machine.error} onRetry={machine.refetch} />;
  if (experiment === null)
    return (
      <NotFoundPage title={`There is no experiment ${id}`}>
        No installed package has an experiment of this name. <Link to="/">See which there are.</Link>
      </NotFoundPage>
    );
  // Together, so that a form which is still growing does not push the runs down.
  if (experiment === undefined || machine.data === undefined) return <Skeleton lines={18} label="the experiment" />;
  const { devices } = machine.data;
  return (
    <>
      <div className="page-head">
        <p className="eyebrow">
          <Link to="/">Experiments</Link>
          <code>{experiment.id}</code>
          <span className="faint">
            {experiment.package.name} {experiment.package.version}
          </span>
        </p>
        <h1>{experiment.title}</h1>
        <p className="lead">{experiment.summary}</p>
        <p className="reference">
          Reproduces <Citation paper={experiment.paper} />
        </p>
      </div>
      <div className="columns">
        <section aria-labelledby="new-run-heading" className="card new-run">
          <h2 id="new-run-heading">New run</h2>
          {like === null ? (
            <NewRun experiment={experiment} devices={devices} />
          ) : (
            <NewRunLike key={like} experiment={experiment} devices={devices} id={like} />
          )}
        </section>
        <aside>
          <Measures experiment={experiment} />
        </aside>
      </div>
      <PreviousRuns experiment={experiment} />
    </>
  );
}
