/** A double as it travels in JSON, which has no word for infinities and NaN. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export function toWireNumber(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber);
}
