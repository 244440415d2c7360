import { addressOf, outputOf, runOf, steps } from "../map/call-block.as";
import { Neg, unary } from "../map/unary.as";

// Operations as types, so that the compiler chooses between them: `idof` of a type is a constant.
class Add {}
class Subtract {}
class Multiply {}
class Divide {}

/** Complex numbers in a vector: two of float32, one of float64. */
// @ts-ignore: decorator
@inline
function lanes<T>(): i32 {
  return 8 / <i32>sizeof<T>();
}

/** One number, in every lane. */
// @ts-ignore: decorator
@inline
function loadOne<T>(address: usize): v128 {
  return sizeof<T>() == 4 ? v128.load64_splat(address) : v128.load(address);
}

/** The first number of a vector. */
// @ts-ignore: decorator
@inline
function storeOne<T>(address: usize, value: v128): void {
  if (sizeof<T>() == 4) v128.store64_lane(address, value, 0);
  else v128.store(address, value);
}

// @ts-ignore: decorator
@inline
function binary<Operation, T extends number>(block: usize, begin: i32, end: i32): void {
  const bytes = 2 * sizeof<T>();
  const run = runOf(block);
  let row = begin / run;
  let within = begin - row * run;
  for (let position = begin; position < end; row++, within = 0) {
    const count = min(run - within, end - position);
    const a = addressOf(block, 0, row, within, bytes);
    const b = addressOf(block, 1, row, within, bytes);
    const aStep = steps(block, 0) ? bytes : 0;
    const bStep = steps(block, 1) ? bytes : 0;
    const y = outputOf(block) + <usize>position * bytes;
    const aValue = loadOne<T>(a);
    const bValue = loadOne<T>(b);
    let i = 0;
    for (; i + lanes<T>() <= count; i += lanes<T>()) {
      const left = aStep ? v128.load(a + <usize>i * bytes) : aValue;
      const right = bStep ? v128.load(b + <usize>i * bytes) : bValue;
      v128.store(y + <usize>i * bytes, apply<Operation, T>(left, right));
    }
    for (; i < count; i++)
      storeOne<T>(y + <usize>i * bytes, apply<Operation, T>(loadOne<T>(a + <usize>i * aStep), loadOne<T>(b + <usize>i * bStep)));
    position += count;
  }
}

// @ts-ignore: decorator
@inline
function apply<Operation, T extends number>(a: v128, b: v128): v128 {
  if (idof<Operation>() == idof<Add>()) return v128.add<T>(a, b);
  if (idof<Operation>() == idof<Subtract>()) return v128.sub<T>(a, b);
  if (idof<Operation>() == idof<Multiply>()) return multiply<T>(a, b);
  if (idof<Operation>() == idof<Divide>()) return sizeof<T>() == 4 ? divide_c64(a, b) : divide_c128(a, b);
  ERROR("no such operation");
}

/** (a.re b.re − a.im b.im, a.re b.im + a.im b.re). */
// @ts-ignore: decorator
@inline
function multiply<T extends number>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 4) {
    const re = v128.shuffle<i32>(a, a, 0, 0, 2, 2);
    const im = v128.shuffle<i32>(a, a, 1, 1, 3, 3);
    const swapped = v128.shuffle<i32>(b, b, 1, 0, 3, 2);
    const cross = v128.xor(f32x4.mul(im, swapped), i32x4(0x80000000, 0, 0x80000000, 0));
    return f32x4.add(f32x4.mul(re, b), cross);
  }
  const re = v128.shuffle<i64>(a, a, 0, 0);
  const im = v128.shuffle<i64>(a, a, 1, 1);
  const swapped = v128.shuffle<i64>(b, b, 1, 0);
  const cross = v128.xor(f64x2.mul(im, swapped), i64x2(0x8000000000000000, 0));
  return f64x2.add(f64x2.mul(re, b), cross);
}

