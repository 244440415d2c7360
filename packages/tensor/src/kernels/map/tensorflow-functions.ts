import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";

// Functions that TensorFlow.js does not have, or that some of its engines compute less accurately than the others.

/** Backends whose elementary functions are those of the C library or of `Math`; others take shortcuts, such as log1p(x) as log(1 + x). */
const ACCURATE_BACKENDS: readonly string[] = ["cpu", "tensorflow"];

function isAccurate(tf: TensorFlowApi): boolean {
  return ACCURATE_BACKENDS.includes(tf.getBackend());
}

/** By Horner's rule; the coefficient of the highest power comes first. */
function polynomial(tf: TensorFlowApi, x: TensorFlowTensor, coefficients: readonly number[]): TensorFlowTensor {
  return coefficients
    .slice(1)
    .reduce((sum, each) => tf.add(tf.mul(sum, x), tf.scalar(each)), tf.scalar(coefficients[0]) as TensorFlowTensor);
}

/** ln(1 + x) with the rounding of u = 1 + x undone: ln(u) x / (u − 1). Source: Goldberg, "What every computer scientist should know", theorem 4. */
export function log1p(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  if (isAccurate(tf)) return tf.log1p(x);
  const one = tf.scalar(1);
  const u = tf.add(x, one);
  const corrected = tf.div(tf.mul(tf.log(u), x), tf.sub(u, one));
  return tf.where(tf.equal(u, one), x, tf.where(tf.equal(u, tf.scalar(Number.POSITIVE_INFINITY)), u, corrected));
}

/**
 * sin(x + turns π/2) in float32 operations up to |x| = 8192, where n times the first parts of π/2 is exact; the engine's own beyond.
 * Coefficients: Cephes, sinf.c.
 */
export function sine(tf: TensorFlowApi, x: TensorFlowTensor, turns: 0 | 1): TensorFlowTensor {
  if (isAccurate(tf)) return turns === 0 ? tf.sin(x) : tf.cos(x);
  const number = (value: number) => tf.scalar(value);
  const times = (a: TensorFlowTensor, b: number) => tf.mul(a, number(b));
  const n = tf.round(times(x, 2 / Math.PI));
  const parts = [1.5703125, 4.837512969970703e-4, 7.549790126404332e-8, -1.715124496770992e-15];
  const y = parts.reduce((rest, part) => tf.sub(rest, times(n, part)), x);
  const z = tf.square(y);
  const odd = tf.add(y, tf.mul(tf.mul(y, z), polynomial(tf, z, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])));
  const tail = tf.mul(
    tf.square(z),
    polynomial(tf, z, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]),
  );
  const even = tf.add(tf.sub(number(1), times(z, 0.5)), tail);
  // n + turns modulo 4.
  const turned = tf.add(n, number(turns));
  const quadrant = tf.sub(turned, times(tf.floor(times(turned, 0.25)), 4));
  const isOdd = tf.logicalOr(tf.equal(quadrant, number(1)), tf.equal(quadrant, number(3)));
  const value = tf.where(isOdd, even, odd);
  const near = tf.where(tf.greaterEqual(quadrant, number(2)), tf.neg(value), value);
  return tf.where(tf.lessEqual(tf.abs(x), number(8192)), near, turns === 0 ? tf.sin(x) : tf.cos(x));
}

export function tangent(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  return isAccurate(tf) ? tf.tan(x) : tf.div(sine(tf, x, 0), sine(tf, x, 1));
}

export function exp2(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  return tf.pow(tf.scalar(2), x);
}

/** The logarithm whose base has the natural logarithm 1 / scale. */
export function logInBase(tf: TensorFlowApi, x: TensorFlowTensor, scale: number): TensorFlowTensor {
  return tf.mul(tf.log(x), tf.scalar(scale));
}

export function leakyRelu(tf: TensorFlowApi, x: TensorFlowTensor, slope: TensorFlowTensor): TensorFlowTensor {
  return tf.where(tf.greater(x, tf.scalar(0)), x, tf.mul(x, slope));
}

