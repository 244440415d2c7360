import { exp } from "@ansatz/tensor/assembly/exp";
import { isNegligible, NEGLIGIBLE, lanesOf, loadFirst, logPlanAt, logPlanFirst, storeFirst, sumLanes } from "../log-plan/log-plan.as";

/** Rows of a block, which has partial column sums and a partial histogram of its own. Mirrored in cpu.ts. */
const ROW_BLOCK = 64;

/** Bins of the histogram of log P, how many there are per unit, and where they begin. Mirrored in index.ts. */
const BINS = 1664;
const BINS_PER_UNIT = 32;
const LOWEST: f64 = NEGLIGIBLE;

/** Terms that are summed one after the other before they join the total. */
const GROUP = 64;

/** Counts the first `count` lanes of t whose bin is not the lowest. */
// @ts-ignore: decorator
@inline
function countLanes<T>(t: v128, histogram: usize, count: i32): void {
  for (let lane = 0; lane < count; lane++) {
    const position = (<f64>v128.extract_lane<T>(t, 0) - LOWEST) * BINS_PER_UNIT;
    // Also false for NaN.
    if (position >= 1) {
      const bin = histogram + (<usize>(<i32>min<f64>(position, BINS - 1)) << 2);
      store<i32>(bin, load<i32>(bin) + 1);
    }
    t = sizeof<T>() == 4 ? i32x4.shuffle(t, t, 1, 2, 3, 0) : i64x2.shuffle(t, t, 1, 0);
  }
}

// @ts-ignore: decorator
@inline
function sumBlocks<T>(
  cost: usize, potentials: usize, sums: usize, rowCosts: usize, partial: usize, histograms: usize,
  rows: i32, columns: i32, eta: T, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const lanes = lanesOf<T>();
  const fine = <usize>(rows + columns) * size;
  const y = potentials + <usize>rows * size;
  const factor = v128.splat<T>(eta);
  for (let block = begin; block < end; block++) {
    const columnSums = partial + <usize>block * <usize>columns * size;
    const histogram = histograms + <usize>block * (BINS * 4);
    memory.fill(columnSums, 0, <usize>columns * size);
    memory.fill(histogram, 0, BINS * 4);
    const lastRow = min(rows, (block + 1) * ROW_BLOCK);
    for (let row = block * ROW_BLOCK; row < lastRow; row++) {
      const costs = cost + <usize>row * <usize>columns * size;
      const x = v128.splat<T>(load<T>(potentials + <usize>row * size));
      const xFine = size == 4 ? v128.splat<T>(load<T>(potentials + fine + <usize>row * size)) : x;
      let total: T = 0;
      let totalCost: T = 0;
      let column = 0;
      while (column + lanes <= columns) {
        const groupEnd = min(columns, column + GROUP * lanes);
        let sum = v128.splat<T>(<T>0);
        let costSum = v128.splat<T>(<T>0);
        for (; column + lanes <= groupEnd; column += lanes) {
          const offset = <usize>column * size;
          const t = logPlanAt<T>(x, xFine, y + offset, fine, costs + offset, factor);
          if (isNegligible<T>(t)) continue;
          const p = exp<T>(t);
          sum = v128.add<T>(sum, p);
          costSum = v128.add<T>(costSum, v128.mul<T>(p, v128.load(costs + offset)));
          v128.store(columnSums + offset, v128.add<T>(v128.load(columnSums + offset), p));
          countLanes<T>(t, histogram, lanes);
        }
        total += sumLanes<T>(sum);
        totalCost += sumLanes<T>(costSum);
      }
      if (column < columns) {
        const offset = <usize>column * size;
        const count = columns - column;
        const t = logPlanFirst<T>(x, xFine, y + offset, fine, costs + offset, factor, count);
        const p = exp<T>(t);
        total += sumLanes<T>(p);
        totalCost += sumLanes<T>(v128.mul<T>(p, loadFirst<T>(costs + offset, count, 0)));
        storeFirst<T>(columnSums + offset, v128.add<T>(loadFirst<T>(columnSums + offset, count, 0), p), count);
        countLanes<T>(t, histogram, count);
      }
      store<T>(sums + <usize>row * size, total);
      store<T>(rowCosts + <usize>row * size, totalCost);
    }
  }
}

/** Blocks of rows [begin, end): their row sums and costs, and per block the column sums (`partial`) and the histogram without its lowest bin. */
export function plan_marginals_f32(
  cost: usize, potentials: usize, sums: usize, rowCosts: usize, partial: usize, histograms: usize,
  rows: i32, columns: i32, eta: f32, begin: i32, end: i32,
): void {
  sumBlocks<f32>(cost, potentials, sums, rowCosts, partial, histograms, rows, columns, eta, begin, end);
}

export function plan_marginals_f64(
  cost: usize, potentials: usize, sums: usize, rowCosts: usize, partial: usize, histograms: usize,
  rows: i32, columns: i32, eta: f64, begin: i32, end: i32,
): void {
  sumBlocks<f64>(cost, potentials, sums, rowCosts, partial, histograms, rows, columns, eta, begin, end);
}

// @ts-ignore: decorator
@inline
function combineBlocks<T>(partial: usize, histograms: usize, columnSums: usize, histogram: usize, rows: i32, columns: i32): void {
  const blocks = (rows + ROW_BLOCK - 1) / ROW_BLOCK;
  for (let column = 0; column < columns; column++) {
    let sum: T = 0;
    for (let block = 0; block < blocks; block++)
      sum += load<T>(partial + (<usize>block * <usize>columns + <usize>column) * sizeof<T>());
    store<T>(columnSums + <usize>column * sizeof<T>(), sum);
  }
  let counted: i32 = 0;
  for (let bin = 1; bin < BINS; bin++) {
    let count: i32 = 0;
    for (let block = 0; block < blocks; block++) count += load<i32>(histograms + <usize>(block * BINS + bin) * 4);
    store<i32>(histogram + <usize>bin * 4, count);
    counted += count;
  }
  store<i32>(histogram, rows * columns - counted);
}

/** Adds up what the blocks have; all entries that are in no other bin are in the lowest. */
export function plan_marginals_combine_f32(
  partial: usize, histograms: usize, columnSums: usize, histogram: usize, rows: i32, columns: i32,
): void {
  combineBlocks<f32>(partial, histograms, columnSums, histogram, rows, columns);
}

export function plan_marginals_combine_f64(
  partial: usize, histograms: usize, columnSums: usize, histogram: usize, rows: i32, columns: i32,
): void {
  combineBlocks<f64>(partial, histograms, columnSums, histogram, rows, columns);
}
