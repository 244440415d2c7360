import type { DType } from "../../dtype.ts";
import { elu, erf, erfc, gelu, geluTanh, leakyRelu, sigmoid, silu, softplus } from "./reference-functions.ts";

/** What `map` knows about an operation. */
export interface Operation {
  /** Names of the arguments in error messages. The first argument of `where` is bool; all others share one dtype. */
  readonly arguments: readonly string[];
  /** Dtypes of the arguments (of `where`: of the two to choose from). */
  readonly dtypes: readonly DType[];
  /** Dtype of the result: that of the arguments, or bool. */
  readonly result: "same" | "bool";
  /** The definition, in float64. Results of int32 and uint32 are then taken modulo 2^32. */
  readonly evaluate: (...values: number[]) => number;
  /** The definition for int32 and uint32, where it differs. */
  readonly evaluateInteger?: (...values: number[]) => number;
  /** Error allowed to implementations, in ulp of the result: see `tolerance` of the kernel. Default: 0. */
  readonly ulp?: { readonly float32: number; readonly float64: number };
}

const FLOATS: readonly DType[] = ["float32", "float64"];
const SIGNED: readonly DType[] = [...FLOATS, "int32"];
const NUMBERS: readonly DType[] = [...SIGNED, "uint32"];
const ALL: readonly DType[] = [...NUMBERS, "bool"];
const BOOL: readonly DType[] = ["bool"];

// float64 runs on the cpu only: its own bound (assembly/README.md) and 1 ulp for the reference, which is Math's. float32 is the largest of what cpu,
// WGSL and TensorFlow give: WGSL rounds +, − and · correctly, but leaves the direction open, and allows 2.5 ulp for a division, of which most
// functions do one or two.
const ROUNDED = { float32: 1, float64: 0 };
const DIVIDED = { float32: 3, float64: 0 };
const FUNCTION = { float32: 5, float64: 3 };
// Functions with up to 4 ulp of their own, and as much of the reference, whose definitions Math does not have or does not have more exactly.
const COMPOSED = { float32: 5, float64: 8 };

function unary(dtypes: readonly DType[], evaluate: (x: number) => number, rest: Partial<Operation> = {}): Operation {
  return { arguments: ["x"], dtypes, result: "same", evaluate, ...rest };
}

function binary(
  dtypes: readonly DType[],
  evaluate: (a: number, b: number) => number,
  rest: Partial<Operation> = {},
): Operation {
  return { arguments: ["a", "b"], dtypes, result: "same", evaluate, ...rest };
}

function comparison(dtypes: readonly DType[], holds: (a: number, b: number) => boolean): Operation {
  return binary(dtypes, (a, b) => (holds(a, b) ? 1 : 0), { result: "bool" });
}

