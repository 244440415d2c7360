// Definitions, in plain float64, of functions that Math does not have. Errors of a few ulp at most: where a rounded argument of exp would make more, it is held in two parts.

const TWO_OVER_ROOT_PI = 1.1283791670955126;

/** By its Maclaurin series, from its small end, up to 1; by `erfc` beyond. */
export function erf(x: number): number {
  if (!(Math.abs(x) < 1)) return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
  let series = 0;
  for (let n = 25; n >= 0; n--) series = 1 / (2 * n + 1) - ((x * x) / (n + 1)) * series;
  return TWO_OVER_ROOT_PI * x * series;
}

export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < 0.5 ? 1 - erf(x) : expOfSquare(x, -1) * scaledErfc(x);
}

/** x Φ(x). */
export function gelu(x: number): number {
  if (!Number.isFinite(x)) return x === Number.NEGATIVE_INFINITY ? -0 : x;
  if (Math.abs(x) < 0.75) return x * (0.5 + 0.5 * erf(x * Math.SQRT1_2));
  const a = Math.abs(x);
  const tail = 0.5 * (a * scaledErfc(a * Math.SQRT1_2)) * expOfSquare(a, -0.5);
  return x < 0 ? -tail : x - tail;
}

/** x / (1 + e⁻ʷ) with w = √(8/π) (x + 0.044715 x³). */
export function geluTanh(x: number): number {
  if (!(Math.abs(x) < 30)) return x < 0 ? -0 : x;
  const a = Math.abs(x);
  // The upper 17 bits of a, whose cube is exact; the constants' upper 26 bits, whose products with upper bits are.
  const upper = upperBits(a, 36);
  const rest = a - upper;
  const cube = upper ** 3;
  const cubeRest = rest * (3 * upper * upper + rest * (3 * upper + rest));
  const cubeUpper = upperBits(cube, 27);
  const high = 0.071354815736413 * cubeUpper;
  const middle = 1.5957691216026433 * upper;
  const low =
    0.071354815736413 * (cube - cubeUpper + cubeRest) +
    5.361872467621785e-10 * (cube + cubeRest) +
    (1.5957691216026433 * rest + 3.0874305383944692e-12 * a);
  const lower = Math.exp(-middle) * Math.exp(-low);
  const e = lower * Math.exp(-high);
  const tail = ((a * lower) / (1 + e)) * Math.exp(-high);
  return x < 0 ? -tail : x - tail;
}

/** ln(1 + eˣ). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/** x / (1 + e⁻ˣ); −0, its limit, for −∞. By halves of the exponent, as eˣ may be subnormal where the result is not. */
export function silu(x: number): number {
  if (!(x < 0)) return x * sigmoid(x);
  const root = Math.exp(x / 2);
  return x === Number.NEGATIVE_INFINITY ? -0 : ((x * root) / (1 + root * root)) * root;
}

export function elu(x: number, alpha: number): number {
  return x > 0 ? x : alpha * Math.expm1(x);
}

export function leakyRelu(x: number, slope: number): number {
  return x > 0 ? x : slope * x;
}

/** exp(x²) erfc x for x ≥ ½, by its continued fraction, from the inside. Source: Abramowitz and Stegun, 7.1.14. */
function scaledErfc(x: number): number {
  let fraction = x;
  for (let k = Math.ceil(20 + 250 / (x * x)); k > 0; k--) fraction = x + k / 2 / fraction;
  return 1 / (Math.sqrt(Math.PI) * fraction);
}

/** exp(scale x²), scale a power of two. */
function expOfSquare(x: number, scale: number): number {
  if (!(x < 1e8)) return Math.exp(scale * x * x);
  const upper = upperBits(x, 27);
  return Math.exp(scale * upper * upper) * Math.exp(scale * (x - upper) * (x + upper));
}

/** A number without its lowest `count` bits. */
function upperBits(x: number, count: number): number {
  const bits = new BigUint64Array(Float64Array.of(x).buffer);
  bits[0] &= ~((1n << BigInt(count)) - 1n);
  return new Float64Array(bits.buffer)[0];
}
