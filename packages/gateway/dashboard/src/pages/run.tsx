import { DeviceTag } from "../display/device.tsx";
import { Failure, Skeleton } from "../display/placeholder.tsx";
import { Status, statusText, Verdict } from "../display/status.tsx";
import { Ago, durationText } from "../display/time.tsx";
import { Link } from "../routing/location.tsx";
import { experimentAddress } from "../routing/route.ts";
import { FailureNotice } from "../runs/failure-notice.tsx";
import { Expectations, Metrics } from "../runs/outcome.tsx";
import { ParameterSummary } from "../runs/parameter-summary.tsx";
import { HeatmapFigure, ImageFigure } from "../runs/pictures.tsx";
import { ProgressBar } from "../runs/progress-bar.tsx";
import { levelOf, mainFirst, quantitiesOf } from "../runs/quantities.ts";
import { RunRecord } from "../runs/record.tsx";
import { ReportTable } from "../runs/report-table.tsx";
import { RunActions } from "../runs/run-actions.tsx";
import { hasEnded, type RunView } from "../runs/run-view.ts";
import { MainChart, OtherCharts } from "../runs/series-charts.tsx";
import { useRuns } from "../runs/use-runs.ts";
import { NotFoundPage } from "./not-found.tsx";
import { useTitle } from "./title.ts";

function Head({ view }: { readonly view: RunView }) {
  const { facts } = view;
  return (
    <div className="page-head">
      <p className="eyebrow">
        <Link to="/">Experiments</Link>
        <Link to={experimentAddress(facts.experimentId)}>
          <code>{facts.experimentId}</code>
        </Link>
        <span className="faint">
          <Ago at={facts.startedAt ?? facts.createdAt} />
        </span>
      </p>
      <div className="run-title">
        <h1>
          {facts.experiment?.title ?? facts.experimentId} <span className="run-number">run #{facts.number}</span>
        </h1>
        <p className="run-state">
          <Status status={facts.status} />
          <DeviceTag kind={facts.device.kind} name={facts.device.name} />
          <Verdict expectations={facts.expectations} />
        </p>
      </div>
      <p className="run-given">
        <ParameterSummary given={facts.parameters} declared={facts.experiment?.parameters ?? []} />
        <span>
          seed <b>{facts.seed}</b>
        </span>
      </p>
      <RunActions facts={facts} />
      <ProgressBar facts={facts} />
    </div>
  );
}

function Pictures({ view }: { readonly view: RunView }) {
  if (view.images.length + view.heatmaps.length === 0) return null;
  return (
    <section aria-labelledby="pictures-heading">
      <h2 id="pictures-heading">Pictures</h2>
      <div className="pictures card">
        {view.images.length > 0 && (
          <div className="images">
            {view.images.map((image) => (
              <ImageFigure key={image.name} image={image} />
            ))}
          </div>
        )}
        {view.heatmaps.map((heatmap) => (
          <HeatmapFigure key={heatmap.name} heatmap={heatmap} />
        ))}
      </div>
    </section>
  );
}

function Notes({ view }: { readonly view: RunView }) {
  const { startedAt, createdAt } = view.facts;
  const origin = Date.parse(startedAt ?? createdAt);
  return (
    <section aria-labelledby="notes-heading">
      <h2 id="notes-heading">Notes</h2>
      <ol className="notes">
        {view.notes.map(({ sequence, message, at }) => (
          <li key={sequence}>
            <span className="note-time">{durationText(Math.max(0, (Date.parse(at) - origin) / 1000))}</span>
            <span>{message}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Report({ view }: { readonly view: RunView }) {
  const { facts } = view;
  const quantities = mainFirst(quantitiesOf(view.series), facts.experiment?.metrics ?? []);
  const level = (quantity: string) => levelOf(quantity, facts);
  return (
    <>
      <div className="run-columns">
        <section aria-label="Main curve" className="run-main">
          <MainChart quantities={quantities} levelOf={level} waiting={!hasEnded(facts.status)} />
        </section>
        <aside className="stack run-outcome">
          <section aria-labelledby="metrics-heading" className="card">
            <h2 id="metrics-heading">Result</h2>
            {facts.failure === null ? <Metrics facts={facts} /> : <FailureNotice failure={facts.failure} />}
          </section>
          {facts.expectations.length > 0 && (
            <section aria-labelledby="expectations-heading" className="card">
              <h2 id="expectations-heading">The paper’s numbers</h2>
              <Expectations facts={facts} />
            </section>
          )}
        </aside>
        <OtherCharts quantities={quantities} levelOf={level} />
      </div>
      <Pictures view={view} />
      {view.tables.map((table) => (
        <ReportTable key={table.name} table={table} />
      ))}
      {view.notes.length > 0 && <Notes view={view} />}
      {hasEnded(facts.status) && (
        <section aria-labelledby="record-heading" className="card">
          <h2 id="record-heading">Record</h2>
          <RunRecord facts={facts} />
        </section>
      )}
    </>
  );
}

/** A run: live while it lasts, complete whenever it is opened later. */
export function RunPage({ id }: { readonly id: string }) {
  const [run] = useRuns([id]);
  const facts = run.state === "known" ? run.view.facts : undefined;
  useTitle(facts && `${statusText(facts.status)} · ${facts.experimentId} #${facts.number}`);
  switch (run.state) {
    case "loading":
      return <Skeleton lines={18} label="the run" />;
    case "failed":
      return <Failure error={run.error} />;
    case "unknown":
      return (
        <NotFoundPage title="There is no such run">
          This gateway has no run with the id <code>{id}</code>. <Link to="/">See the experiments and their runs.</Link>
        </NotFoundPage>
      );
    case "known":
      return (
        <>
          <Head view={run.view} />
          <p className="visually-hidden" role="status">
            Run {statusText(run.view.facts.status)}
          </p>
          <Report view={run.view} />
        </>
      );
  }
}