/** In float64, whose range is enough that nothing overflows; by Smith's algorithm where a divisor is 0 or not finite. */
// @ts-ignore: decorator
@inline
function divide_c64(a: v128, b: v128): v128 {
  const firstA = f64x2.promote_low_f32x4(a);
  const firstB = f64x2.promote_low_f32x4(b);
  const secondA = f64x2.promote_low_f32x4(v128.shuffle<i64>(a, a, 1, 0));
  const secondB = f64x2.promote_low_f32x4(v128.shuffle<i64>(b, b, 1, 0));
  const firstSize = squaredSize(firstB);
  const secondSize = squaredSize(secondB);
  // The product of the sizes is finite and not 0 exactly when both are, for numbers from float32.
  const product = f64x2.extract_lane(firstSize, 0) * f64x2.extract_lane(secondSize, 0);
  const ordinary = product > 0 && product < Infinity;
  const first = ordinary ? divideOrdinary(firstA, firstB, firstSize) : divide_c128(firstA, firstB);
  const second = ordinary ? divideOrdinary(secondA, secondB, secondSize) : divide_c128(secondA, secondB);
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2);
}

/** |b|² in both lanes. */
// @ts-ignore: decorator
@inline
function squaredSize(b: v128): v128 {
  const squares = f64x2.mul(b, b);
  return f64x2.add(squares, v128.shuffle<i64>(squares, squares, 1, 0));
}

/** a conj(b) / |b|². */
// @ts-ignore: decorator
@inline
function divideOrdinary(a: v128, b: v128, size: v128): v128 {
  return f64x2.div(multiply<f64>(a, v128.xor(b, i64x2(0, 0x8000000000000000))), size);
}

/** Smith's algorithm, see operations.ts. */
function divide_c128(x: v128, y: v128): v128 {
  const a = f64x2.extract_lane(x, 0);
  const b = f64x2.extract_lane(x, 1);
  const c = f64x2.extract_lane(y, 0);
  const d = f64x2.extract_lane(y, 1);
  if (c == 0 && d == 0) return f64x2(a / c, b / c);
  if (abs(c) >= abs(d)) {
    const ratio = d / c;
    const scale = c + d * ratio;
    return f64x2((a + b * ratio) / scale, (b - a * ratio) / scale);
  }
  const ratio = c / d;
  const scale = c * ratio + d;
  return f64x2((a * ratio + b) / scale, (b * ratio - a) / scale);
}

export function complex_add_f32(block: usize, begin: i32, end: i32): void { binary<Add, f32>(block, begin, end); }
export function complex_add_f64(block: usize, begin: i32, end: i32): void { binary<Add, f64>(block, begin, end); }
export function complex_subtract_f32(block: usize, begin: i32, end: i32): void { binary<Subtract, f32>(block, begin, end); }
export function complex_subtract_f64(block: usize, begin: i32, end: i32): void { binary<Subtract, f64>(block, begin, end); }
export function complex_multiply_f32(block: usize, begin: i32, end: i32): void { binary<Multiply, f32>(block, begin, end); }
export function complex_multiply_f64(block: usize, begin: i32, end: i32): void { binary<Multiply, f64>(block, begin, end); }
export function complex_divide_f32(block: usize, begin: i32, end: i32): void { binary<Divide, f32>(block, begin, end); }
export function complex_divide_f64(block: usize, begin: i32, end: i32): void { binary<Divide, f64>(block, begin, end); }

// @ts-ignore: decorator
@inline
function where<T extends number>(block: usize, begin: i32, end: i32): void {
  const bytes = 2 * sizeof<T>();
  const run = runOf(block);
  let row = begin / run;
  let within = begin - row * run;
  for (let position = begin; position < end; row++, within = 0) {
    const count = min(run - within, end - position);
    const condition = addressOf(block, 0, row, within, 1);
    const a = addressOf(block, 1, row, within, bytes);
    const b = addressOf(block, 2, row, within, bytes);
    const conditionStep: usize = steps(block, 0) ? 1 : 0;
    const aStep = steps(block, 1) ? bytes : 0;
    const bStep = steps(block, 2) ? bytes : 0;
    const y = outputOf(block) + <usize>position * bytes;
    for (let i: usize = 0; i < <usize>count; i++) {
      const source = load<u8>(condition + i * conditionStep) != 0 ? a + i * aStep : b + i * bStep;
      storeOne<T>(y + i * bytes, loadOne<T>(source));
    }
    position += count;
  }
}

export function complex_where_f32(block: usize, begin: i32, end: i32): void { where<f32>(block, begin, end); }
export function complex_where_f64(block: usize, begin: i32, end: i32): void { where<f64>(block, begin, end); }

/** The parts [begin, end), one by one. */
export function complex_neg_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Neg, f32>(x, y, begin, end); }
export function complex_neg_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Neg, f64>(x, y, begin, end); }
