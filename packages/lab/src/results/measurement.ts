/** One number about one workload. Less is better. */
export interface Measurement {
  readonly workload: string;
  /** `"time"`, `"memory"`, a channel of the gate, or what its tool calls it. */
  readonly metric: string;
  /** Seconds, bytes, or a bare number. */
  readonly unit: "s" | "B" | "";
  readonly value: number;
  /** Where most values lie, where the tool tells. */
  readonly lower?: number;
  readonly upper?: number;
}

/** What one tool measured in one go. */
export interface Results {
  /** The tool: `"ansatz gate"`, `"vitest"`. */
  readonly source: string;
  /** What was measured, where the tool tells. */
  readonly commit?: string;
  /** ISO 8601, UTC. */
  readonly measuredAt?: string;
  /** `id` of a hardware fingerprint. */
  readonly hardware?: string;
  readonly measurements: readonly Measurement[];
}

/** The time of one call, in seconds, with the quartiles or bounds it came with. */
export function timeOf(
  workload: string,
  value: number,
  spread: readonly [lower?: number, upper?: number] = [],
): Measurement {
  const [lower, upper] = spread;
  const known = lower !== undefined && upper !== undefined;
  return { workload, metric: "time", unit: "s", value, ...(known && { lower, upper }) };
}
