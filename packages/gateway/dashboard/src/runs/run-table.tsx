import { fromWire } from "../api/real.ts";
import { DeviceTag } from "../display/device.tsx";
import { Num } from "../display/number.tsx";
import { uniform } from "../display/number-parts.ts";
import { Status, Verdict } from "../display/status.tsx";
import { TableFrame } from "../display/table-frame.tsx";
import { Ago } from "../display/time.tsx";
import type { MetricDirection, RunSummaryFragment } from "../generated/operations.ts";
import { Link } from "../routing/location.tsx";
import { runAddress } from "../routing/route.ts";
import { type DeclaredParameter, ParameterSummary } from "./parameter-summary.tsx";

interface MetricColumn {
  readonly name: string;
  readonly label: string;
  readonly unit: string | null;
  readonly better: MetricDirection | null;
}

interface RunTableProps {
  readonly runs: readonly RunSummaryFragment[];
  readonly metrics: readonly MetricColumn[];
  readonly parameters: readonly DeclaredParameter[];
  readonly selected: ReadonlySet<string>;
  /** Whether one more may be selected. */
  readonly selectable: boolean;
  readonly onSelect: (id: string, selected: boolean) => void;
}

function Progress({ run }: { readonly run: RunSummaryFragment }) {
  if (run.status !== "RUNNING" || run.progress === null) return null;
  const share = fromWire(run.progress.done) / fromWire(run.progress.total);
  return Number.isFinite(share) ? <span className="faint"> {Math.floor(100 * share)} %</span> : null;
}

/** What is better, as an arrow beside a metric's name. */
export function Direction({ better }: { readonly better: MetricDirection | null }) {
  if (better === null) return null;
  return (
    <span className="direction" title={`${better.toLowerCase()} is better`}>
      {better === "LOWER" ? "\u00a0↓" : "\u00a0↑"}
      <span className="visually-hidden"> {better.toLowerCase()} is better</span>
    </span>
  );
}

function metricValue(run: RunSummaryFragment, name: string): number | null | undefined {
  const value = run.metrics.find((metric) => metric.name === name)?.value;
  return value === undefined || value === null ? value : fromWire(value);
}

/** Runs of one experiment, a row each, with what was changed and what came out. */
export function RunTable({ runs, metrics, parameters, selected, selectable, onSelect }: RunTableProps) {
  const formats = metrics.map(({ name }) => uniform(runs.flatMap((run) => metricValue(run, name) ?? [])));
  return (
    <TableFrame label="Runs">
      <table className="run-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Select for comparison</span>
            </th>
            <th scope="col">run</th>
            <th scope="col">device</th>
            <th scope="col">status</th>
            <th scope="col">claims</th>
            <th scope="col">started</th>
            <th scope="col">parameters</th>
            {metrics.map(({ name, label, unit, better }) => (
              <th key={name} scope="col" className="numeric">
                {label}
                {unit !== null && <span className="head-unit"> ({unit})</span>}
                <Direction better={better} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} className={selected.has(run.id) ? "selected" : undefined}>
              <td>
                <input
                  type="checkbox"
                  aria-label={`Select run ${run.number}`}
                  checked={selected.has(run.id)}
                  disabled={!selected.has(run.id) && !selectable}
                  onChange={(event) => onSelect(run.id, event.target.checked)}
                />
              </td>
              <th scope="row">
                <Link to={runAddress(run.id)}>#{run.number}</Link>
              </th>
              <td>
                <DeviceTag kind={run.device.kind} name={run.device.name} />
              </td>
              <td>
                <span title={run.failure?.message}>
                  <Status status={run.status} />
                  <Progress run={run} />
                </span>
              </td>
              <td>
                <Verdict expectations={run.expectations} />
              </td>
              <td>
                <Ago at={run.startedAt ?? run.createdAt} />
              </td>
              <td>
                <ParameterSummary given={run.parameters} declared={parameters} />
              </td>
              {metrics.map(({ name }, index) => {
                const value = metricValue(run, name);
                return (
                  <td key={name} className="numeric">
                    {value !== undefined && <Num value={value} format={formats[index]} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
