import type { DType, FloatDType } from "../dtype.ts";
import { isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { argmax } from "../kernels/arg-extremum/index.ts";
import { argsort } from "../kernels/argsort/index.ts";
import { gather } from "../kernels/gather/index.ts";
import { add } from "../kernels/map/binary.ts";
import { less } from "../kernels/map/comparison.ts";
import { log, neg } from "../kernels/map/unary.ts";
import { where } from "../kernels/map/where.ts";
import { broadcastShapes, normalizeAxes, type Shape, sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type RandomBitsOptions, type RandomOptions, randomBits, uniform, wordsOf } from "./draw.ts";
import { drawBits } from "./host-draws.ts";
import { child, type Key } from "./key.ts";

/**
 * −1 or 1 with equal probability, the same on every device and for every dtype: the sign of `uniform(key, …)` in float32 less a half. What Hutchinson's trace estimator
 * multiplies with: of all distributions with independent entries it has the least variance.
 *
 * @throws InvalidInputError for a bad key, shape or device; UnsupportedError when the device has no float64.
 */
export function rademacher<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  { device, dtype = "float32" as D }: RandomOptions<D>,
): Tensor<D> {
  if (!isFloat(dtype)) throw new InvalidInputError("dtype", "float32 or float64", dtype);
  using u = uniform(key, shape, { device });
  using isLower = less(u, 0.5);
  using minus = device.full([], -1, dtype);
  return where(isLower, minus, 1);
}

/**
 * Whether an event of the given probability happens, the same on every device: `uniform(key, …) < probability` in float32. Never for 0, always for 1; others count to multiples of 2⁻²³.
 *
 * @param probability in [0, 1], or float32 probabilities whose shape broadcasts to `shape` (not checked: below 0 is never, above 1 always, NaN never).
 * @throws InvalidInputError for a number outside of [0, 1], probabilities that do not fit, a bad key, shape or device.
 */
export function bernoulli(
  key: Key,
  probability: number | Tensor<"float32">,
  shape: Shape,
  { device }: RandomBitsOptions,
): Tensor<"bool"> {
  if (probability instanceof Tensor) {
    if (!sameShape(broadcastShapes("bernoulli", [probability.shape, shape]), shape))
      throw new InvalidInputError(
        "probability",
        `a shape that broadcasts to [${shape}]`,
        `shape [${probability.shape}]`,
      );
  } else if (!(probability >= 0 && probability <= 1))
    throw new InvalidInputError("probability", "a number in [0, 1]", probability);
  using u = uniform(key, shape, { device });
  return less(u, typeof probability === "number" ? Math.fround(probability) : probability);
}

/**
 * A random order of 0 … n − 1, each with the same probability; the same on every device. Positions are sorted by random bits, often enough that ties do not matter (the chance that any remain
 * is below 1 / n; ties keep their order).
 *
 * On a tensorflow device it is drawn on the host and uploaded: TensorFlow.js has no integer multiplication to make the bits with.
 *
 * @throws InvalidInputError for a bad key or device, or an n that is no integer in [0, 2³¹).
 */
export function permutation(key: Key, n: number, { device }: RandomBitsOptions): Tensor<"int32"> {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31) throw new InvalidInputError("n", "an integer in [0, 2^31)", n);
  const rounds = Math.max(1, Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32)));
  wordsOf(key);
  const keys = Array.from({ length: rounds }, (_, round) => child(key, round));
  if (device?.kind === "tensorflow") return device.tensor(hostPermutation(keys, n));
  let order: Tensor<"int32"> | undefined;
  for (const each of keys) {
    using bits = randomBits(each, [n], { device });
    const step = argsort(bits);
    if (order === undefined) order = step;
    else {
      using before = order;
      using next = step;
      order = gather(before, next);
    }
  }
  return order!;
}

/** What `permutation` gives, on the host. */
export function hostPermutation(keys: readonly Key[], n: number): Int32Array<ArrayBuffer> {
  let order = Int32Array.from({ length: n }, (_, position) => position);
  for (const each of keys) {
    const bits = drawBits(wordsOf(each), n);
    const step = Int32Array.from({ length: n }, (_, position) => position);
    step.sort((a, b) => bits[a] - bits[b] || a - b);
    order = step.map((position) => order[position]);
  }
  return order;
}

export interface CategoricalOptions {
  /** Axis of `logits` that runs over the categories; negative ones count from the end. Default: −1, the last. */
  readonly axis?: number;
  /** Shape of the result, which must end with that of `logits` without the axis: leading axes are independent draws. Default: one draw. */
  readonly shape?: Shape;
}

/**
 * Categories drawn with probabilities softmax(logits), by adding Gumbel noise and taking the largest. Logits need not be normalised; −∞ is a category that never comes, and the first NaN always does.
 *
 * The noise is made from `uniform(key, …)` of the logits' dtype, an element for each category and draw. Devices agree unless two categories come within rounding of each other.
 * Source: Gumbel, "Statistical theory of extreme values and some practical applications" (1954); Maddison, Tarlow, Minka, "A* sampling" (2014), section 2.
 *
 * @param logits float32 or float64, rank ≥ 1.
 * @returns int32 of shape `shape`.
 * @throws InvalidInputError for a bad key, other dtypes, an axis out of range or without categories, and a shape that does not end as it must.
 */
export function categorical(key: Key, logits: Tensor, { axis = -1, shape }: CategoricalOptions = {}): Tensor<"int32"> {
  if (!isFloat(logits.dtype)) throw new InvalidInputError("logits", "a tensor of float32 or float64", logits.dtype);
  if (logits.rank === 0) throw new InvalidInputError("logits", "a tensor of rank 1 or more", "a scalar");
  const [position] = normalizeAxes("categorical", logits.rank, axis);
  const batch = logits.shape.filter((_, each) => each !== position);
  const wanted = shape ?? batch;
  const draws = wanted.slice(0, wanted.length - batch.length);
  if (!sameShape([...draws, ...batch], wanted))
    throw new InvalidInputError("shape", `a shape that ends with [${batch}]`, wanted);
  const { device, dtype } = logits;
  using u = uniform(key, [...draws, ...logits.shape], { device, dtype });
  return device.scope(() => argmax(add(logits, gumbel(u)), { axis: draws.length + position }));
}

/** Gumbel noise from uniform numbers in (0, 1). */
function gumbel<D extends DType>(u: Tensor<D>): Tensor<D> {
  return neg(log(neg(log(u))));
}