export function elu(tf: TensorFlowApi, x: TensorFlowTensor, alpha: TensorFlowTensor): TensorFlowTensor {
  return tf.where(tf.greater(x, tf.scalar(0)), x, tf.mul(alpha, tf.expm1(x)));
}

export function softplus(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const positive = tf.where(tf.less(x, tf.scalar(0)), tf.scalar(0), x);
  return tf.add(positive, log1p(tf, tf.exp(tf.neg(tf.abs(x)))));
}

/** The argument is bounded where the result is −0; its exponential comes in two halves, as it may be subnormal where the result is not. */
export function silu(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  return logistic(tf, x, bounded(tf, x, 110), (a) => ({ w: a, rest: tf.scalar(0) }));
}

/** As on webgpu: w = √(8/π) (x + 0.044715 x³) in two parts, an error of w being a relative error of the result. */
export function geluTanh(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const times = (value: TensorFlowTensor, factor: number) => tf.mul(value, tf.scalar(factor));
  return logistic(tf, x, bounded(tf, x, 12), (a) => {
    const upper = upperBits(tf, a, 16);
    const rest = tf.sub(a, upper);
    const cube = tf.mul(tf.mul(upper, upper), upper);
    const threeUpper = times(upper, 3);
    const cubeRest = tf.mul(rest, tf.add(tf.mul(threeUpper, upper), tf.mul(rest, tf.add(threeUpper, rest))));
    const cubeUpper = upperBits(tf, cube, 12);
    const cubic = times(cubeUpper, 0.0713500976562);
    const linear = times(upper, 1.59576416016);
    const w = tf.add(cubic, linear);
    const virtual = tf.sub(w, cubic);
    const parts = [
      tf.add(tf.sub(cubic, tf.sub(w, virtual)), tf.sub(linear, virtual)),
      times(tf.add(tf.sub(cube, cubeUpper), cubeRest), 0.0713500976562),
      times(tf.add(cube, cubeRest), 4.71861635e-6),
      times(rest, 1.59576416016),
      times(a, 4.961449481e-6),
    ];
    return { w, rest: parts.reduce((total, part) => tf.add(total, part)) };
  });
}

/** x e / (1 + e) with e = exp(−w − rest) of |x|, which is the result for negative x; x less that for positive. */
function logistic(
  tf: TensorFlowApi,
  x: TensorFlowTensor,
  a: TensorFlowTensor,
  argument: (a: TensorFlowTensor) => { w: TensorFlowTensor; rest: TensorFlowTensor },
): TensorFlowTensor {
  const { w, rest } = argument(a);
  const half = tf.exp(tf.mul(w, tf.scalar(-0.5)));
  const factor = tf.exp(tf.neg(rest));
  const denominator = tf.add(tf.scalar(1), tf.mul(tf.mul(half, half), factor));
  return reflected(tf, x, tf.div(tf.mul(tf.mul(tf.mul(a, half), half), factor), denominator));
}

interface GaussianTail {
  readonly scale: number;
  readonly c: number;
  readonly center: number;
  /** s, where −r (1 + s r) is about the slope of ln r H. */
  readonly growth: number;
  readonly coefficients: readonly number[];
}

/** Of erfc. */
const ERFC_TAIL: GaussianTail = {
  scale: -1,
  c: 2,
  center: 0.203125,
  growth: 2.7,
  // biome-ignore format: a table
  coefficients: [22.97911453, 24.21979332, 4.285418987, -9.292201996, -3.583184719, 3.195702553, 4.078596592, 2.346901178, 0.9023001194],
};

/** Of the normal distribution function. */
const NORMAL_TAIL: GaussianTail = {
  scale: -0.5,
  c: 2.75,
  center: 0.15625,
  growth: 3.6,
  // biome-ignore format: a table
  coefficients: [-325.539093, 120.7643967, 53.23801804, -25.7677269, -12.33707619, 4.167263031, 5.248301029, 2.333271742, 0.6558334231],
};

