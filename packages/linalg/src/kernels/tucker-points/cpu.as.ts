import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { firstUnit } from "../../../assembly/shares";

// Points are taken in blocks of four vectors: 8 of float64, 16 of float32. A row of a table has 64 bytes, one number for each point of a block.

// @ts-ignore: decorator
@inline
const ROW: usize = 64;

// @ts-ignore: decorator
@inline
function add<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? f32x4.add(a, b) : f64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
function subtract<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? f32x4.sub(a, b) : f64x2.sub(a, b);
}

// @ts-ignore: decorator
@inline
function multiply<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? f32x4.mul(a, b) : f64x2.mul(a, b);
}

/** T_0 … T_(m − 1) at the points of a block, whose coordinates of this axis lie in row 0 of `table`. */
// @ts-ignore: decorator
@inline
function fillTable<T>(m: usize, lower: f64, upper: f64, table: usize): void {
  for (let lane: usize = 0; lane < ROW; lane += 16) {
    const at = table + lane;
    const width = v128.splat<T>(<T>(upper - lower));
    const above = subtract<T>(v128.load(at), v128.splat<T>(<T>lower));
    const below = subtract<T>(v128.load(at), v128.splat<T>(<T>upper));
    // (x − a)/(b − a) + (x − b)/(b − a): as accurate at one end as at the other.
    const sum = add<T>(above, below);
    const x = sizeof<T>() == 4 ? f32x4.div(sum, width) : f64x2.div(sum, width);
    const twice = add<T>(x, x);
    let before = v128.splat<T>(<T>1);
    v128.store(at, before);
    let value = x;
    for (let i: usize = 1; i < m; i++) {
      v128.store(at + i * ROW, value);
      const next = subtract<T>(multiply<T>(twice, value), before);
      before = value;
      value = next;
    }
  }
}

