import type { Measurement } from "../results/measurement.ts";
import { formatNumber, formatSeconds } from "./text-table.ts";

/** A measured value with its unit. */
export function valueText(value: number, unit: Measurement["unit"]): string {
  if (unit === "s") return formatSeconds(value);
  return unit === "B" ? `${formatNumber(Math.round(value))} B` : formatNumber(value);
}
