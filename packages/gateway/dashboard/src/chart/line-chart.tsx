import { TableFrame } from "../display/table-frame.tsx";
import "uplot/dist/uPlot.min.css";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { Num } from "../display/number.tsx";
import { chosen, numberText } from "../display/number-parts.ts";
import { onThemeChange } from "../shell/theme.ts";
import { seriesColour, seriesDash } from "./colour.ts";
import {
  type AlignedCurves,
  align,
  describe,
  type Level,
  type StyledCurve,
  suitableScale,
  undrawable,
  undrawableSteps,
  unionOfSteps,
  type ValueScale,
  valuesByStep,
} from "./curve-data.ts";
import { plotOptions } from "./plot.ts";

interface LineChartProps {
  readonly title: string;
  readonly curves: readonly StyledCurve[];
  /** What the steps count. Default: step. */
  readonly stepLabel?: string;
  readonly level?: Level | null;
}

type CurveStyle = Omit<StyledCurve, "steps" | "values">;

interface PlotProps {
  readonly data: AlignedCurves;
  readonly scale: ValueScale;
  readonly curves: readonly CurveStyle[];
  readonly hidden: ReadonlySet<string>;
  readonly stepLabel: string;
  readonly level: Level | null;
  readonly description: string;
  readonly onPoint: (index: number | null) => void;
}

