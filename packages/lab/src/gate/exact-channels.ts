import type { FloatDType } from "@ansatz/tensor";
import type { BuiltPackage } from "./built-packages.ts";
import type { PairMeasurement, SideMeasurement } from "./protocol.ts";

/** A number that is counted, not timed, so that one look decides. Less is better. */
export interface ExactChannel {
  /** `"accuracy"`, `"allocation"`, `"bundle"`, `"webassembly"`, or the name of a workload's count. */
  readonly channel: string;
  readonly base: number;
  readonly head: number;
  readonly state: "same" | "better" | "worse" | "varies";
}

/**
 * Bytes per iteration are measured, not counted: the engine's own notes (feedback, inline caches), the compilation level and threads move them, by some words or, where threads share the work, by a fifth. Worse
 * is only what is worse in every process of the head than in any of the base, and by more than this: of 8 processes a side of equal code, that is one case in 12870.
 */
const ALLOCATION_NOISE_BYTES = 64;
const ALLOCATION_NOISE_SHARE = 0.01;

/**
 * A maximal error is that of the one worst element: adding in another order, no less accurate, draws another worst. Twice the error is therefore forgiven, a choice, not a bound that
 * was measured; below some units of rounding there is nothing left to compare.
 */
const ERROR_FACTOR = 2;
const ERROR_UNITS = 4;

/** What the processes of one workload say beside time. */
export function exactChannels(measurements: readonly PairMeasurement[]): ExactChannel[] {
  const base = measurements.map((each) => each.base);
  const head = measurements.map((each) => each.head);
  return [...countChannels(base, head), allocationChannel(base, head), ...accuracyChannel(base, head)];
}

function countChannels(base: readonly SideMeasurement[], head: readonly SideMeasurement[]): ExactChannel[] {
  const names = new Set([...base, ...head].flatMap(({ counts }) => Object.keys(counts)));
  return [...names].sort().flatMap((channel) => {
    const before = base.map(({ counts }) => counts[channel]);
    const after = head.map(({ counts }) => counts[channel]);
    // Counted on one side only: there is nothing to compare with.
    if ([...before, ...after].includes(undefined as never)) return [];
    const steady = before.every((value) => value === before[0]) && after.every((value) => value === after[0]);
    const [fewestBefore, fewestAfter] = [Math.min(...before), Math.min(...after)];
    const state = steady ? compare(fewestBefore, fewestAfter, 0) : ("varies" as const);
    return { channel, base: fewestBefore, head: fewestAfter, state };
  });
}

function allocationChannel(base: readonly SideMeasurement[], head: readonly SideMeasurement[]): ExactChannel {
  const [before, after] = [base, head].map((side) => side.map(({ bytesPerIteration }) => bytesPerIteration));
  const [fewestBefore, fewestAfter] = [Math.min(...before), Math.min(...after)];
  const noise = Math.max(ALLOCATION_NOISE_BYTES, ALLOCATION_NOISE_SHARE * fewestBefore);
  const apart = Math.max(...before) < fewestAfter || Math.max(...after) < fewestBefore;
  const state = apart ? compare(fewestBefore, fewestAfter, noise) : "same";
  return { channel: "allocation", base: fewestBefore, head: fewestAfter, state };
}

function accuracyChannel(base: readonly SideMeasurement[], head: readonly SideMeasurement[]): ExactChannel[] {
  const before = base.map(({ maximalError }) => maximalError).filter((error) => error !== null);
  const after = head.map(({ maximalError }) => maximalError).filter((error) => error !== null);
  if (before.length === 0 || after.length === 0) return [];
  const [worstBefore, worstAfter] = [Math.max(...before), Math.max(...after)];
  const noise = (ERROR_FACTOR - 1) * worstBefore + ERROR_UNITS * unitRoundoff(head[0].dtype);
  return [{ channel: "accuracy", base: worstBefore, head: worstAfter, state: compare(worstBefore, worstAfter, noise) }];
}

function unitRoundoff(dtype: FloatDType): number {
  return dtype === "float64" ? 2 ** -53 : 2 ** -24;
}

/** Sizes of a package, in bytes. */
export function sizeChannels(base: BuiltPackage, head: BuiltPackage): ExactChannel[] {
  const size = (channel: string, before: number, after: number): ExactChannel => ({
    channel,
    base: before,
    head: after,
    state: compare(before, after, 0),
  });
  return [
    size("bundle", base.javascriptBytes, head.javascriptBytes),
    size("webassembly", base.webAssemblyBytes, head.webAssemblyBytes),
  ];
}

function compare(base: number, head: number, noise: number): "same" | "better" | "worse" {
  // NaN is worse than anything.
  if (!(head <= base + noise)) return "worse";
  return head < base - noise ? "better" : "same";
}
