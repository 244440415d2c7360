import type { CSSProperties, ReactNode } from "react";
import { seriesColour } from "../chart/colour.ts";
import { DeviceTag, deviceDetail, deviceText } from "../display/device.tsx";
import { Num } from "../display/number.tsx";
import { uniform } from "../display/number-parts.ts";
import { Empty, Failure, Skeleton } from "../display/placeholder.tsx";
import { Status, Verdict } from "../display/status.tsx";
import { TableFrame } from "../display/table-frame.tsx";
import type { RunFactsFragment } from "../generated/operations.ts";
import { Link, replaceAddress } from "../routing/location.tsx";
import { compareAddress, experimentAddress, MOST_COMPARED, runAddress } from "../routing/route.ts";
import { bestOf, mergeMetrics } from "../runs/comparison.ts";
import { ParameterValue } from "../runs/parameter-summary.tsx";
import { HeatmapFigure, ImageFigure } from "../runs/pictures.tsx";
import { ProgressBar } from "../runs/progress-bar.tsx";
import { levelOf, mainFirst, overlay } from "../runs/quantities.ts";
import { Direction } from "../runs/run-table.tsx";
import { hasEnded, type RunView } from "../runs/run-view.ts";
import { MainChart, OtherCharts } from "../runs/series-charts.tsx";
import { useRuns } from "../runs/use-runs.ts";
import { NotFoundPage } from "./not-found.tsx";
import { useTitle } from "./title.ts";

/** `"#12 webgpu"`. */
function runLabel({ number, device }: RunFactsFragment): string {
  return `#${number} ${deviceText(device.kind)}`;
}

function Swatch({ index }: { readonly index: number }) {
  return <span className="swatch" style={{ background: `var(${seriesColour(index)})` }} aria-hidden="true" />;
}

function RunColumnHead({
  view,
  index,
  others,
}: {
  readonly view: RunView;
  readonly index: number;
  readonly others: readonly string[];
}) {
  const { facts } = view;
  return (
    <div className="card compared-run">
      <p className="compared-run-title">
        <Swatch index={index} />
        <Link to={runAddress(facts.id)}>Run #{facts.number}</Link>
        <DeviceTag kind={facts.device.kind} name={facts.device.name} />
        {others.length > 1 && (
          <button
            type="button"
            className="link-button"
            aria-label={`Leave out run ${facts.number}`}
            onClick={() => replaceAddress(compareAddress(others))}
          >
            leave out
          </button>
        )}
      </p>
      <p className="run-state">
        <Status status={facts.status} />
        <Verdict expectations={facts.expectations} />
      </p>
      <p className="device-detail">
        {facts.failure?.message ??
          (facts.device.name === null ? "" : deviceDetail(facts.device.kind, facts.device.name))}
      </p>
      <ProgressBar facts={facts} />
    </div>
  );
}

