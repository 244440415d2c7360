import { lanesOf, storeUpTo } from "@ansatz/tensor/assembly/lanes";
import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";

// A call is described by a block of f64: addresses of 8 tensors and 2 results, then a row of 8 coefficients for each result. Mirrored in cpu.ts.
const TERMS: usize = 8;
const FIRST_COEFFICIENT: usize = 10;

// Numbers of terms as types, so that the compiler knows them: `offsetof` is how many bytes a class has.
class One {
  a: u8;
}
class Two extends One {
  b: u8;
}
class Three extends Two {
  c: u8;
}
class Four extends Three {
  d: u8;
}
class Five extends Four {
  e: u8;
}
class Six extends Five {
  f: u8;
}
class Seven extends Six {
  g: u8;
}
class Eight extends Seven {
  h: u8;
}

// @ts-ignore: decorator
@inline
function addressAt(block: usize, index: usize): usize {
  return <usize>load<f64>(block + (index << 3));
}

// @ts-ignore: decorator
@inline
function coefficientAt<T>(block: usize, output: usize, term: usize): v128 {
  return v128.splat<T>(<T>load<f64>(block + ((FIRST_COEFFICIENT + output * TERMS + term) << 3)));
}

/** Σ cⱼ xⱼ at an offset in bytes; of the terms that are not there nothing is left. */
// @ts-ignore: decorator
@inline
function sumAt<T, Terms>(
  k: usize,
  x0: usize, x1: usize, x2: usize, x3: usize, x4: usize, x5: usize, x6: usize, x7: usize,
  c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128, c7: v128,
): v128 {
  let sum = v128.mul<T>(c0, v128.load(x0 + k));
  if (offsetof<Terms>() > 1) sum = multiplyAdd<T>(c1, v128.load(x1 + k), sum);
  if (offsetof<Terms>() > 2) sum = multiplyAdd<T>(c2, v128.load(x2 + k), sum);
  if (offsetof<Terms>() > 3) sum = multiplyAdd<T>(c3, v128.load(x3 + k), sum);
  if (offsetof<Terms>() > 4) sum = multiplyAdd<T>(c4, v128.load(x4 + k), sum);
  if (offsetof<Terms>() > 5) sum = multiplyAdd<T>(c5, v128.load(x5 + k), sum);
  if (offsetof<Terms>() > 6) sum = multiplyAdd<T>(c6, v128.load(x6 + k), sum);
  if (offsetof<Terms>() > 7) sum = multiplyAdd<T>(c7, v128.load(x7 + k), sum);
  return sum;
}

/** Elements [begin, end) of one or two results (`outputs`, a constant). Reads up to a vector past the end of a tensor, which the heap allows. */
// @ts-ignore: decorator
@inline
function combine<T, Terms>(block: usize, outputs: i32, begin: i32, end: i32): void {
  const x0 = addressAt(block, 0);
  const x1 = addressAt(block, 1);
  const x2 = addressAt(block, 2);
  const x3 = addressAt(block, 3);
  const x4 = addressAt(block, 4);
  const x5 = addressAt(block, 5);
  const x6 = addressAt(block, 6);
  const x7 = addressAt(block, 7);
  const c0 = coefficientAt<T>(block, 0, 0);
  const c1 = coefficientAt<T>(block, 0, 1);
  const c2 = coefficientAt<T>(block, 0, 2);
  const c3 = coefficientAt<T>(block, 0, 3);
  const c4 = coefficientAt<T>(block, 0, 4);
  const c5 = coefficientAt<T>(block, 0, 5);
  const c6 = coefficientAt<T>(block, 0, 6);
  const c7 = coefficientAt<T>(block, 0, 7);
  const d0 = coefficientAt<T>(block, 1, 0);
  const d1 = coefficientAt<T>(block, 1, 1);
  const d2 = coefficientAt<T>(block, 1, 2);
  const d3 = coefficientAt<T>(block, 1, 3);
  const d4 = coefficientAt<T>(block, 1, 4);
  const d5 = coefficientAt<T>(block, 1, 5);
  const d6 = coefficientAt<T>(block, 1, 6);
  const d7 = coefficientAt<T>(block, 1, 7);
  const y = addressAt(block, TERMS);
  const z = addressAt(block, TERMS + 1);
  let k = <usize>begin * sizeof<T>();
  const stop = <usize>end * sizeof<T>();
  for (; k + 16 <= stop; k += 16) {
    const sum = sumAt<T, Terms>(k, x0, x1, x2, x3, x4, x5, x6, x7, c0, c1, c2, c3, c4, c5, c6, c7);
    if (outputs > 1) v128.store(z + k, sumAt<T, Terms>(k, x0, x1, x2, x3, x4, x5, x6, x7, d0, d1, d2, d3, d4, d5, d6, d7));
    v128.store(y + k, sum);
  }
  if (k < stop) {
    const count = <i32>((stop - k) / sizeof<T>());
    const sum = sumAt<T, Terms>(k, x0, x1, x2, x3, x4, x5, x6, x7, c0, c1, c2, c3, c4, c5, c6, c7);
    if (outputs > 1) storeUpTo<T>(z + k, sumAt<T, Terms>(k, x0, x1, x2, x3, x4, x5, x6, x7, d0, d1, d2, d3, d4, d5, d6, d7), count);
    storeUpTo<T>(y + k, sum, count);
  }
}

