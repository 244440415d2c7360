import type { TensorFlowApi, TensorFlowTensor } from "../../device/tensorflow/api.ts";
import type { TensorFlowImplementation } from "../../kernel.ts";
import { type MapOptions, mapSignature } from "./arguments.ts";
import type { MapOperation } from "./operations.ts";
import {
  elu,
  erfc,
  exp2,
  gelu,
  geluTanh,
  leakyRelu,
  log1p,
  logInBase,
  silu,
  sine,
  softplus,
  tangent,
} from "./tensorflow-functions.ts";

type Apply = (tf: TensorFlowApi, ...values: TensorFlowTensor[]) => TensorFlowTensor;

const OPERATIONS: Readonly<Record<MapOperation, Apply>> = {
  neg: (tf, x) => (x.dtype === "int32" ? tf.sub(tf.scalar(0, "int32"), x) : tf.neg(x)),
  abs: (tf, x) => (x.dtype === "int32" ? absoluteInteger(tf, x) : tf.abs(x)),
  sign: (tf, x) => sign(tf, x),
  floor: (tf, x) => tf.floor(x),
  ceil: (tf, x) => tf.ceil(x),
  round: (tf, x) => tf.round(x),
  square: (tf, x) => OPERATIONS.multiply(tf, x, x),
  sqrt: (tf, x) => tf.sqrt(x),
  rsqrt: (tf, x) => tf.rsqrt(x),
  reciprocal: (tf, x) => tf.reciprocal(x),
  exp: (tf, x) => tf.exp(x),
  expm1: (tf, x) => tf.expm1(x),
  log: (tf, x) => tf.log(x),
  log1p: (tf, x) => log1p(tf, x),
  sin: (tf, x) => sine(tf, x, 0),
  cos: (tf, x) => sine(tf, x, 1),
  tanh: (tf, x) => tf.tanh(x),
  sigmoid: (tf, x) => tf.sigmoid(x),
  exp2: (tf, x) => exp2(tf, x),
  log2: (tf, x) => logInBase(tf, x, Math.LOG2E),
  log10: (tf, x) => logInBase(tf, x, Math.LOG10E),
  tan: (tf, x) => tangent(tf, x),
  asin: (tf, x) => tf.asin(x),
  acos: (tf, x) => tf.acos(x),
  atan: (tf, x) => tf.atan(x),
  sinh: (tf, x) => tf.sinh(x),
  cosh: (tf, x) => tf.cosh(x),
  asinh: (tf, x) => tf.asinh(x),
  acosh: (tf, x) => tf.acosh(x),
  atanh: (tf, x) => tf.atanh(x),
  erf: (tf, x) => tf.erf(x),
  erfc: (tf, x) => erfc(tf, x),
  relu: (tf, x) => keepNaN(tf, tf.maximum(x, tf.scalar(0)), [x]),
  softplus: (tf, x) => softplus(tf, x),
  silu: (tf, x) => silu(tf, x),
  gelu: (tf, x) => gelu(tf, x),
  geluTanh: (tf, x) => geluTanh(tf, x),
  isNaN: (tf, x) => tf.isNaN(x),
  logicalNot: (tf, x) => tf.logicalNot(x),
  add: (tf, a, b) => tf.add(a, b),
  subtract: (tf, a, b) => tf.sub(a, b),
  multiply: (tf, a, b) => (a.dtype === "int32" ? multiplyIntegers(tf, a, b) : tf.mul(a, b)),
  divide: (tf, a, b) => (a.dtype === "int32" ? divideIntegers(tf, a, b) : tf.div(a, b)),
  power: (tf, a, b) => power(tf, a, b),
  atan2: (tf, y, x) => tf.atan2(y, x),
  leakyRelu: (tf, x, slope) => leakyRelu(tf, x, slope),
  elu: (tf, x, alpha) => elu(tf, x, alpha),
  minimum: (tf, a, b) => keepNaN(tf, tf.minimum(a, b), [a, b]),
  maximum: (tf, a, b) => keepNaN(tf, tf.maximum(a, b), [a, b]),
  equal: (tf, a, b) => tf.equal(a, b),
  notEqual: (tf, a, b) => tf.notEqual(a, b),
  less: (tf, a, b) => tf.less(a, b),
  lessEqual: (tf, a, b) => tf.lessEqual(a, b),
  greater: (tf, a, b) => tf.greater(a, b),
  greaterEqual: (tf, a, b) => tf.greaterEqual(a, b),
  logicalAnd: (tf, a, b) => tf.logicalAnd(a, b),
  logicalOr: (tf, a, b) => tf.logicalOr(a, b),
  logicalXor: (tf, a, b) => tf.logicalXor(a, b),
  clamp: (tf, x, lower, upper) => OPERATIONS.minimum(tf, OPERATIONS.maximum(tf, x, lower), upper),
  where: (tf, condition, a, b) => (a.dtype === "bool" ? whereBool(tf, condition, a, b) : tf.where(condition, a, b)),
};

export const mapTensorFlow: TensorFlowImplementation<MapOptions> = {
  run(tf, inputs, options, [output]) {
    const specs = inputs.map(({ shape, dtype }) => ({ shape, dtype: dtype as "float32" | "int32" | "bool" }));
    const { arguments: given } = mapSignature(specs, options);
    const values = given.map((argument) =>
      "constant" in argument ? tf.scalar(argument.constant, argument.dtype) : inputs[argument.input],
    );
    return [tf.reshape(OPERATIONS[options.operation](tf, ...values), [...output.shape])];
  },
};

