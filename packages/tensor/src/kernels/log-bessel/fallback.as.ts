import { exp_f64x2 } from "../../../assembly/exp";
import { log1p_f64x2, log_f64x2 } from "../../../assembly/log";
import { multiplyAdd } from "../../../assembly/multiply-add";
import { isRatio, NODES } from "./functions.as";
import { gammaOfOnePlus, logOf } from "./gamma.as";

/** Terms of the power series: for x ≤ 31 fewer than 70 count. */
// @ts-ignore: decorator
@inline
const MOST_TERMS: i32 = 120;

/** The power series of I, each term from the one before, for v ≤ 20 and x ≤ 31 or so. */
export function series<F>(v: v128, x: v128): v128 {
  const halfX = f64x2.mul(x, f64x2.splat(0.5));
  const quarter = f64x2.mul(halfX, halfX);
  let term = f64x2.splat(1);
  let sum = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  for (let k = 1; k <= MOST_TERMS; k++) {
    const index = f64x2.splat(<f64>k);
    term = f64x2.div(f64x2.mul(term, quarter), f64x2.mul(index, f64x2.add(index, v)));
    sum = f64x2.add(sum, term);
    if (isRatio<F>()) weighted = multiplyAdd<f64>(term, index, weighted);
    if (!v128.any_true(f64x2.gt(term, f64x2.mul(sum, f64x2.splat(1e-18))))) break;
  }
  if (isRatio<F>()) return f64x2.div(weighted, f64x2.mul(halfX, f64x2.add(f64x2.splat(1), sum)));
  const first = gammaOfOnePlus(f64x2.extract_lane(v, 0));
  const gamma = f64x2.replace_lane(f64x2.splat(first), 1, gammaOfOnePlus(f64x2.extract_lane(v, 1)));
  const leading = f64x2.sub(f64x2.mul(v, log_f64x2(halfX)), log_f64x2(gamma));
  return f64x2.add(leading, log1p_f64x2(sum));
}

/** Distance of nodes: the error is about exp(x − π² / step), and x ≤ 31. */
// @ts-ignore: decorator
@inline
const STEP: f64 = 0.125;

/** Nodes beyond the peak below e to this power of it do not count. */
// @ts-ignore: decorator
@inline
const NEGLIGIBLE: f64 = -40;

/** Nodes in the table, an even number: enough for x ≥ 10⁻¹². */
// @ts-ignore: decorator
@inline
const MOST_NODES: i32 = 288;

/** The trapezoid rule on K_v(x) = ∫ exp(−x cosh t) cosh(v t) dt, relative to the integrand's peak at t = asinh(v / x), for one (v, x). */
export function trapezoid<F>(table: usize, v: f64, x: f64): f64 {
  const w = sqrt(v * v + x * x);
  const peak = logOf((v + w) / x);
  // Of the integrand without exp(−x).
  const logPeak = v * peak - v * v / (w + x);
  const offset = f64x2.splat(-logPeak);
  const minusX = f64x2.splat(-x);
  const rate = f64x2.splat(v * STEP);
  let nodes = f64x2(0, 1);
  let weights = f64x2(0.5, 1);
  let sum = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  for (let i = 0; i < MOST_NODES; i += 2) {
    const height = v128.load(table + ((NODES + i) << 3));
    const along = f64x2.mul(rate, nodes);
    const base = multiplyAdd<f64>(minusX, height, offset);
    const rising = f64x2.add(base, along);
    const value = f64x2.mul(weights, f64x2.add(exp_f64x2(rising), exp_f64x2(f64x2.sub(base, along))));
    sum = f64x2.add(sum, value);
    if (isRatio<F>()) weighted = multiplyAdd<f64>(value, height, weighted);
    if (<f64>i * STEP > peak && f64x2.extract_lane(rising, 0) < NEGLIGIBLE) break;
    nodes = f64x2.add(nodes, f64x2.splat(2));
    weights = f64x2.splat(1);
  }
  const total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  if (!isRatio<F>()) return v * peak - w + logOf(total * (STEP / 2));
  return v / x + 1 + (f64x2.extract_lane(weighted, 0) + f64x2.extract_lane(weighted, 1)) / total;
}