/** As on webgpu. */
export function erfc(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const a = bounded(tf, x, 10.5);
  const series = [
    7.920303324e-5, -0.0008030750323, 0.005190733355, -0.02685512602, 0.1128361821, -0.3761262894, 0.1283791661,
  ];
  const one = tf.scalar(1);
  const small = tf.sub(tf.sub(one, x), tf.mul(x, polynomial(tf, tf.square(a), series)));
  const tail = gaussianTail(tf, a, ERFC_TAIL, tf.scalar(1));
  const large = tf.where(tf.less(x, tf.scalar(0)), tf.sub(tf.scalar(2), tail), tail);
  return withNaN(tf, x, tf.where(tf.less(a, one), small, large));
}

/** As on webgpu. */
export function gelu(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const a = bounded(tf, x, 15);
  const series = [-1.165759841e-5, 0.0001238120167, -0.001195752295, 0.009976897389, -0.06649085134, -1.133517e-8];
  const one = tf.scalar(1);
  const linear = tf.add(tf.scalar(0.5), tf.mul(x, tf.scalar(0.3989422917)));
  const small = tf.mul(x, tf.add(linear, tf.mul(x, polynomial(tf, tf.square(a), series))));
  const tail = gaussianTail(tf, a, NORMAL_TAIL, a);
  return tf.where(tf.less(a, one), small, reflected(tf, x, tail));
}

/** factor · exp(scale · a²) r H(r − r₀) with r = 1 / (a + c), H by its coefficients; as on webgpu, what r and a² lose by rounding goes to exp. */
function gaussianTail(
  tf: TensorFlowApi,
  a: TensorFlowTensor,
  { scale, c, center, growth, coefficients }: GaussianTail,
  factor: TensorFlowTensor,
): TensorFlowTensor {
  const number = (value: number) => tf.scalar(value);
  const sum = tf.add(a, number(c));
  const r = tf.div(number(1), sum);
  const upperR = upperBits(tf, r, 12);
  const upperSum = upperBits(tf, sum, 12);
  const lost = [
    tf.mul(tf.sub(r, upperR), sum),
    tf.mul(upperR, tf.sub(sum, upperSum)),
    tf.mul(r, tf.sub(a, tf.sub(sum, number(c)))),
  ].reduce((total, part) => tf.add(total, part));
  const residual = tf.sub(tf.sub(number(1), tf.mul(upperR, upperSum)), lost);
  const correction = tf.mul(residual, tf.add(number(1), tf.mul(r, number(growth))));
  const upper = upperBits(tf, a, 12);
  const squareRest = tf.mul(tf.mul(tf.sub(a, upper), tf.add(a, upper)), number(scale));
  const exponential = tf.mul(tf.exp(tf.mul(tf.square(upper), number(scale))), tf.exp(tf.add(squareRest, correction)));
  const H = polynomial(tf, tf.sub(r, number(center)), coefficients);
  return tf.mul(tf.mul(factor, tf.mul(r, H)), exponential);
}

/** A number without its lowest bits, rounded (Veltkamp's splitting). */
function upperBits(tf: TensorFlowApi, x: TensorFlowTensor, lowest: number): TensorFlowTensor {
  const scaled = tf.mul(x, tf.scalar(2 ** lowest + 1));
  return tf.sub(scaled, tf.sub(scaled, x));
}

/** min(|x|, limit). */
function bounded(tf: TensorFlowApi, x: TensorFlowTensor, limit: number): TensorFlowTensor {
  return tf.minimum(tf.abs(x), tf.scalar(limit));
}

/** −tail for negative x, x − tail for positive. */
function reflected(tf: TensorFlowApi, x: TensorFlowTensor, tail: TensorFlowTensor): TensorFlowTensor {
  return withNaN(tf, x, tf.where(tf.greater(x, tf.scalar(0)), tf.sub(x, tail), tf.neg(tail)));
}

/** `result`, with NaN where x is: some engines' minima and comparisons drop it. */
function withNaN(tf: TensorFlowApi, x: TensorFlowTensor, result: TensorFlowTensor): TensorFlowTensor {
  return tf.where(tf.isNaN(x), x, result);
}
