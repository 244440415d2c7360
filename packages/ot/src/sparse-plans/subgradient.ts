import type { StopReason } from "../transport-result.ts";
import type { AscentSettings, HostDual, SparseHistoryEntry } from "./ascent.ts";

/** The part of the violation times the range of costs that the dual is first asked to gain. */
const FIRST_GAIN = 0.01;

/** How far the iterates may wander in vain before less is asked for, in ranges of cost. */
const FIRST_PATH = 0.1;
const PATH_FACTOR = 0.9;

/** Gains asked for below this share of the dual's size are rounding. */
const SMALLEST_GAIN: Readonly<Record<HostDual["dtype"], number>> = { float32: 2 ** -22, float64: 2 ** -50 };

/** How long the event loop may be kept from other work. */
const MILLISECONDS_BETWEEN_PAUSES = 50;

/**
 * Maximises a dual with kinks by subgradient steps to a level: the length is that which would gain δ were the dual linear, and δ is halved when the iterates have wandered in vain.
 * The mean of the iterates since then, weighted by their steps, is tried too, and the best of all is kept.
 *
 * Source: Goffin, Kiwiel, "Convergence of a simple subgradient level method" (1999), algorithm 1.
 */
export async function ascendBySubgradients(
  dual: HostDual,
  start: Float64Array<ArrayBuffer>,
  { tolerance, subgradientIterations, costRange, signal }: AscentSettings,
  history: readonly SparseHistoryEntry[],
  record: (entry: SparseHistoryEntry) => void,
): Promise<{ potentials: Float64Array<ArrayBuffer>; reason: StopReason }> {
  let iteration = history.at(-1)?.iteration ?? -1;
  let evaluations = history.at(-1)?.evaluations ?? 0;
  let lastPause = performance.now();
  const look = async (at: Float64Array<ArrayBuffer>) => {
    const { value, gradient } = await dual.evaluate(at);
    const gradientNorm = gradient.reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
    record({
      iteration: ++iteration,
      solver: "subgradient",
      dualObjective: -value,
      gradientNorm,
      evaluations: ++evaluations,
    });
    if (performance.now() - lastPause > MILLISECONDS_BETWEEN_PAUSES) {
      await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
      lastPause = performance.now();
    }
    return { at, value, gradient, gradientNorm };
  };

  let current = await look(start);
  let best = current;
  // The value that gains are counted from.
  let reference = current.value;
  let gain = FIRST_GAIN * costRange * current.gradient.reduce((total, entry) => total + Math.abs(entry), 0);
  let path = 0;
  let longestPath = FIRST_PATH * costRange;
  let mean = new Float64Array(start.length);
  let weight = 0;
  for (let step = 0; step < subgradientIterations; step++) {
    if (current.value < best.value || current.gradientNorm <= tolerance) best = current;
    if (best.gradientNorm <= tolerance) return { potentials: best.at, reason: "converged" };
    if (signal?.aborted) return { potentials: best.at, reason: "aborted" };
    if (gain <= SMALLEST_GAIN[dual.dtype] * Math.abs(best.value)) return { potentials: best.at, reason: "stalled" };
    if (current.value <= reference - gain / 2) {
      reference = current.value;
      path = 0;
    } else if (path > longestPath) {
      if (weight > 0) {
        const average = await look(mean.map((entry) => entry / weight));
        if (average.value < best.value) best = average;
      }
      gain /= 2;
      longestPath *= PATH_FACTOR;
      path = 0;
      weight = 0;
      mean = new Float64Array(start.length);
      reference = best.value;
      current = best;
    }
    const squares = current.gradient.reduce((total, entry) => total + entry * entry, 0);
    const length = (current.value - reference + gain) / squares;
    path += length * Math.sqrt(squares);
    weight += length;
    const { at, gradient } = current;
    mean = mean.map((entry, index) => entry + length * at[index]);
    current = await look(at.map((entry, index) => entry - length * gradient[index]));
  }
  return { potentials: current.value < best.value ? current.at : best.at, reason: "iteration-limit" };
}