/** The canvas. It is built again when its curves or axes change, and fed when only data do. */
function Plot({ data, scale, curves, hidden, stepLabel, level, description, onPoint }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const latest = useRef(data);
  latest.current = data;
  const structure = JSON.stringify([scale, curves, stepLabel, level]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `structure` stands for the options that need a new plot.
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const { clientWidth: width, clientHeight: height } = element;
    const options = plotOptions({
      ...{ width, height, scale, stepLabel, curves, level, onPoint },
      undrawable: () => undrawableSteps(latest.current),
    });
    const made = new uPlot(options, latest.current as uPlot.AlignedData, element);
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    const unsubscribe = onThemeChange(() => requestAnimationFrame(() => made.redraw(true, true)));
    return () => {
      observer.disconnect();
      unsubscribe();
      made.destroy();
      plot.current = null;
    };
  }, [structure]);

  useEffect(() => plot.current?.setData(data as uPlot.AlignedData), [data]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot starts with every curve shown.
  useEffect(() => {
    curves.forEach(({ label }, index) => {
      plot.current?.setSeries(index + 1, { show: !hidden.has(label) });
    });
  }, [hidden, structure]);

  const pointWithKeys = (event: KeyboardEvent) => {
    const current = plot.current;
    const [steps] = data;
    if (current === null || steps.length === 0) return;
    const present = current.cursor.idx ?? steps.length;
    const moves: Record<string, number> = {
      ArrowLeft: present - 1,
      ArrowRight: present + 1,
      Home: 0,
      End: steps.length - 1,
    };
    if (event.key === "Escape") current.setCursor({ left: -10, top: -10 });
    const wanted = moves[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const index = Math.min(Math.max(wanted, 0), steps.length - 1);
    current.setCursor({ left: current.valToPos(steps[index], "x"), top: 10 });
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read out the points.
    <div className="plot" ref={host} role="img" aria-label={description} tabIndex={0} onKeyDown={pointWithKeys} />
  );
}

interface LegendProps {
  /** Of the plot; an only curve of the same name need not repeat it. */
  readonly title: string;
  readonly curves: readonly CurveStyle[];
  readonly data: AlignedCurves;
  /** Values as they are, finite or not, for what is not pointed at. */
  readonly last: readonly (number | undefined)[];
  readonly pointed: number | null;
  readonly stepLabel: string;
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (label: string) => void;
}

function Legend({ title, curves, data, last, pointed, stepLabel, hidden, onToggle }: LegendProps) {
  const step = pointed === null ? undefined : data[0][pointed];
  return (
    <div className="legend">
      <span className="legend-step">
        {step === undefined ? "latest" : stepLabel} {step !== undefined && <Num value={step} />}
      </span>
      {curves.map(({ label, colour, dash }, index) => {
        const value = pointed === null ? last[index] : data[index + 1][pointed];
        return (
          <button
            key={label}
            type="button"
            className="legend-entry"
            aria-pressed={!hidden.has(label)}
            onClick={() => onToggle(label)}
          >
            <svg width="22" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="22"
                y1="4"
                y2="4"
                stroke={`var(${seriesColour(colour)})`}
                strokeWidth="2.5"
                strokeDasharray={seriesDash(dash).join(" ")}
              />
            </svg>
            <span className={label === title && curves.length === 1 ? "visually-hidden" : "legend-label"}>{label}</span>
            <span className="legend-value">{value !== undefined && value !== null && <Num value={value} />}</span>
          </button>
        );
      })}
    </div>
  );
}

const TABLE_ROWS = 200;

/** The numbers behind the plot, for reading and copying. */
function ValuesTable({ curves, stepLabel }: { readonly curves: readonly StyledCurve[]; readonly stepLabel: string }) {
  const steps = unionOfSteps(curves);
  const columns = curves.map(valuesByStep);
  const shown = steps.slice(-TABLE_ROWS);
  return (
    <TableFrame label={`Values by ${stepLabel}`}>
      <table>
        {shown.length < steps.length && <caption>The last {TABLE_ROWS} steps.</caption>}
        <thead>
          <tr>
            <th scope="col" className="numeric">
              {stepLabel}
            </th>
            {curves.map((curve) => (
              <th key={curve.label} scope="col" className="numeric">
                {curve.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((step) => (
            <tr key={step}>
              <td className="numeric">
                <Num value={step} />
              </td>
              {columns.map((values, index) => (
                <td key={curves[index].label} className="numeric">
                  {values.has(step) && <Num value={values.get(step)} digits={6} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

/** Curves over steps, on a log or linear axis (the data suggest one, the reader may choose the other), with a legend that reads values. */
export function LineChart({ title, curves, stepLabel = "step", level = null }: LineChartProps) {
  const [choice, setChoice] = useState<ValueScale>();
  const [pointed, setPointed] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [tableShown, setTableShown] = useState(false);
  const scale = choice ?? suitableScale(title, curves);
  const data = useMemo(() => align(curves, scale), [curves, scale]);
  const entries = curves.map(({ label, colour, dash }) => ({ label, colour, dash }));
  const warnings = curves.flatMap((curve) => undrawable(curve, scale) ?? []);
  const toggle = (label: string) => {
    const next = new Set(hidden);
    if (!next.delete(label)) next.add(label);
    setHidden(next);
  };
  const levelText = level === null ? "" : `; ${level.label} ${numberText(chosen(level.value))}`;

  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="chart-title">{title}</span>
        <fieldset className="segmented small" aria-label={`Value axis of ${title}`}>
          {(["log", "linear"] as const).map((kind) => (
            <button key={kind} type="button" aria-pressed={scale === kind} onClick={() => setChoice(kind)}>
              {kind}
            </button>
          ))}
        </fieldset>
      </figcaption>
      <Plot
        data={data}
        scale={scale}
        curves={entries}
        hidden={hidden}
        stepLabel={stepLabel}
        level={level}
        description={`${title}, ${scale} axis. ${describe(curves)}${levelText}`}
        onPoint={setPointed}
      />
      <Legend
        title={title}
        curves={entries}
        data={data}
        last={curves.map((curve) => curve.values[curve.values.length - 1])}
        pointed={pointed}
        stepLabel={stepLabel}
        hidden={hidden}
        onToggle={toggle}
      />
      {warnings.length > 0 && (
        <p className="chart-warning">× marks steps with values that cannot be drawn. {warnings.join("; ")}.</p>
      )}
      <details className="chart-values" onToggle={(event) => setTableShown(event.currentTarget.open)}>
        <summary>Values</summary>
        {tableShown && <ValuesTable curves={curves} stepLabel={stepLabel} />}
      </details>
    </figure>
  );
}
