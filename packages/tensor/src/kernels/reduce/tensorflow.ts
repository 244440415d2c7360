import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import { UnsupportedError } from "../../errors.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import { normalizeAxes, sizeOf } from "../../shape.ts";
import { passesOf } from "./passes.ts";
import { REDUCTIONS, type ReduceOptions, type Reduction } from "./reductions.ts";

/** Backends that are known to return NaN for a maximum of NaN; others are not asked to. */
const NAN_SAFE_BACKENDS: readonly string[] = ["cpu", "wasm"];

/** Backends add up one running float32 total (the WebAssembly one always, the native one for columns); so many elements at a time keep its error small. */
const SUMMED_AT_A_TIME = 512;

type Reduce = (tf: TensorFlowApi, x: TensorFlowTensor) => TensorFlowTensor;

/** Reductions of the middle axis of [outer, reduced, inner] to [outer, 1, inner]. */
const REDUCES: Readonly<Record<Exclude<Reduction, "mean">, Reduce>> = {
  sum: sumOf,
  prod: (tf, x) => tf.prod(x, 1, true),
  max: (tf, x) => (x.dtype === "bool" ? tf.any(x, 1, true) : maximumOf(tf, x)),
  min: (tf, x) => (x.dtype === "bool" ? tf.all(x, 1, true) : keepNaN(tf, x, tf.min(x, 1, true))),
  logSumExp: (tf, x) => {
    const largest = REDUCES.max(tf, x);
    const base = tf.where(tf.isFinite(largest), largest, tf.zerosLike(largest));
    return tf.add(base, tf.log(sumOf(tf, tf.exp(tf.sub(x, base)))));
  },
};

export const reduceTensorFlow: TensorFlowImplementation<ReduceOptions> = {
  run(tf, [x], { operation, axes }, [{ shape, dtype }]) {
    if (operation === "prod" && x.dtype === "int32" && tf.getBackend() === "cpu")
      throw new UnsupportedError(
        "tensorflow",
        "prod of int32",
        'the "cpu" backend multiplies in floating point, which loses digits',
      );
    if (x.size === 0) return [tf.fill([...shape], REDUCTIONS[operation].identity!, dtype)];
    const reduce = REDUCES[operation === "mean" ? "sum" : operation];
    const passes = passesOf(x.shape, normalizeAxes(operation, x.shape.length, axes), (_, reduced) => reduced);
    let result = x;
    for (const { outer, reduced, inner } of passes) result = reduce(tf, tf.reshape(result, [outer, reduced, inner]));
    if (operation === "mean") result = tf.div(result, tf.scalar(x.size / sizeOf(shape)));
    return [tf.reshape(result, [...shape])];
  },
};

export function sumOf(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const [outer, reduced, inner] = x.shape;
  const whole = Math.floor(reduced / SUMMED_AT_A_TIME);
  if (whole < 2) return tf.sum(x, 1, true);
  const rows = whole * SUMMED_AT_A_TIME;
  const head = rows === reduced ? x : tf.slice(x, [0, 0, 0], [outer, rows, inner]);
  const sums = [tf.sum(tf.reshape(head, [outer, whole, SUMMED_AT_A_TIME, inner]), 2)];
  if (rows < reduced) sums.push(tf.sum(tf.slice(x, [0, rows, 0], [outer, reduced - rows, inner]), 1, true));
  return sumOf(tf, tf.concat(sums, 1));
}

/** Largest elements along the middle axis of [outer, reduced, inner], NaN where there is one. */
export function maximumOf(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  return keepNaN(tf, x, tf.max(x, 1, true));
}

/** `reduced`, with NaN wherever a reduced element is NaN. */
function keepNaN(tf: TensorFlowApi, x: TensorFlowTensor, reduced: TensorFlowTensor): TensorFlowTensor {
  if (x.dtype !== "float32" || NAN_SAFE_BACKENDS.includes(tf.getBackend())) return reduced;
  return tf.where(tf.any(tf.isNaN(x), 1, true), tf.fill(reduced.shape, Number.NaN), reduced);
}
