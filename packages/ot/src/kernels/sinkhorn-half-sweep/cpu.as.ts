import { exp } from "@ansatz/tensor/assembly/exp";
import { log } from "@ansatz/tensor/assembly/log";
import { isNegligible, isSafeSum, lanesOf, loadFirst, logPlanAt, logPlanFirst, storeFirst, sumLanes } from "../log-plan/log-plan.as";

/** Columns that one call of `parallel` counts as one; mirrored in cpu.ts. */
const COLUMN_BLOCK = 16;

/** Terms that are summed one after the other before they join the total, so that rounding errors do not add up over long sums. */
const GROUP = 64;

// @ts-ignore: decorator
@inline
function logarithm<T>(x: T): T {
  return v128.extract_lane<T>(log<T>(v128.splat<T>(x)), 0);
}

// @ts-ignore: decorator
@inline
function exponential<T>(x: T): T {
  return v128.extract_lane<T>(exp<T>(v128.splat<T>(x)), 0);
}

/** The potential at `from`, moved by ε (log of the marginal − log of the sum), is written at `to`; in float32 its remainder is kept within half a grid step. */
// @ts-ignore: decorator
@inline
function movePotential<T>(from: usize, to: usize, fine: usize, logMarginal: T, logSum: T, epsilon: T, grid: T): void {
  const step = (logMarginal - logSum) * epsilon;
  if (sizeof<T>() == 8) {
    store<T>(to, load<T>(from) + step);
    return;
  }
  const remainder = load<T>(from + fine) + step;
  const shift = nearest<T>(remainder / grid) * grid;
  store<T>(to, load<T>(from) + shift);
  store<T>(to + fine, remainder - shift);
}

/** Σ exp(log P) of one row without its maximum. */
// @ts-ignore: decorator
@inline
function sumRow<T>(x: v128, xFine: v128, y: usize, fine: usize, cost: usize, eta: v128, columns: i32): T {
  const lanes = lanesOf<T>();
  let total: T = 0;
  let column = 0;
  while (column + lanes <= columns) {
    const groupEnd = min(columns, column + GROUP * lanes);
    let sum = v128.splat<T>(<T>0);
    for (; column + lanes <= groupEnd; column += lanes) {
      const offset = <usize>column * sizeof<T>();
      const t = logPlanAt<T>(x, xFine, y + offset, fine, cost + offset, eta);
      if (!isNegligible<T>(t)) sum = v128.add<T>(sum, exp<T>(t));
    }
    total += sumLanes<T>(sum);
  }
  if (column < columns) {
    const offset = <usize>column * sizeof<T>();
    total += sumLanes<T>(exp<T>(logPlanFirst<T>(x, xFine, y + offset, fine, cost + offset, eta, columns - column)));
  }
  return total;
}

/** A maximum that can be subtracted: an infinity becomes the largest finite number, so that exponents stay −∞, finite or +∞. NaN stays. */
// @ts-ignore: decorator
@inline
function finiteMaximum<T>(maxima: v128): v128 {
  const largest = v128.splat<T>(sizeof<T>() == 4 ? <T>f32.MAX_VALUE : <T>f64.MAX_VALUE);
  return v128.max<T>(v128.min<T>(maxima, largest), v128.neg<T>(largest));
}

/** log Σ exp(log P) of one row relative to its maximum. */
function logSumRow<T>(x: v128, xFine: v128, y: usize, fine: usize, cost: usize, eta: v128, columns: i32): T {
  const lanes = lanesOf<T>();
  const whole = columns - (columns % lanes);
  const end = <usize>whole * sizeof<T>();
  let maxima = v128.splat<T>(<T>-Infinity);
  for (let offset: usize = 0; offset < end; offset += 16)
    maxima = v128.max<T>(maxima, logPlanAt<T>(x, xFine, y + offset, fine, cost + offset, eta));
  let last = v128.splat<T>(<T>-Infinity);
  if (whole < columns) last = logPlanFirst<T>(x, xFine, y + end, fine, cost + end, eta, columns - whole);
  maxima = v128.max<T>(maxima, last);
  // Every lane gets the maximum of all: two halves, then their halves.
  maxima = v128.max<T>(maxima, i64x2.shuffle(maxima, maxima, 1, 0));
  if (sizeof<T>() == 4) maxima = v128.max<T>(maxima, i32x4.shuffle(maxima, maxima, 1, 0, 3, 2));
  maxima = finiteMaximum<T>(maxima);
  let sum = exp<T>(v128.sub<T>(last, maxima));
  for (let offset: usize = 0; offset < end; offset += 16)
    sum = v128.add<T>(sum, exp<T>(v128.sub<T>(logPlanAt<T>(x, xFine, y + offset, fine, cost + offset, eta), maxima)));
  return v128.extract_lane<T>(maxima, 0) + logarithm<T>(sumLanes<T>(sum));
}