/** `result`, with NaN where one of the operands is: some engines' comparisons drop it. */
function keepNaN(tf: TensorFlowApi, result: TensorFlowTensor, operands: TensorFlowTensor[]): TensorFlowTensor {
  if (result.dtype !== "float32") return result;
  const anyNaN = operands.map((operand) => tf.isNaN(operand)).reduce((a, b) => tf.logicalOr(a, b));
  return tf.where(anyNaN, tf.scalar(Number.NaN), result);
}

/** The WebAssembly engine's own gives 0 for small floats. */
function sign(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const [zero, one, minusOne] = [0, 1, -1].map((value) => tf.scalar(value, x.dtype));
  return tf.where(tf.greater(x, zero), one, tf.where(tf.less(x, zero), minusOne, x));
}

/** By integer operations: the WebAssembly engine's own `abs` passes through float32. */
function absoluteInteger(tf: TensorFlowApi, x: TensorFlowTensor): TensorFlowTensor {
  const zero = tf.scalar(0, "int32");
  return tf.where(tf.less(x, zero), tf.sub(zero, x), x);
}

/** By logic: the WebAssembly engine's `where` writes beyond bool arrays. */
function whereBool(
  tf: TensorFlowApi,
  condition: TensorFlowTensor,
  a: TensorFlowTensor,
  b: TensorFlowTensor,
): TensorFlowTensor {
  return tf.logicalOr(tf.logicalAnd(condition, a), tf.logicalAnd(tf.logicalNot(condition), b));
}

/** Modulo 2^32 in halves of 16 bits: engines in JavaScript multiply in float64, where a product of two int32 would be rounded. */
function multiplyIntegers(tf: TensorFlowApi, a: TensorFlowTensor, b: TensorFlowTensor): TensorFlowTensor {
  const radix = tf.scalar(2 ** 16, "int32");
  const high = tf.floorDiv(a, radix);
  const low = tf.sub(a, tf.mul(high, radix));
  return tf.add(tf.mul(tf.mul(high, b), radix), tf.mul(low, b));
}

/**
 * Towards zero, with 0 for a divisor of 0 and −2^31 / −1 wrapping round. Engines divide int32 towards −∞, some by way of float32, and may trap on those divisors;
 * so the quotient is estimated in float32, twice, and corrected in integers.
 */
function divideIntegers(tf: TensorFlowApi, a: TensorFlowTensor, b: TensorFlowTensor): TensorFlowTensor {
  const [zero, one, minusOne, lowest] = [0, 1, -1, -(2 ** 31)].map((value) => tf.scalar(value, "int32"));
  const isSpecial = [zero, one, minusOne, lowest]
    .map((value) => tf.equal(b, value))
    .reduce((any, each) => tf.logicalOr(any, each));
  const divisor = tf.where(isSpecial, tf.scalar(2, "int32"), b);
  const estimate = (dividend: TensorFlowTensor) =>
    tf.cast(tf.div(tf.cast(dividend, "float32"), tf.cast(divisor, "float32")), "int32");
  // |rest| ≤ |b| + 3 · 2⁻²⁴ |a| after the first estimate, so that it is never too large for int32.
  const first = estimate(a);
  const second = estimate(tf.sub(a, tf.mul(first, divisor)));
  const quotient = tf.add(first, second);
  const rest = tf.sub(a, tf.mul(quotient, divisor));
  const unit = tf.where(tf.equal(tf.less(a, zero), tf.less(divisor, zero)), one, minusOne);
  const isTooFar = tf.logicalAnd(tf.notEqual(rest, zero), tf.notEqual(tf.less(rest, zero), tf.less(a, zero)));
  const isTooNear = tf.greaterEqual(absoluteInteger(tf, rest), absoluteInteger(tf, divisor));
  const corrected = tf.where(isTooFar, tf.sub(quotient, unit), tf.where(isTooNear, tf.add(quotient, unit), quotient));
  const special = tf.where(tf.equal(b, one), a, tf.where(tf.equal(b, minusOne), tf.sub(zero, a), zero));
  const byLowest = tf.cast(tf.equal(a, lowest), "int32");
  return tf.where(isSpecial, tf.where(tf.equal(b, lowest), byLowest, special), corrected);
}

/**
 * IEEE 754's `pow` from that of |a|: engines in JavaScript say NaN where 1 is raised to NaN or ±∞, and −1 to ±∞; native ones drop the sign of −0 and −∞.
 */
function power(tf: TensorFlowApi, a: TensorFlowTensor, b: TensorFlowTensor): TensorFlowTensor {
  const [zero, half, one, two, notANumber] = [0, 0.5, 1, 2, Number.NaN].map((value) => tf.scalar(value));
  const size = tf.pow(tf.abs(a), b);
  const isOdd = tf.equal(tf.sub(b, tf.mul(tf.floor(tf.mul(b, half)), two)), one);
  const isNegative = tf.logicalOr(tf.less(a, zero), tf.less(tf.div(one, a), zero));
  const isFiniteNegative = tf.logicalAnd(tf.less(a, zero), tf.isFinite(a));
  const isInvalid = tf.logicalAnd(isFiniteNegative, tf.notEqual(tf.floor(b), b));
  const signed = tf.where(tf.logicalAnd(isNegative, isOdd), tf.neg(size), size);
  const isOne = tf.logicalOr(tf.equal(a, one), tf.logicalAnd(tf.equal(tf.abs(a), one), tf.isInf(b)));
  return tf.where(isOne, one, tf.where(isInvalid, notANumber, signed));
}
