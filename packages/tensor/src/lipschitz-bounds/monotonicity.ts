import { InvalidInputError } from "../errors.ts";
import { boundingOf, runSearch, type SearchOptions, startSearch } from "./branch-and-bound.ts";
import type { DeviceNetwork } from "./device-network.ts";
import { forwardBounds } from "./forward-bounds.ts";
import { boundForms, gradientBounds } from "./jacobian-bounds.ts";
import { jacobiansAt } from "./jacobian-samples.ts";
import { finite, type Network } from "./network.ts";
import { outputsOf, type SessionOptions, withNetwork } from "./network-session.ts";
import { slice } from "./sampling.ts";
import type { Interval } from "./substitution.ts";
import type { Values } from "./values.ts";

export interface MonotonicityOptions extends SessionOptions {
  /** The output that is looked at. Default: 0. */
  readonly output?: number;
  /** Inputs to vary, one at a time. Default: all. */
  readonly inputs?: readonly number[];
  /** Values that the input varied can have. Default: [0, 1] (the paper's features are scaled to it). */
  readonly range?: readonly [lowest: number, highest: number];
  /** Domains that a branch and bound may spend on each input that is undecided; networks of ReLUs only. Default: 0. */
  readonly domainLimit?: number;
  /** How those are split. */
  readonly search?: Omit<SearchOptions, "domainLimit">;
  /** Called after each input, or several bounded at once. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What an output is known to do as one input goes through its range, all others fixed. */
export type Monotonicity = "constant" | "non-decreasing" | "non-increasing" | "not-monotone" | "undecided";

/** For each input asked for. */
export interface MonotonicityResult {
  readonly monotonicity: readonly Monotonicity[];
  /** Bounds of the derivative on the line. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Inputs whose lines are bounded at once. */
const GROUP = 32;
/** Points at which a line is looked at for derivatives of both signs. */
const POINTS = 64;
/** Derivatives smaller than this, in units of rounding of the largest one, have no sign. */
const NOISE = 1024;

/**
 * Whether an output can only rise, or only fall, as one input goes through its range and all others stay as they are in a sample: proved by bounds of the derivative, or refuted by derivatives of both signs at
 * points of the line; `"undecided"` where neither succeeds.
 *
 * @param sample [inputs].
 * @throws InvalidInputError naming what is wrong with the network, the sample or an option; AbortedError.
 *
 * Source: "Efficiently Computing Local Lipschitz Constants of Neural Networks via Bound Propagation", section on monotonicity analysis.
 */
export async function analyseMonotonicity(
  network: Network,
  sample: ArrayLike<number>,
  options: MonotonicityOptions = {},
): Promise<MonotonicityResult> {
  const { output = 0, range = [0, 1], domainLimit = 0, search = {}, onProgress } = options;
  if (!(range[0] <= range[1])) throw new InvalidInputError("options.range", "[lowest, highest]", range);
  if (!(domainLimit >= 0)) throw new InvalidInputError("options.domainLimit", "a number ≥ 0", domainLimit);
  return withNetwork(network, options, async (on) => {
    outputsOf(on, [output]);
    const values = finite(sample, "sample");
    if (values.length !== on.network.inputs)
      throw new InvalidInputError("sample", `${on.network.inputs} numbers`, values.length);
    const inputs = options.inputs ?? Array.from(values.keys());
    if (!inputs.every((input) => Number.isInteger(input) && input >= 0 && input < values.length))
      throw new InvalidInputError("options.inputs", `some of 0 to ${values.length - 1}`, inputs);
    if (domainLimit > 0 && !on.network.isPiecewiseLinear)
      throw new InvalidInputError("options.domainLimit", "0 for a network with smooth activations", domainLimit);
    const lower = new Float64Array(inputs.length);
    const upper = new Float64Array(inputs.length);
    const monotonicity: Monotonicity[] = [];
    for (let first = 0; first < inputs.length; first += GROUP) {
      const group = inputs.slice(first, first + GROUP);
      const lines = linesThrough(values, group, range);
      const bounds = await boundLines(on, lines, group, output);
      const seen = await seenSlopes(on, lines, group, output);
      for (const [index, input] of group.entries()) {
        let found: Slopes = { lower: bounds.lower[index], upper: bounds.upper[index] };
        const line = slice(lines, index, values.length);
        if (domainLimit > 0 && verdict(found, seen[index]) === "undecided")
          found = await tightened(on, line, { output, input, found, seen: seen[index] }, { ...search, domainLimit });
        lower[first + index] = found.lower;
        upper[first + index] = found.upper;
        monotonicity.push(verdict(found, seen[index]));
      }
      onProgress?.({ done: first + group.length, total: inputs.length });
    }
    return { monotonicity, lower, upper };
  });
}

/** An interval of derivatives. */
interface Slopes {
  readonly lower: number;
  readonly upper: number;
}

function verdict({ lower, upper }: Slopes, seen: Slopes): Monotonicity {
  if (lower >= 0) return upper <= 0 ? "constant" : "non-decreasing";
  if (upper <= 0) return "non-increasing";
  return seen.lower < 0 && seen.upper > 0 ? "not-monotone" : "undecided";
}

/** Boxes in which one input has its range and the others are fixed. */
function linesThrough(
  sample: Values,
  inputs: readonly number[],
  [lowest, highest]: readonly [number, number],
): Interval {
  const repeated = () =>
    Float64Array.from({ length: inputs.length * sample.length }, (_, k) => sample[k % sample.length]);
  const [lower, upper] = [repeated(), repeated()];
  for (const [line, input] of inputs.entries()) {
    lower[line * sample.length + input] = lowest;
    upper[line * sample.length + input] = highest;
  }
  return { lower, upper };
}

/** Bounds of the derivative in the input of each line. */
async function boundLines(
  on: DeviceNetwork,
  lines: Interval,
  inputs: readonly number[],
  output: number,
): Promise<Interval> {
  const forward = await forwardBounds(on, lines, inputs.length);
  const bounds = await gradientBounds(on, forward, [output], "linear", { inputs: "interval" });
  const all = on.network.inputs;
  const formOf = (sign: 1 | -1) => {
    const rows = new Float64Array(lines.lower.length);
    for (const [line, input] of inputs.entries()) rows[line * all + input] = sign;
    return { rows, constants: new Float64Array(inputs.length) };
  };
  const above = await boundForms(on, bounds, formOf(1));
  const below = await boundForms(on, bounds, formOf(-1));
  const [{ lower, upper }] = bounds.gradients;
  const at = (line: number) => line * all + inputs[line];
  return {
    lower: below.upper.map((value, line) => Math.max(-value, lower[at(line)])),
    upper: above.upper.map((value, line) => Math.min(value, upper[at(line)])),
  };
}

/** Extreme derivatives at points of each line; what may be rounding counts as 0. */
async function seenSlopes(
  on: DeviceNetwork,
  lines: Interval,
  inputs: readonly number[],
  output: number,
): Promise<Slopes[]> {
  const all = on.network.inputs;
  const points = Float64Array.from({ length: inputs.length * POINTS * all }, (_, index) => {
    const line = Math.floor(index / (POINTS * all));
    const at = line * all + (index % all);
    const share = (Math.floor(index / all) % POINTS) / (POINTS - 1);
    return lines.lower[at] + share * (lines.upper[at] - lines.lower[at]);
  });
  const gradients = await jacobiansAt(on, points, [output]);
  const noise = NOISE * on.unit * gradients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return inputs.map((input, line) => {
    const own = Array.from({ length: POINTS }, (_, point) => gradients[(line * POINTS + point) * all + input]);
    const real = own.map((value) => (Math.abs(value) > noise ? value : 0));
    return { lower: Math.min(...real), upper: Math.max(...real) };
  });
}

interface Undecided {
  readonly output: number;
  readonly input: number;
  readonly found: Slopes;
  readonly seen: Slopes;
}

/** Bounds after a branch and bound towards the sign that the derivatives seen have. */
async function tightened(
  on: DeviceNetwork,
  line: Interval,
  { output, input, found, seen }: Undecided,
  options: SearchOptions,
): Promise<Slopes> {
  const sign = seen.lower < 0 ? 1 : -1;
  const bounding = await boundingOf(on, line, { kind: "derivative", input, sign }, { ...options, slopeIterations: 0 });
  const search = await startSearch(on, [output], bounding);
  const lower = sign === 1 ? seen.upper : -seen.lower;
  await runSearch(on, search, bounding, { ...options, signal: on.signal, target: 0, lower });
  on.throwIfAborted();
  const bound = Math.max(search.queue.upper, ...search.settled, lower);
  return sign === 1
    ? { lower: found.lower, upper: Math.min(found.upper, bound) }
    : { lower: Math.max(found.lower, -bound), upper: found.upper };
}