// @ts-ignore: decorator
@inline
function sweepRows<T>(
  cost: usize, from: usize, to: usize, logMarginals: usize, sums: usize,
  rows: i32, columns: i32, epsilon: T, eta: T, grid: T, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const fine = <usize>(rows + columns) * size;
  const y = from + <usize>rows * size;
  const factor = v128.splat<T>(eta);
  for (let row = begin; row < end; row++) {
    const offset = <usize>row * size;
    const costs = cost + <usize>row * <usize>columns * size;
    const x = v128.splat<T>(load<T>(from + offset));
    const xFine = size == 4 ? v128.splat<T>(load<T>(from + fine + offset)) : x;
    let sum = sumRow<T>(x, xFine, y, fine, costs, factor, columns);
    let logSum: T;
    if (isSafeSum<T>(sum)) logSum = logarithm<T>(sum);
    else {
      logSum = logSumRow<T>(x, xFine, y, fine, costs, factor, columns);
      sum = exponential<T>(logSum);
    }
    store<T>(sums + offset, sum);
    movePotential<T>(from + offset, to + offset, fine, load<T>(logMarginals + offset), logSum, epsilon, grid);
  }
}

/** Rows [begin, end): moves their potentials so that the rows of the plan sum to the marginals; `sums` gets what they summed to before. */
export function sinkhorn_rows_f32(
  cost: usize, from: usize, to: usize, logMarginals: usize, sums: usize,
  rows: i32, columns: i32, epsilon: f32, eta: f32, grid: f32, begin: i32, end: i32,
): void {
  sweepRows<f32>(cost, from, to, logMarginals, sums, rows, columns, epsilon, eta, grid, begin, end);
}

export function sinkhorn_rows_f64(
  cost: usize, from: usize, to: usize, logMarginals: usize, sums: usize,
  rows: i32, columns: i32, epsilon: f64, eta: f64, grid: f64, begin: i32, end: i32,
): void {
  sweepRows<f64>(cost, from, to, logMarginals, sums, rows, columns, epsilon, eta, grid, begin, end);
}

/** What a walk over rows does with the entries of a column. */
const ADD_EXPONENTIALS = 0;
const ADD_SHIFTED_EXPONENTIALS = 1;
const TAKE_MAXIMUM = 2;

// @ts-ignore: decorator
@inline
function combine<T>(operation: i32, state: v128, t: v128, shift: v128): v128 {
  if (operation == TAKE_MAXIMUM) return v128.max<T>(state, t);
  if (operation == ADD_SHIFTED_EXPONENTIALS) return v128.add<T>(state, exp<T>(v128.sub<T>(t, shift)));
  return v128.add<T>(state, exp<T>(t));
}

/** Combines log P of rows [rowBegin, rowEnd) into `state`, one number for each of the columns [first, last). */
// @ts-ignore: decorator
@inline
function walkRows<T>(
  operation: i32, cost: usize, potentials: usize, state: usize, shift: usize,
  rows: i32, columns: i32, eta: v128, first: i32, last: i32, rowBegin: i32, rowEnd: i32,
): void {
  const size = sizeof<T>();
  const lanes = lanesOf<T>();
  const fine = <usize>(rows + columns) * size;
  const y = potentials + <usize>rows * size;
  for (let row = rowBegin; row < rowEnd; row++) {
    const costs = cost + <usize>row * <usize>columns * size;
    const x = v128.splat<T>(load<T>(potentials + <usize>row * size));
    const xFine = size == 4 ? v128.splat<T>(load<T>(potentials + fine + <usize>row * size)) : x;
    let column = first;
    for (; column + lanes <= last; column += lanes) {
      const offset = <usize>column * size;
      const t = logPlanAt<T>(x, xFine, y + offset, fine, costs + offset, eta);
      if (operation == ADD_EXPONENTIALS && isNegligible<T>(t)) continue;
      v128.store(state + offset, combine<T>(operation, v128.load(state + offset), t, v128.load(shift + offset)));
    }
    if (column < last) {
      const offset = <usize>column * size;
      const count = last - column;
      const t = logPlanFirst<T>(x, xFine, y + offset, fine, costs + offset, eta, count);
      const before = loadFirst<T>(state + offset, count, 0);
      storeFirst<T>(state + offset, combine<T>(operation, before, t, loadFirst<T>(shift + offset, count, 0)), count);
    }
  }
}

