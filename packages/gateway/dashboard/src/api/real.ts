/** A double as the gateway writes it: JSON has no word for infinities and NaN. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export function fromWire(value: WireNumber): number {
  return Number(value);
}
