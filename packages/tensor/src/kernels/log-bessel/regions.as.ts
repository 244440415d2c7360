import { constant } from "../../../assembly/constant";
import { log_f64x2 } from "../../../assembly/log";
import { isOfI } from "./functions.as";

/** Numbers of the expressions, in the order of the paper's table. */
// @ts-ignore: decorator
@inline
export const HANKEL_20: i32 = 1;
// @ts-ignore: decorator
@inline
export const UNIFORM_4: i32 = 2;
// @ts-ignore: decorator
@inline
export const FALLBACK: i32 = 6;
/** What no expression takes: NaN, 0, ∞, what would overflow on the way. */
// @ts-ignore: decorator
@inline
export const SPECIAL: i32 = 7;
// @ts-ignore: decorator
@inline
export const REGIONS: i32 = 8;

// @ts-ignore: decorator
@inline
const BOUNDS = memory.data<f64>([
  1400, 3.05, 3.1, 0.002, // μ_3
  30, 15.3919, 59.6925, 2, // μ_20
  274.2377, 0.3, 163.6993, // U_4
  84.4153, 0.46, 56.9971, // U_6
  35.9074, 0.6, 20.1534, // U_9
  19.6931, 0.7, 12.6964, // U_13
  1e-150, 1e150, 1e-12, // between these, and for K's fallback above the last, nothing overflows
  0.6229, -3.2318, 0.5113, 0.7939, // slopes and offsets of the logarithmic bounds of μ_3 and μ_20
  16, 28, // orders of U_13 and U_9 when guarded; U_13's argument is then that of μ_20
]);

// @ts-ignore: decorator
@inline
function bound(index: i32): v128 {
  return constant<f64>(BOUNDS, index);
}

/** Beyond an argument, for orders that are not tiny, or beyond an order: `argument`, `least` and `order` are the places of these bounds. */
// @ts-ignore: decorator
@inline
function uniform(v: v128, x: v128, argument: i32, least: i32, order: i32): v128 {
  const beyond = v128.and(f64x2.gt(x, bound(argument)), f64x2.gt(v, bound(least)));
  return v128.or(beyond, f64x2.gt(v, bound(order)));
}

/** The number of the expression for each lane, as 64-bit integers: the paper's table 1 with guards of the clauses that lose digits. */
// @ts-ignore: decorator
@inline
export function regionsOf<F>(v: v128, x: v128, guards: bool): v128 {
  let small = v128.and(f64x2.gt(v, bound(2)), f64x2.lt(f64x2.mul(v, v), f64x2.mul(x, bound(3))));
  let large = v128.and(f64x2.gt(x, bound(6)), f64x2.lt(f64x2.mul(v, v), f64x2.mul(x, bound(7))));
  // With guards the logarithmic bounds hold wherever the guards do.
  if (!guards) {
    const logX = log_f64x2(x);
    const logV = log_f64x2(v);
    const first = f64x2.add(f64x2.mul(logX, bound(23)), bound(24));
    const second = f64x2.add(f64x2.mul(logX, bound(25)), bound(26));
    small = v128.and(f64x2.gt(v, bound(2)), f64x2.gt(first, logV));
    large = v128.and(f64x2.gt(x, bound(6)), f64x2.gt(second, logV));
  }
  const hankel3 = v128.or(v128.and(f64x2.gt(x, bound(0)), f64x2.lt(v, bound(1))), small);
  const hankel20 = v128.or(v128.and(f64x2.gt(x, bound(4)), f64x2.lt(v, bound(5))), large);
  let region = i64x2.splat(6);
  if (!isOfI<F>()) region = v128.bitselect(i64x2.splat(7), region, f64x2.lt(x, bound(22)));
  region = v128.bitselect(i64x2.splat(5), region, uniform(v, x, guards ? 4 : 17, 18, guards ? 27 : 19));
  region = v128.bitselect(i64x2.splat(4), region, uniform(v, x, 14, 15, guards ? 28 : 16));
  region = v128.bitselect(i64x2.splat(3), region, uniform(v, x, 11, 12, 13));
  region = v128.bitselect(i64x2.splat(2), region, uniform(v, x, 8, 9, 10));
  region = v128.bitselect(i64x2.splat(1), region, hankel20);
  region = v128.bitselect(i64x2.splat(0), region, hankel3);
  const inside = v128.and(
    v128.and(f64x2.ge(v, f64x2.splat(0)), f64x2.le(v, bound(21))),
    v128.and(f64x2.ge(x, bound(20)), f64x2.le(x, bound(21))),
  );
  return v128.bitselect(region, i64x2.splat(7), inside);
}