/** Rows of values, a column per run. */
function ComparisonTable({
  views,
  head,
  rows,
}: {
  readonly views: readonly RunView[];
  readonly head: string;
  readonly rows: ReactNode;
}) {
  return (
    <TableFrame label={`Comparison, by ${head}`}>
      <table className="comparison">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            {views.map(({ facts }, index) => (
              <th key={facts.id} scope="col" className="numeric">
                <Swatch index={index} /> {runLabel(facts)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
    </TableFrame>
  );
}

function MetricRows({ views }: { readonly views: readonly RunView[] }) {
  return mergeMetrics(views.map(({ facts }) => facts)).map(({ name, label, unit, better, values }) => {
    const best = bestOf(values, better);
    const format = uniform(values.filter((value) => value !== null));
    return (
      <tr key={name}>
        <th scope="row">
          {label}
          {unit !== null && <span className="head-unit"> ({unit})</span>}
          <Direction better={better} />
        </th>
        {values.map((value, index) => (
          <td key={views[index].facts.id} className={best.has(index) ? "numeric best" : "numeric"}>
            {best.has(index) && <span className="best-mark">best</span>}
            <Num value={value} format={format} />
          </td>
        ))}
      </tr>
    );
  });
}

function ExpectationRows({ views }: { readonly views: readonly RunView[] }) {
  return (
    <tr>
      <th scope="row">paper’s numbers</th>
      {views.map(({ facts }) => (
        <td key={facts.id} className="numeric">
          {facts.expectations.length === 0 ? (
            <span className="faint">–</span>
          ) : (
            <Verdict expectations={facts.expectations} />
          )}
        </td>
      ))}
    </tr>
  );
}

function given(facts: RunFactsFragment): Readonly<Record<string, unknown>> {
  return { ...(facts.parameters as Readonly<Record<string, unknown>>), seed: facts.seed };
}

/** The parameters and seeds that are not the same in every run. */
function Differences({ views }: { readonly views: readonly RunView[] }) {
  const all = views.map(({ facts }) => given(facts));
  const labels = new Map(
    views.flatMap(({ facts }) => facts.experiment?.parameters ?? []).map(({ name, label }) => [name, label]),
  );
  const known = new Set([...labels.keys(), ...all.flatMap((each) => Object.keys(each))]);
  const names = [...known].filter((name) => new Set(all.map((each) => each[name])).size > 1);
  if (names.length === 0) return <p className="faint">All runs had the same parameters and the same seed.</p>;
  const rows = names.map((name) => (
    <tr key={name}>
      <th scope="row">{labels.get(name) ?? name}</th>
      {all.map((each, index) => (
        <td key={views[index].facts.id} className="numeric">
          {name in each ? <ParameterValue value={each[name]} /> : <span className="faint">–</span>}
        </td>
      ))}
    </tr>
  ));
  return <ComparisonTable views={views} head="parameter" rows={rows} />;
}

/** Pictures of the same name side by side, a row per name and a column per run. */
function PictureRows({ views }: { readonly views: readonly RunView[] }) {
  const names = [...new Set(views.flatMap(({ images, heatmaps }) => [...images, ...heatmaps].map(({ name }) => name)))];
  if (names.length === 0) return null;
  return (
    <section aria-labelledby="pictures-heading">
      <h2 id="pictures-heading">Pictures</h2>
      <div className="card compared-pictures" style={{ "--runs": views.length } as CSSProperties}>
        {views.map(({ facts }, index) => (
          <p key={facts.id} className="compared-picture-run">
            <Swatch index={index} /> {runLabel(facts)}
          </p>
        ))}
        {names.flatMap((name) =>
          views.map((view) => <ComparedPicture key={`${name} ${view.facts.id}`} name={name} view={view} />),
        )}
      </div>
    </section>
  );
}

function ComparedPicture({
  name,
  view: { facts, images, heatmaps },
}: {
  readonly name: string;
  readonly view: RunView;
}) {
  const image = images.find((each) => each.name === name);
  if (image !== undefined) return <ImageFigure image={image} />;
  const heatmap = heatmaps.find((each) => each.name === name);
  if (heatmap !== undefined) return <HeatmapFigure heatmap={heatmap} />;
  return <p className="faint">{hasEnded(facts.status) ? `No ${name} in this run.` : `${name}: not there yet.`}</p>;
}

function Comparison({ views }: { readonly views: readonly RunView[] }) {
  const experiments = [
    ...new Map(views.map(({ facts }) => [facts.experimentId, facts.experiment?.title ?? facts.experimentId])),
  ];
  const ids = views.map(({ facts }) => facts.id);
  const judged = views.find(({ facts }) => facts.expectations.length > 0) ?? views[0];
  const level = (quantity: string) => levelOf(quantity, judged.facts);
  const overlaid = overlay(views.map((view) => ({ view, label: runLabel(view.facts) })));
  const quantities = mainFirst(overlaid, judged.facts.experiment?.metrics ?? []);
  useTitle(`Compare ${views.map(({ facts }) => `#${facts.number}`).join(", ")}`);
  return (
    <>
      <div className="page-head">
        <p className="eyebrow">
          <Link to="/">Experiments</Link>
          {experiments.map(([id]) => (
            <Link key={id} to={experimentAddress(id)}>
              <code>{id}</code>
            </Link>
          ))}
        </p>
        <h1>
          {experiments.map(([, title]) => title).join(" and ")}{" "}
          <span className="run-number">{views.length} runs side by side</span>
        </h1>
      </div>
      <div className="compared-runs" style={{ "--runs": views.length } as CSSProperties}>
        {views.map((view, index) => (
          <RunColumnHead
            key={view.facts.id}
            view={view}
            index={index}
            others={ids.filter((id) => id !== view.facts.id)}
          />
        ))}
      </div>
      <section aria-label="Curves" className="stack">
        <MainChart
          quantities={quantities}
          levelOf={level}
          waiting={views.some(({ facts }) => !hasEnded(facts.status))}
        />
        <OtherCharts quantities={quantities} levelOf={level} />
      </section>
      <section aria-labelledby="metrics-heading">
        <h2 id="metrics-heading">Results</h2>
        <ComparisonTable
          views={views}
          head="metric"
          rows={
            <>
              <MetricRows views={views} />
              <ExpectationRows views={views} />
            </>
          }
        />
      </section>
      <section aria-labelledby="differences-heading">
        <h2 id="differences-heading">What differs in the input</h2>
        <Differences views={views} />
      </section>
      <PictureRows views={views} />
    </>
  );
}

/** Runs side by side, live while they last. */
export function ComparePage({ ids }: { readonly ids: readonly string[] }) {
  const runs = useRuns(ids);
  if (ids.length === 0)
    return (
      <NotFoundPage title="No runs to compare">
        Select two to {MOST_COMPARED} runs in the list of an experiment. <Link to="/">See the experiments.</Link>
      </NotFoundPage>
    );
  const failed = runs.find((run) => run.state === "failed");
  if (failed !== undefined) return <Failure error={failed.error} />;
  if (runs.some((run) => run.state === "loading")) return <Skeleton lines={18} label="the runs" />;
  const views = runs.flatMap((run) => (run.state === "known" ? [run.view] : []));
  const missing = ids.filter((_, index) => runs[index].state === "unknown");
  return (
    <>
      {missing.length > 0 && (
        <Empty
          title={
            missing.length === 1 ? "One of these runs is not known here." : "Some of these runs are not known here."
          }
        >
          {missing.map((id) => (
            <code key={id}>{id} </code>
          ))}
        </Empty>
      )}
      {views.length > 0 && <Comparison views={views} />}
    </>
  );
}