export const OPERATIONS = {
  neg: unary(SIGNED, (x) => -x),
  abs: unary(SIGNED, Math.abs),
  sign: unary(SIGNED, Math.sign),
  floor: unary(FLOATS, Math.floor),
  ceil: unary(FLOATS, Math.ceil),
  round: unary(FLOATS, roundHalfToEven),
  square: unary(NUMBERS, (x) => x * x, { evaluateInteger: (x) => Math.imul(x, x), ulp: ROUNDED }),
  sqrt: unary(FLOATS, Math.sqrt, { ulp: FUNCTION }),
  rsqrt: unary(FLOATS, (x) => 1 / Math.sqrt(x), { ulp: FUNCTION }),
  reciprocal: unary(FLOATS, (x) => 1 / x, { ulp: DIVIDED }),
  exp: unary(FLOATS, Math.exp, { ulp: FUNCTION }),
  expm1: unary(FLOATS, Math.expm1, { ulp: FUNCTION }),
  log: unary(FLOATS, Math.log, { ulp: FUNCTION }),
  log1p: unary(FLOATS, Math.log1p, { ulp: FUNCTION }),
  sin: unary(FLOATS, Math.sin, { ulp: FUNCTION }),
  cos: unary(FLOATS, Math.cos, { ulp: FUNCTION }),
  tanh: unary(FLOATS, Math.tanh, { ulp: FUNCTION }),
  sigmoid: unary(FLOATS, sigmoid, { ulp: FUNCTION }),
  exp2: unary(FLOATS, (x) => 2 ** x, { ulp: FUNCTION }),
  log2: unary(FLOATS, Math.log2, { ulp: FUNCTION }),
  log10: unary(FLOATS, Math.log10, { ulp: FUNCTION }),
  tan: unary(FLOATS, Math.tan, { ulp: COMPOSED }),
  asin: unary(FLOATS, Math.asin, { ulp: FUNCTION }),
  acos: unary(FLOATS, Math.acos, { ulp: FUNCTION }),
  atan: unary(FLOATS, Math.atan, { ulp: FUNCTION }),
  sinh: unary(FLOATS, Math.sinh, { ulp: COMPOSED }),
  cosh: unary(FLOATS, Math.cosh, { ulp: COMPOSED }),
  asinh: unary(FLOATS, Math.asinh, { ulp: COMPOSED }),
  acosh: unary(FLOATS, Math.acosh, { ulp: COMPOSED }),
  atanh: unary(FLOATS, Math.atanh, { ulp: COMPOSED }),
  erf: unary(FLOATS, erf, { ulp: COMPOSED }),
  erfc: unary(FLOATS, erfc, { ulp: COMPOSED }),
  relu: unary(FLOATS, (x) => Math.max(x, 0)),
  softplus: unary(FLOATS, softplus, { ulp: COMPOSED }),
  silu: unary(FLOATS, silu, { ulp: COMPOSED }),
  gelu: unary(FLOATS, gelu, { ulp: COMPOSED }),
  geluTanh: unary(FLOATS, geluTanh, { ulp: COMPOSED }),
  isNaN: unary(FLOATS, (x) => (Number.isNaN(x) ? 1 : 0), { result: "bool" }),
  logicalNot: unary(BOOL, (x) => (x === 0 ? 1 : 0)),
  add: binary(NUMBERS, (a, b) => a + b, { ulp: ROUNDED }),
  subtract: binary(NUMBERS, (a, b) => a - b, { ulp: ROUNDED }),
  multiply: binary(NUMBERS, (a, b) => a * b, { evaluateInteger: Math.imul, ulp: ROUNDED }),
  divide: binary(NUMBERS, (a, b) => a / b, {
    evaluateInteger: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
    ulp: DIVIDED,
  }),
  power: binary(FLOATS, power, { ulp: FUNCTION }),
  atan2: { ...binary(FLOATS, Math.atan2, { ulp: FUNCTION }), arguments: ["y", "x"] },
  leakyRelu: { ...binary(FLOATS, leakyRelu, { ulp: ROUNDED }), arguments: ["x", "slope"] },
  elu: { ...binary(FLOATS, elu, { ulp: COMPOSED }), arguments: ["x", "alpha"] },
  minimum: binary(NUMBERS, Math.min),
  maximum: binary(NUMBERS, Math.max),
  equal: comparison(ALL, (a, b) => a === b),
  notEqual: comparison(ALL, (a, b) => a !== b),
  less: comparison(NUMBERS, (a, b) => a < b),
  lessEqual: comparison(NUMBERS, (a, b) => a <= b),
  greater: comparison(NUMBERS, (a, b) => a > b),
  greaterEqual: comparison(NUMBERS, (a, b) => a >= b),
  logicalAnd: comparison(BOOL, (a, b) => a !== 0 && b !== 0),
  logicalOr: comparison(BOOL, (a, b) => a !== 0 || b !== 0),
  logicalXor: comparison(BOOL, (a, b) => a !== b),
  clamp: {
    arguments: ["x", "lower", "upper"],
    dtypes: NUMBERS,
    result: "same",
    evaluate: (x, lower, upper) => Math.min(Math.max(x, lower), upper),
  },
  where: {
    arguments: ["condition", "a", "b"],
    dtypes: ALL,
    result: "same",
    evaluate: (condition, a, b) => (condition !== 0 ? a : b),
  },
} as const satisfies Record<string, Operation>;

/** The operations of `map`. */
export type MapOperation = keyof typeof OPERATIONS;

export function operationNamed(name: MapOperation): Operation {
  return OPERATIONS[name];
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  const isHalf = x - down === 0.5;
  return isHalf ? 2 * Math.round(x / 2) : Math.round(x);
}

/** IEEE 754's `pow`, which differs from JavaScript's: 1 to any power is 1, and so is (−1)^±∞. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  return base ** exponent;
}
