import { constant } from "@ansatz/tensor/assembly/constant";
import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";

// @ts-ignore: decorator
@inline
export function lanesOf<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** Entries of the plan below exp of this are left out of sums: 10⁸ of them weigh less than 3·10⁻¹⁵. */
export const NEGLIGIBLE: f64 = -52;

// @ts-ignore: decorator
@inline
const BOUND_F32 = memory.data<f32>([-52]);

// @ts-ignore: decorator
@inline
const BOUND_F64 = memory.data<f64>([-52]);

/** Whether no lane is above `NEGLIGIBLE`; NaN is. */
// @ts-ignore: decorator
@inline
export function isNegligible<T>(t: v128): bool {
  if (sizeof<T>() == 4) return i32x4.all_true(f32x4.le(t, constant<f32>(BOUND_F32, 0)));
  return i64x2.all_true(f64x2.le(t, constant<f64>(BOUND_F64, 0)));
}

/** Whether a sum of exponentials has neither overflowed nor lost to what is `NEGLIGIBLE` more than a tiny marginal can bear. */
// @ts-ignore: decorator
@inline
export function isSafeSum<T>(sum: T): bool {
  return sum > <T>1e-12 && sum < <T>1e30;
}

/** The first `count` elements from `address`, `fill` in the other lanes. */
// @ts-ignore: decorator
@inline
export function loadFirst<T>(address: usize, count: i32, fill: T): v128 {
  let vector = v128.splat<T>(fill);
  vector = v128.replace_lane<T>(vector, 0, load<T>(address));
  if (sizeof<T>() == 4) {
    if (count > 1) vector = v128.replace_lane<T>(vector, 1, load<T>(address, sizeof<T>()));
    if (count > 2) vector = v128.replace_lane<T>(vector, 2, load<T>(address, 2 * sizeof<T>()));
  }
  return vector;
}

/** Writes the first `count` lanes, fewer than all. */
// @ts-ignore: decorator
@inline
export function storeFirst<T>(address: usize, vector: v128, count: i32): void {
  store<T>(address, v128.extract_lane<T>(vector, 0));
  if (sizeof<T>() == 4) {
    if (count > 1) store<T>(address, v128.extract_lane<T>(vector, 1), sizeof<T>());
    if (count > 2) store<T>(address, v128.extract_lane<T>(vector, 2), 2 * sizeof<T>());
  }
}

/** Sum of all lanes. */
// @ts-ignore: decorator
@inline
export function sumLanes<T>(x: v128): T {
  if (sizeof<T>() == 8) return v128.extract_lane<T>(x, 0) + v128.extract_lane<T>(x, 1);
  return (
    v128.extract_lane<T>(x, 0) + v128.extract_lane<T>(x, 1) + (v128.extract_lane<T>(x, 2) + v128.extract_lane<T>(x, 3))
  );
}

// @ts-ignore: decorator
@inline
const MINUS_ONE_F32 = memory.data<f32>([-1]);

// @ts-ignore: decorator
@inline
const MINUS_ONE_F64 = memory.data<f64>([-1]);

/** log P of one vector: (((x + y) − c) + (remainders of x and y)) · η − 1. One definition, so that all kernels see the same bits. */
// @ts-ignore: decorator
@inline
export function logPlan<T>(x: v128, xFine: v128, y: v128, yFine: v128, cost: v128, eta: v128): v128 {
  let reduced = v128.sub<T>(v128.add<T>(x, y), cost);
  if (sizeof<T>() == 4) reduced = v128.add<T>(reduced, v128.add<T>(xFine, yFine));
  return multiplyAdd<T>(reduced, eta, constant<T>(sizeof<T>() == 4 ? MINUS_ONE_F32 : MINUS_ONE_F64, 0));
}

/** `logPlan` of a whole vector of columns at these addresses; `fine` bytes lie between a potential and its remainder. */
// @ts-ignore: decorator
@inline
export function logPlanAt<T>(x: v128, xFine: v128, y: usize, fine: usize, cost: usize, eta: v128): v128 {
  const yFine = sizeof<T>() == 4 ? v128.load(y + fine) : x;
  return logPlan<T>(x, xFine, v128.load(y), yFine, v128.load(cost), eta);
}

/** `logPlan` of the last `count` columns of a row; −∞ in the lanes beyond. */
// @ts-ignore: decorator
@inline
export function logPlanFirst<T>(x: v128, xFine: v128, y: usize, fine: usize, cost: usize, eta: v128, count: i32): v128 {
  const yFine = sizeof<T>() == 4 ? loadFirst<T>(y + fine, count, 0) : x;
  return logPlan<T>(x, xFine, loadFirst<T>(y, count, 0), yFine, loadFirst<T>(cost, count, <T>Infinity), eta);
}
