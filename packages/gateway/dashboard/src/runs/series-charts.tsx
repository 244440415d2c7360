import type { Level } from "../chart/curve-data.ts";
import { LineChart } from "../chart/line-chart.tsx";
import type { Quantity } from "./quantities.ts";

interface MainChartProps {
  readonly quantities: readonly Quantity[];
  readonly levelOf: (quantity: string) => Level | null;
  /** Whether points may still come. */
  readonly waiting: boolean;
}

/** The first quantity, or the place where it will be. */
export function MainChart({ quantities, levelOf, waiting }: MainChartProps) {
  if (quantities.length === 0)
    return (
      <div className="chart chart-main chart-waiting">
        {waiting ? "The first point has not come yet." : "No curves were recorded."}
      </div>
    );
  const [{ name, curves }] = quantities;
  return (
    <div className="chart-main">
      <LineChart title={name} curves={curves} level={levelOf(name)} />
    </div>
  );
}

/** The other quantities, smaller. */
export function OtherCharts({ quantities, levelOf }: Pick<MainChartProps, "quantities" | "levelOf">) {
  if (quantities.length < 2) return null;
  return (
    <div className="charts">
      {quantities.slice(1).map(({ name, curves }) => (
        <LineChart key={name} title={name} curves={curves} level={levelOf(name)} />
      ))}
    </div>
  );
}