// @ts-ignore: decorator
@inline
function combineTerms<T>(block: usize, terms: i32, outputs: i32, begin: i32, end: i32): void {
  switch (terms) {
    case 1:
      combine<T, One>(block, outputs, begin, end);
      break;
    case 2:
      combine<T, Two>(block, outputs, begin, end);
      break;
    case 3:
      combine<T, Three>(block, outputs, begin, end);
      break;
    case 4:
      combine<T, Four>(block, outputs, begin, end);
      break;
    case 5:
      combine<T, Five>(block, outputs, begin, end);
      break;
    case 6:
      combine<T, Six>(block, outputs, begin, end);
      break;
    case 7:
      combine<T, Seven>(block, outputs, begin, end);
      break;
    default:
      combine<T, Eight>(block, outputs, begin, end);
  }
}

/** One result of 1 … 8 tensors. It may be one of them. */
export function linear_combination_f32(block: usize, terms: i32, begin: i32, end: i32): void {
  combineTerms<f32>(block, terms, 1, begin, end);
}

export function linear_combination_f64(block: usize, terms: i32, begin: i32, end: i32): void {
  combineTerms<f64>(block, terms, 1, begin, end);
}

/** Two results of 1 … 8 tensors. They may be among them. */
export function linear_combination_two_f32(block: usize, terms: i32, begin: i32, end: i32): void {
  combineTerms<f32>(block, terms, 2, begin, end);
}

export function linear_combination_two_f64(block: usize, terms: i32, begin: i32, end: i32): void {
  combineTerms<f64>(block, terms, 2, begin, end);
}

/** Of D coefficients per tensor, one after the other and repeated, element i takes number i modulo D. */
// @ts-ignore: decorator
@inline
function combineDimensions<T, Terms>(block: usize, dimensions: i32, coefficients: usize, begin: i32, end: i32): void {
  const x0 = addressAt(block, 0);
  const x1 = addressAt(block, 1);
  const x2 = addressAt(block, 2);
  const x3 = addressAt(block, 3);
  const x4 = addressAt(block, 4);
  const x5 = addressAt(block, 5);
  const x6 = addressAt(block, 6);
  const x7 = addressAt(block, 7);
  const row = <usize>dimensions * sizeof<T>();
  const c0 = coefficients + row * 0;
  const c1 = coefficients + row * 1;
  const c2 = coefficients + row * 2;
  const c3 = coefficients + row * 3;
  const c4 = coefficients + row * 4;
  const c5 = coefficients + row * 5;
  const c6 = coefficients + row * 6;
  const c7 = coefficients + row * 7;
  const y = addressAt(block, TERMS);
  const nothing = i64x2.splat(0);
  let within = begin % dimensions;
  for (let position = begin; position < end; within = 0) {
    const stop = min(end, position + dimensions - within);
    // From a place in a tensor to that of its coefficient.
    const back = <usize>(within - position) * sizeof<T>();
    for (; position < stop; position += lanesOf<T>()) {
      const k = <usize>position * sizeof<T>();
      const j = k + back;
      const sum = sumAt<T, Terms>(
        k, x0, x1, x2, x3, x4, x5, x6, x7,
        v128.load(c0 + j), offsetof<Terms>() > 1 ? v128.load(c1 + j) : nothing, offsetof<Terms>() > 2 ? v128.load(c2 + j) : nothing, offsetof<Terms>() > 3 ? v128.load(c3 + j) : nothing, offsetof<Terms>() > 4 ? v128.load(c4 + j) : nothing, offsetof<Terms>() > 5 ? v128.load(c5 + j) : nothing, offsetof<Terms>() > 6 ? v128.load(c6 + j) : nothing, offsetof<Terms>() > 7 ? v128.load(c7 + j) : nothing,
      );
      storeUpTo<T>(y + k, sum, stop - position);
    }
    position = stop;
  }
}

// @ts-ignore: decorator
@inline
function combineDimensionsTerms<T>(block: usize, terms: i32, dimensions: i32, coefficients: usize, begin: i32, end: i32): void {
  switch (terms) {
    case 1:
      combineDimensions<T, One>(block, dimensions, coefficients, begin, end);
      break;
    case 2:
      combineDimensions<T, Two>(block, dimensions, coefficients, begin, end);
      break;
    case 3:
      combineDimensions<T, Three>(block, dimensions, coefficients, begin, end);
      break;
    case 4:
      combineDimensions<T, Four>(block, dimensions, coefficients, begin, end);
      break;
    case 5:
      combineDimensions<T, Five>(block, dimensions, coefficients, begin, end);
      break;
    case 6:
      combineDimensions<T, Six>(block, dimensions, coefficients, begin, end);
      break;
    case 7:
      combineDimensions<T, Seven>(block, dimensions, coefficients, begin, end);
      break;
    default:
      combineDimensions<T, Eight>(block, dimensions, coefficients, begin, end);
  }
}

/** As `linear_combination_f32` with coefficients [terms, dimensions]. */
export function linear_combination_dimensions_f32(
  block: usize, terms: i32, dimensions: i32, coefficients: usize, begin: i32, end: i32,
): void {
  combineDimensionsTerms<f32>(block, terms, dimensions, coefficients, begin, end);
}

export function linear_combination_dimensions_f64(
  block: usize, terms: i32, dimensions: i32, coefficients: usize, begin: i32, end: i32,
): void {
  combineDimensionsTerms<f64>(block, terms, dimensions, coefficients, begin, end);
}