/** Rows of `result` [rows] = sums over i < depth of element (i, row) of the matrix times row i of the table. */
// @ts-ignore: decorator
@inline
function combine<T>(rows: usize, depth: usize, matrix: usize, step: usize, stride: usize, table: usize, result: usize): void {
  let row: usize = 0;
  for (; row + 2 <= rows; row += 2) {
    let at = matrix + row * stride;
    let entry = table;
    let a0 = v128.splat<T>(<T>0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (let i: usize = 0; i < depth; i++) {
      const a = v128.splat<T>(load<T>(at));
      const b = v128.splat<T>(load<T>(at + stride));
      const t0 = v128.load(entry), t1 = v128.load(entry, 16), t2 = v128.load(entry, 32), t3 = v128.load(entry, 48);
      a0 = multiplyAdd<T>(a, t0, a0);
      a1 = multiplyAdd<T>(a, t1, a1);
      a2 = multiplyAdd<T>(a, t2, a2);
      a3 = multiplyAdd<T>(a, t3, a3);
      b0 = multiplyAdd<T>(b, t0, b0);
      b1 = multiplyAdd<T>(b, t1, b1);
      b2 = multiplyAdd<T>(b, t2, b2);
      b3 = multiplyAdd<T>(b, t3, b3);
      at += step;
      entry += ROW;
    }
    const to = result + row * ROW;
    v128.store(to, a0);
    v128.store(to, a1, 16);
    v128.store(to, a2, 32);
    v128.store(to, a3, 48);
    v128.store(to, b0, 64);
    v128.store(to, b1, 80);
    v128.store(to, b2, 96);
    v128.store(to, b3, 112);
  }
  if (row == rows) return;
  let at = matrix + row * stride;
  let entry = table;
  let a0 = v128.splat<T>(<T>0), a1 = a0, a2 = a0, a3 = a0;
  for (let i: usize = 0; i < depth; i++) {
    const a = v128.splat<T>(load<T>(at));
    a0 = multiplyAdd<T>(a, v128.load(entry), a0);
    a1 = multiplyAdd<T>(a, v128.load(entry, 16), a1);
    a2 = multiplyAdd<T>(a, v128.load(entry, 32), a2);
    a3 = multiplyAdd<T>(a, v128.load(entry, 48), a3);
    at += step;
    entry += ROW;
  }
  const to = result + row * ROW;
  v128.store(to, a0);
  v128.store(to, a1, 16);
  v128.store(to, a2, 32);
  v128.store(to, a3, 48);
}

export function tucker_points_combine_f32(
  rows: usize, depth: usize, matrix: usize, step: usize, stride: usize, table: usize, result: usize,
): void {
  combine<f32>(rows, depth, matrix, step, stride, table, result);
}

export function tucker_points_combine_f64(
  rows: usize, depth: usize, matrix: usize, step: usize, stride: usize, table: usize, result: usize,
): void {
  combine<f64>(rows, depth, matrix, step, stride, table, result);
}

// @ts-ignore: decorator
@inline
function combined<T>(rows: usize, depth: usize, matrix: usize, step: usize, stride: usize, table: usize, result: usize): void {
  if (sizeof<T>() == 4) tucker_points_combine_f32(rows, depth, matrix, step, stride, table, result);
  else tucker_points_combine_f64(rows, depth, matrix, step, stride, table, result);
}

/** Sum over i < count of the products of rows i of two tables. */
// @ts-ignore: decorator
@inline
function innerRows(single: bool, count: usize, a: usize, b: usize, result: usize): void {
  for (let lane: usize = 0; lane < ROW; lane += 16) {
    let sum = f64x2.splat(0);
    for (let i: usize = 0; i < count; i++) {
      const x = v128.load(a + i * ROW + lane);
      const y = v128.load(b + i * ROW + lane);
      sum = single ? multiplyAdd<f32>(x, y, sum) : multiplyAdd<f64>(x, y, sum);
    }
    v128.store(result + lane, sum);
  }
}

/**
 * A share of the points. `problem` (uint32): addresses of points, three factors, core, values, bounds (six float64); count; three degrees + 1; three ranks; address of the areas; bytes of an area.
 * An area has the tables of polynomials, then those of the three factors, then r1 r2 rows for the core.
 */
// @ts-ignore: decorator
@inline
function share<T>(problem: usize, slots: i32, slot: i32): void {
  const points = <usize>load<u32>(problem), core = <usize>load<u32>(problem, 16), values = <usize>load<u32>(problem, 20), bounds = <usize>load<u32>(problem, 24);
  const count = <usize>load<u32>(problem, 28);
  const r1 = <usize>load<u32>(problem, 44), r2 = <usize>load<u32>(problem, 48), r3 = <usize>load<u32>(problem, 52);
  const table = <usize>load<u32>(problem, 56) + <usize>slot * <usize>load<u32>(problem, 60);
  const longest = max(<usize>load<u32>(problem, 32), max(<usize>load<u32>(problem, 36), <usize>load<u32>(problem, 40)));
  const factors = table + longest * ROW;
  const second = factors + r1 * ROW;
  const third = second + r2 * ROW;
  const rows = third + r3 * ROW;
  const perBlock = ROW / sizeof<T>();
  const blocks = (count + perBlock - 1) / perBlock;
  const last = firstUnit(blocks, <usize>slot + 1, <usize>slots);
  for (let block = firstUnit(blocks, <usize>slot, <usize>slots); block < last; block++) {
    const from = block * perBlock;
    let factor = factors;
    for (let axis: usize = 0; axis < 3; axis++) {
      // Lanes beyond the last point repeat it.
      for (let lane: usize = 0; lane < perBlock; lane++)
        store<T>(table + lane * sizeof<T>(), load<T>(points + (min(from + lane, count - 1) * 3 + axis) * sizeof<T>()));
      const m = <usize>load<u32>(problem + (axis << 2), 32);
      const r = <usize>load<u32>(problem + (axis << 2), 44);
      fillTable<T>(m, load<f64>(bounds + (axis << 3)), load<f64>(bounds + (axis << 3), 24), table);
      combined<T>(r, m, <usize>load<u32>(problem + (axis << 2), 4), r * sizeof<T>(), sizeof<T>(), table, factor);
      factor += r * ROW;
    }
    // Σ_s G[p, q, s] w_s, then Σ_q with v, then Σ_p with u.
    combined<T>(r1 * r2, r3, core, sizeof<T>(), r3 * sizeof<T>(), third, rows);
    for (let p: usize = 0; p < r1; p++) innerRows(sizeof<T>() == 4, r2, rows + p * r2 * ROW, second, rows + p * ROW);
    innerRows(sizeof<T>() == 4, r1, rows, factors, table);
    const own = min(perBlock, count - from);
    memory.copy(values + from * sizeof<T>(), table, own * sizeof<T>());
  }
}

export function tucker_points_f32(problem: usize, slots: i32, begin: i32, end: i32): void {
  for (let slot = begin; slot < end; slot++) share<f32>(problem, slots, slot);
}

export function tucker_points_f64(problem: usize, slots: i32, begin: i32, end: i32): void {
  for (let slot = begin; slot < end; slot++) share<f64>(problem, slots, slot);
}
