import { AbortedError, InvalidInputError } from "../errors.ts";
import { key as rootKey } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import * as dd from "./double-double.ts";
import { checkMeasure, type ErrorMeasure, weightOf } from "./error-measure.ts";
import { evaluateExactly } from "./evaluate.ts";
import type { Program } from "./program.ts";
import { compileProgram } from "./program-memory.ts";
import type { Target } from "./targets.ts";

/** @see verifyEveryFloat32 */
export interface VerifyOptions {
  readonly measure: ErrorMeasure;
  /** Default the target's; both ends belong to it. */
  readonly interval?: readonly [number, number];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const CHUNK = 1 << 16;

/**
 * The largest error of a float32 program over every float32 of an interval of positive numbers, and where it is: all 2·10⁸ of [2⁻²⁴, 1] in some ten seconds. The
 * function itself is taken in float64, which is wrong by less than 10⁻⁸ units in the last place of a float32.
 *
 * @throws InvalidInputError unless the interval is one of positive numbers; AbortedError.
 */
export async function verifyEveryFloat32(
  program: Program,
  target: Target,
  { measure, interval = target.interval, signal, onProgress }: VerifyOptions,
): Promise<{ readonly error: number; readonly at: number; readonly count: number }> {
  checkMeasure("options.measure", measure);
  if (!(interval[0] > 0 && interval[0] <= interval[1] && interval[1] < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("options.interval", "positive numbers, the smaller first", interval);
  const [first, last] = new Uint32Array(Float32Array.from(interval).buffer);
  const exact = target.evaluateQuickly ?? ((x: number) => dd.toNumber(target.evaluate([x, 0])));
  const compiled = compileProgram(program, "float32", new Float32Array(CHUNK));
  const x = compiled.x;
  const words = new Uint32Array(x.buffer, x.byteOffset, CHUNK);
  let worst = { error: 0, at: interval[0] };
  const total = last - first + 1;
  for (let begin = first; begin <= last; begin += CHUNK) {
    if (signal?.aborted) throw new AbortedError("the verification", signal.reason);
    for (let k = 0; k < CHUNK; k++) words[k] = Math.min(begin + k, last);
    const values = compiled.run();
    for (let k = 0; k < CHUNK; k++) {
      const value = exact(x[k]);
      const error = Math.abs(values[k] - value) * weightOf(value, measure);
      // Written so that what is no number counts as the worst.
      if (!(error <= worst.error)) worst = { error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error, at: x[k] };
    }
    if (((begin - first) / CHUNK) % 64 !== 0) continue;
    onProgress?.(begin - first, total);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { ...worst, count: total };
}

/** The largest error of programs over the reals at random arguments of the interval, in double-double arithmetic: nothing of it is rounding. */
export function verifyExactly(
  programs: readonly Program[],
  target: Target,
  { measure, samples = 100_000 }: { readonly measure: ErrorMeasure; readonly samples?: number },
): number[] {
  checkMeasure("options.measure", measure);
  const random = new RandomStream(rootKey(0x76657269));
  const [lowest, highest] = target.interval;
  const worst = programs.map(() => 0);
  for (let k = 0; k < samples; k++) {
    // Both ends, where errors often are largest, and random numbers between them.
    const x = k < 2 ? target.interval[k] : lowest + (highest - lowest) * random.uniform();
    const value = target.evaluate([x, 0]);
    const weight = weightOf(value[0], measure);
    if (!Number.isFinite(weight)) continue;
    for (const [index, program] of programs.entries()) {
      const error = Math.abs(dd.toNumber(dd.subtract(evaluateExactly(program, [x, 0]), value))) * weight;
      if (!(error <= worst[index])) worst[index] = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    }
  }
  return worst;
}
