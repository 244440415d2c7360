import { exp } from "@ansatz/tensor/assembly/exp";
import { log } from "@ansatz/tensor/assembly/log";
import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { isNegligible, isSafeSum, lanesOf, logPlan, sumLanes } from "../log-plan/log-plan.as";

/** Columns whose costs are in the buffer at a time; what is summed up before it joins the total. Mirrored in cpu.ts. */
const CHUNK = 256;

const EUCLIDEAN = 1;
const L1 = 2;

/** What a pass over a row does with its entries. */
const ADD_EXPONENTIALS = 0;
const ADD_SHIFTED_EXPONENTIALS = 1;
const TAKE_MAXIMUM = 2;

// @ts-ignore: decorator
@inline
function accumulate<T>(metric: i32, x: v128, y: v128, sum: v128): v128 {
  const difference = v128.sub<T>(x, y);
  if (metric == L1) return v128.add<T>(sum, v128.abs<T>(difference));
  return multiplyAdd<T>(difference, difference, sum);
}

/** Costs between one point and `count` others from `y`, of which one coordinate lies `stride` bytes behind the one before. */
// @ts-ignore: decorator
@inline
function fillCosts<T>(metric: i32, x: usize, y: usize, stride: usize, dimension: i32, count: i32, buffer: usize): void {
  const zero = v128.splat<T>(<T>0);
  const end = <usize>count * sizeof<T>();
  let offset: usize = 0;
  // Four sums at a time, so that additions need not wait for each other.
  for (; offset + 64 <= end; offset += 64) {
    let a = zero;
    let b = zero;
    let c = zero;
    let d = zero;
    let from = y + offset;
    for (let axis = 0; axis < dimension; axis++) {
      const own = v128.splat<T>(load<T>(x + <usize>axis * sizeof<T>()));
      a = accumulate<T>(metric, own, v128.load(from), a);
      b = accumulate<T>(metric, own, v128.load(from, 16), b);
      c = accumulate<T>(metric, own, v128.load(from, 32), c);
      d = accumulate<T>(metric, own, v128.load(from, 48), d);
      from += stride;
    }
    if (metric == EUCLIDEAN) {
      a = v128.sqrt<T>(a);
      b = v128.sqrt<T>(b);
      c = v128.sqrt<T>(c);
      d = v128.sqrt<T>(d);
    }
    v128.store(buffer + offset, a);
    v128.store(buffer + offset, b, 16);
    v128.store(buffer + offset, c, 32);
    v128.store(buffer + offset, d, 48);
  }
  for (; offset < end; offset += sizeof<T>()) {
    let sum = zero;
    let from = y + offset;
    for (let axis = 0; axis < dimension; axis++) {
      sum = accumulate<T>(metric, v128.splat<T>(load<T>(x + <usize>axis * sizeof<T>())), v128.splat<T>(load<T>(from)), sum);
      from += stride;
    }
    if (metric == EUCLIDEAN) sum = v128.sqrt<T>(sum);
    store<T>(buffer + offset, v128.extract_lane<T>(sum, 0));
  }
}

/**
 * One pass over a row. Sums go to `buffer + CHUNK` numbers: Σ P and Σ C P, both relative to exp(shift) where shifted, or the maximum of log P.
 */
// @ts-ignore: decorator
@inline
function passRow<T>(
  operation: i32, metric: i32, x: usize, y: usize, own: v128, ownFine: v128, others: usize, fine: usize,
  dimension: i32, columns: i32, eta: v128, shift: v128, buffer: usize,
): void {
  const size = sizeof<T>();
  const lanes = lanesOf<T>();
  const stride = <usize>columns * size;
  let mass: T = 0;
  let cost: T = 0;
  let maxima = v128.splat<T>(<T>-Infinity);
  for (let first = 0; first < columns; first += CHUNK) {
    const count = min(CHUNK, columns - first);
    const start = <usize>first * size;
    if (metric == L1) fillCosts<T>(L1, x, y + start, stride, dimension, count, buffer);
    else if (metric == EUCLIDEAN) fillCosts<T>(EUCLIDEAN, x, y + start, stride, dimension, count, buffer);
    else fillCosts<T>(0, x, y + start, stride, dimension, count, buffer);
    let masses = v128.splat<T>(<T>0);
    let costs = masses;
    let column = 0;
    for (; column + lanes <= count; column += lanes) {
      const offset = <usize>column * size;
      const at = others + start + offset;
      const c = v128.load(buffer + offset);
      let t = logPlan<T>(own, ownFine, v128.load(at), size == 4 ? v128.load(at + fine) : own, c, eta);
      if (operation == TAKE_MAXIMUM) {
        maxima = v128.max<T>(maxima, t);
        continue;
      }
      if (operation == ADD_SHIFTED_EXPONENTIALS) t = v128.sub<T>(t, shift);
      if (isNegligible<T>(t)) continue;
      const p = exp<T>(t);
      masses = v128.add<T>(masses, p);
      costs = multiplyAdd<T>(c, p, costs);
    }
    mass += sumLanes<T>(masses);
    cost += sumLanes<T>(costs);
    for (; column < count; column++) {
      const offset = <usize>column * size;
      const at = others + start + offset;
      const c = v128.splat<T>(load<T>(buffer + offset));
      const otherFine = size == 4 ? v128.splat<T>(load<T>(at + fine)) : own;
      let t = logPlan<T>(own, ownFine, v128.splat<T>(load<T>(at)), otherFine, c, eta);
      maxima = v128.max<T>(maxima, t);
      if (operation == TAKE_MAXIMUM) continue;
      if (operation == ADD_SHIFTED_EXPONENTIALS) t = v128.sub<T>(t, shift);
      const p = v128.extract_lane<T>(exp<T>(t), 0);
      mass += p;
      cost += v128.extract_lane<T>(c, 0) * p;
    }
  }
  const results = buffer + CHUNK * size;
  if (operation == TAKE_MAXIMUM) {
    maxima = v128.max<T>(maxima, i64x2.shuffle(maxima, maxima, 1, 0));
    if (size == 4) maxima = v128.max<T>(maxima, i32x4.shuffle(maxima, maxima, 1, 0, 3, 2));
    store<T>(results, v128.extract_lane<T>(maxima, 0));
    return;
  }
  store<T>(results, mass);
  store<T>(results, cost, sizeof<T>());
}