/** Σ exp(log P) of columns [first, last) without their maxima. Returns whether all sums are safe. */
// @ts-ignore: decorator
@inline
function sumColumns<T>(
  cost: usize, potentials: usize, sums: usize, partial: usize, rows: i32, columns: i32, eta: v128, first: i32, last: i32,
): bool {
  const begin = <usize>first * sizeof<T>();
  const end = <usize>last * sizeof<T>();
  memory.fill(sums + begin, 0, end - begin);
  for (let row = 0; row < rows; row += GROUP) {
    memory.fill(partial + begin, 0, end - begin);
    walkRows<T>(ADD_EXPONENTIALS, cost, potentials, partial, partial, rows, columns, eta, first, last, row, min(rows, row + GROUP));
    for (let offset = begin; offset < end; offset += sizeof<T>())
      store<T>(sums + offset, load<T>(sums + offset) + load<T>(partial + offset));
  }
  for (let offset = begin; offset < end; offset += sizeof<T>()) if (!isSafeSum<T>(load<T>(sums + offset))) return false;
  return true;
}

/** Maxima of columns [first, last) into `shift`, and the sums relative to them into `sums`. */
// @ts-ignore: decorator
@inline
function sumColumnsShifted<T>(
  cost: usize, potentials: usize, sums: usize, shift: usize, rows: i32, columns: i32, eta: v128, first: i32, last: i32,
): void {
  const begin = <usize>first * sizeof<T>();
  const end = <usize>last * sizeof<T>();
  for (let offset = begin; offset < end; offset += sizeof<T>()) store<T>(shift + offset, <T>-Infinity);
  walkRows<T>(TAKE_MAXIMUM, cost, potentials, shift, shift, rows, columns, eta, first, last, 0, rows);
  for (let offset = begin; offset < end; offset += sizeof<T>())
    store<T>(shift + offset, v128.extract_lane<T>(finiteMaximum<T>(v128.splat<T>(load<T>(shift + offset))), 0));
  memory.fill(sums + begin, 0, end - begin);
  walkRows<T>(ADD_SHIFTED_EXPONENTIALS, cost, potentials, sums, shift, rows, columns, eta, first, last, 0, rows);
}

// @ts-ignore: decorator
@inline
function sweepColumns<T>(
  cost: usize, from: usize, to: usize, logMarginals: usize, sums: usize, partial: usize,
  rows: i32, columns: i32, epsilon: T, eta: T, grid: T, begin: i32, end: i32,
): void {
  const factor = v128.splat<T>(eta);
  const fine = <usize>(rows + columns) * sizeof<T>();
  const first = begin * COLUMN_BLOCK;
  const last = min(columns, end * COLUMN_BLOCK);
  const safe = sumColumns<T>(cost, from, sums, partial, rows, columns, factor, first, last);
  if (!safe) sumColumnsShifted<T>(cost, from, sums, partial, rows, columns, factor, first, last);
  for (let column = first; column < last; column++) {
    const own = <usize>column * sizeof<T>();
    const position = <usize>(rows + column) * sizeof<T>();
    let logSum = logarithm<T>(load<T>(sums + own));
    if (!safe) {
      logSum += load<T>(partial + own);
      store<T>(sums + own, exponential<T>(logSum));
    }
    movePotential<T>(from + position, to + position, fine, load<T>(logMarginals + position), logSum, epsilon, grid);
  }
}

/** Columns of blocks [begin, end): as `sinkhorn_rows`, for columns. `partial` is room for one number per column. */
export function sinkhorn_columns_f32(
  cost: usize, from: usize, to: usize, logMarginals: usize, sums: usize, partial: usize,
  rows: i32, columns: i32, epsilon: f32, eta: f32, grid: f32, begin: i32, end: i32,
): void {
  sweepColumns<f32>(cost, from, to, logMarginals, sums, partial, rows, columns, epsilon, eta, grid, begin, end);
}

export function sinkhorn_columns_f64(
  cost: usize, from: usize, to: usize, logMarginals: usize, sums: usize, partial: usize,
  rows: i32, columns: i32, epsilon: f64, eta: f64, grid: f64, begin: i32, end: i32,
): void {
  sweepColumns<f64>(cost, from, to, logMarginals, sums, partial, rows, columns, epsilon, eta, grid, begin, end);
}
