import { type QueryState, useQuery } from "../api/query.ts";
import { Citation } from "../display/citation.tsx";
import { DeviceTag, deviceDetail, deviceText } from "../display/device.tsx";
import { Empty, Failure, Skeleton } from "../display/placeholder.tsx";
import { Status, Verdict } from "../display/status.tsx";
import { Ago } from "../display/time.tsx";
import {
  DevicesDocument,
  type DevicesQuery,
  HomeDocument,
  type HomeQuery,
  type RunSummaryFragment,
  RunsDocument,
} from "../generated/operations.ts";
import { Link } from "../routing/location.tsx";
import { experimentAddress, runAddress } from "../routing/route.ts";
import { useTitle } from "./title.ts";

const RECENT_RUNS = 8;

type ListedExperiment = HomeQuery["experiments"]["nodes"][number];

function LastRun({ run }: { readonly run: RunSummaryFragment }) {
  return (
    <li>
      <Link to={runAddress(run.id)} className="last-run">
        <Status status={run.status} /> on {deviceText(run.device.kind)} <Verdict expectations={run.expectations} />{" "}
        <span className="faint">
          <Ago at={run.startedAt ?? run.createdAt} />
        </span>
      </Link>
    </li>
  );
}

function ExperimentCard({ experiment }: { readonly experiment: ListedExperiment }) {
  const { id, title, summary, paper, package: owner, runs } = experiment;
  return (
    <article className="card experiment-card">
      <p className="eyebrow">
        <code>{id}</code>
        <span className="faint">
          {owner.name} {owner.version}
        </span>
      </p>
      <h3>
        <Link to={experimentAddress(id)} className="experiment-link">
          {title}
        </Link>
      </h3>
      <p>{summary}</p>
      <p className="reference">
        <Citation paper={paper} />
      </p>
      <div className="card-foot">
        {runs.totalCount === 0 ? (
          <p className="faint">Not run yet on this machine.</p>
        ) : (
          <ul className="last-runs" aria-label={`Last runs of ${title}`}>
            {runs.nodes.map((run) => (
              <LastRun key={run.id} run={run} />
            ))}
          </ul>
        )}
        <Link to={experimentAddress(id)} className="button small">
          Set up a run
        </Link>
      </div>
    </article>
  );
}

function Devices({ machine: { data, error, refetch } }: { readonly machine: QueryState<DevicesQuery> }) {
  return (
    <section aria-labelledby="devices-heading">
      <h2 id="devices-heading">Devices of this machine</h2>
      {error !== undefined && <Failure error={error} onRetry={refetch} />}
      {data === undefined ? (
        error === undefined && <Skeleton lines={6} label="devices" />
      ) : (
        <ul className="device-list">
          {data.devices.map(({ kind, available, name, dtypes, reason, remedy }) => (
            <li key={kind} className={available ? "device available" : "device"}>
              <p className="device-head">
                <span className="device-kind">{deviceText(kind)}</span>
                <span className={available ? "status good" : "status quiet"}>
                  {available ? "available" : "not available"}
                </span>
              </p>
              {available && name !== null ? (
                <p className="device-detail">
                  {deviceDetail(kind, name)}
                  <span className="dtypes">{dtypes.join(", ")}</span>
                </p>
              ) : (
                <p className="device-detail">
                  {reason}
                  <span className="remedy">{remedy}</span>
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function RecentRuns({ runs }: { readonly runs: readonly RunSummaryFragment[] }) {
  return (
    <section aria-labelledby="recent-heading">
      <h2 id="recent-heading">Recent runs</h2>
      {runs.length === 0 && (
        <Empty title="Nothing has been run here yet.">
          Open an experiment and press Start; a run of the defaults takes seconds.
        </Empty>
      )}
      {runs.length > 0 && (
        <ol className="recent-runs card">
          {runs.map((run) => (
            <li key={run.id}>
              <Link to={runAddress(run.id)} className="recent-run">
                <span className="recent-number">#{run.number}</span>
                <span className="recent-title">{run.experiment?.title ?? run.experimentId}</span>
                <DeviceTag kind={run.device.kind} name={run.device.name} />
                <Status status={run.status} />
                <Verdict expectations={run.expectations} />
                <span className="recent-when faint">
                  <Ago at={run.startedAt ?? run.createdAt} />
                </span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Experiments({ data }: { readonly data: HomeQuery }) {
  const experiments = data.experiments.nodes;
  const problems = data.packages.nodes.filter((each) => each.problems.length > 0);
  return (
    <section aria-labelledby="experiments-heading">
      <h2 id="experiments-heading">Experiments</h2>
      {experiments.length === 0 && (
        <Empty title="No package with experiments is installed.">
          Install one beside the gateway, for example <code>npm install @ansatz/ot</code>, and start the gateway again.
        </Empty>
      )}
      <div className="stack">
        {experiments.map((experiment) => (
          <ExperimentCard key={experiment.id} experiment={experiment} />
        ))}
        {problems.map(({ name, problems: causes }) => (
          <div key={name} className="notice warn" role="status">
            <p>
              <strong>Parts of {name} could not be loaded.</strong> {causes.join(" ")}
            </p>
          </div>
        ))}
      </div>
    </section>
  );
}

/** What can be run here, on what, and what has been run. */
export function HomePage() {
  useTitle(undefined);
  const home = useQuery(HomeDocument, {}, 5);
  const recent = useQuery(RunsDocument, { first: RECENT_RUNS, filter: null }, 2);
  const machine = useQuery(DevicesDocument, {});
  const error = home.error ?? recent.error;
  return (
    <>
      <div className="page-head">
        <h1>Numerical experiments of research papers, run on this machine</h1>
        <p className="lead">
          Each experiment reproduces a claim of a paper. Start one, watch it converge, and see which of the paper’s
          numbers it reaches here.
        </p>
      </div>
      {error !== undefined && (
        <Failure
          error={error}
          onRetry={() => {
            home.refetch();
            recent.refetch();
          }}
        />
      )}
      {home.data !== undefined && recent.data !== undefined ? (
        <div className="columns">
          <div className="sections">
            <Experiments data={home.data} />
            <RecentRuns runs={recent.data.runs.nodes} />
          </div>
          <aside>
            <Devices machine={machine} />
          </aside>
        </div>
      ) : (
        error === undefined && <Skeleton lines={16} label="experiments and runs" />
      )}
    </>
  );
}