// @ts-ignore: decorator
@inline
function sweep<T>(
  arrays: usize, metric: i32, scratch: usize, dimension: i32, rows: i32, columns: i32, epsilon: T, grid: T, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const x = <usize>load<u32>(arrays);
  const y = <usize>load<u32>(arrays, 4);
  const potentials = <usize>load<u32>(arrays, 8);
  const others = <usize>load<u32>(arrays, 12);
  const logMarginals = <usize>load<u32>(arrays, 16);
  const moved = <usize>load<u32>(arrays, 20);
  const sums = <usize>load<u32>(arrays, 24);
  const costSums = <usize>load<u32>(arrays, 28);
  const buffer = scratch + <usize>begin * (CHUNK + 2) * size;
  const results = buffer + CHUNK * size;
  const eta = v128.splat<T>(<T>1 / epsilon);
  const ownParts = <usize>rows * size;
  const fine = <usize>columns * size;
  const last = min(rows, end * ROWS);
  for (let row = begin * ROWS; row < last; row++) {
    const offset = <usize>row * size;
    const point = x + offset * <usize>dimension;
    const own = v128.splat<T>(load<T>(potentials + offset));
    const ownFine = size == 4 ? v128.splat<T>(load<T>(potentials + ownParts + offset)) : own;
    passRow<T>(ADD_EXPONENTIALS, metric, point, y, own, ownFine, others, fine, dimension, columns, eta, own, buffer);
    let sum = load<T>(results);
    let cost = load<T>(results, sizeof<T>());
    let logSum: T;
    if (isSafeSum<T>(sum)) logSum = v128.extract_lane<T>(log<T>(v128.splat<T>(sum)), 0);
    else {
      passRow<T>(TAKE_MAXIMUM, metric, point, y, own, ownFine, others, fine, dimension, columns, eta, own, buffer);
      const largest = v128.splat<T>(size == 4 ? <T>f32.MAX_VALUE : <T>f64.MAX_VALUE);
      const shift = v128.max<T>(v128.min<T>(v128.splat<T>(load<T>(results)), largest), v128.neg<T>(largest));
      passRow<T>(ADD_SHIFTED_EXPONENTIALS, metric, point, y, own, ownFine, others, fine, dimension, columns, eta, shift, buffer);
      logSum = v128.extract_lane<T>(shift, 0) + v128.extract_lane<T>(log<T>(v128.splat<T>(load<T>(results))), 0);
      const scale = v128.extract_lane<T>(exp<T>(shift), 0);
      sum = load<T>(results) * scale;
      cost = load<T>(results, sizeof<T>()) * scale;
    }
    store<T>(sums + offset, sum);
    store<T>(costSums + offset, cost);
    const step = (load<T>(logMarginals + offset) - logSum) * epsilon;
    if (size == 8) store<T>(moved + offset, load<T>(potentials + offset) + step);
    else {
      const remainder = load<T>(potentials + ownParts + offset) + step;
      const shift = nearest<T>(remainder / grid) * grid;
      store<T>(moved + offset, load<T>(potentials + offset) + shift);
      store<T>(moved + ownParts + offset, remainder - shift);
    }
  }
}

/** Rows that one call of `parallel` counts as one; mirrored in cpu.ts. */
const ROWS = 16;

/** Blocks [begin, end) of rows. `arrays` are the addresses of inputs and outputs, `scratch` room for CHUNK + 2 numbers per block. */
export function point_cloud_sweep_f32(
  arrays: usize, metric: i32, scratch: usize, dimension: i32, rows: i32, columns: i32, epsilon: f32, grid: f32, begin: i32, end: i32,
): void {
  sweep<f32>(arrays, metric, scratch, dimension, rows, columns, epsilon, grid, begin, end);
}

export function point_cloud_sweep_f64(
  arrays: usize, metric: i32, scratch: usize, dimension: i32, rows: i32, columns: i32, epsilon: f64, grid: f64, begin: i32, end: i32,
): void {
  sweep<f64>(arrays, metric, scratch, dimension, rows, columns, epsilon, grid, begin, end);
}
