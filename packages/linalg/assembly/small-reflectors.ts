import { multiplyAdd, negatedMultiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { splatAt } from "@ansatz/tensor/assembly/register-tile";

// The reflectors of a QR sweep on a Hessenberg matrix, I − τ v vᵀ with v = (1, v₂, v₃), act on three neighbouring rows or columns, each on those one further than the one before.
// They are kept as triples (τ, v₂, v₃); the last of a sweep that reaches the end of the block acts on two only (`short`).

/** Applies reflectors to rows from the first row on; strips of a few columns go through all of them, each row being read and written once. */
// @ts-ignore: decorator
@inline
function reflectRows<T>(count: usize, short: bool, reflectors: usize, rows: usize, row: usize, columns: usize): void {
  const bytes = columns * sizeof<T>();
  const whole = short ? count - 1 : count;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    let top = rows + at;
    let x0 = v128.load(top), x1 = v128.load(top, 16);
    let y0 = v128.load(top + row), y1 = v128.load(top + row, 16);
    for (let k: usize = 0; k < whole; k++) {
      const reflector = reflectors + 3 * k * sizeof<T>();
      const tau = splatAt<T>(reflector), v2 = splatAt<T>(reflector + sizeof<T>()), v3 = splatAt<T>(reflector + 2 * sizeof<T>());
      const z0 = v128.load(top + 2 * row), z1 = v128.load(top + 2 * row, 16);
      const s0 = v128.mul<T>(tau, multiplyAdd<T>(v3, z0, multiplyAdd<T>(v2, y0, x0)));
      const s1 = v128.mul<T>(tau, multiplyAdd<T>(v3, z1, multiplyAdd<T>(v2, y1, x1)));
      v128.store(top, v128.sub<T>(x0, s0));
      v128.store(top, v128.sub<T>(x1, s1), 16);
      x0 = negatedMultiplyAdd<T>(v2, s0, y0);
      x1 = negatedMultiplyAdd<T>(v2, s1, y1);
      y0 = negatedMultiplyAdd<T>(v3, s0, z0);
      y1 = negatedMultiplyAdd<T>(v3, s1, z1);
      top += row;
    }
    if (short) {
      const reflector = reflectors + 3 * whole * sizeof<T>();
      const tau = splatAt<T>(reflector), v2 = splatAt<T>(reflector + sizeof<T>());
      const s0 = v128.mul<T>(tau, multiplyAdd<T>(v2, y0, x0));
      const s1 = v128.mul<T>(tau, multiplyAdd<T>(v2, y1, x1));
      x0 = v128.sub<T>(x0, s0);
      x1 = v128.sub<T>(x1, s1);
      y0 = negatedMultiplyAdd<T>(v2, s0, y0);
      y1 = negatedMultiplyAdd<T>(v2, s1, y1);
    }
    v128.store(top, x0);
    v128.store(top, x1, 16);
    v128.store(top + row, y0);
    v128.store(top + row, y1, 16);
  }
  for (; at < bytes; at += sizeof<T>()) reflectLine<T>(count, short, reflectors, rows + at, row);
}

/** Applies reflectors to one vector with a stride. */
// @ts-ignore: decorator
@inline
export function reflectLine<T>(count: usize, short: bool, reflectors: usize, start: usize, stride: usize): void {
  for (let k: usize = 0; k < count; k++, start += stride, reflectors += 3 * sizeof<T>()) {
    const isShort = short && k + 1 == count;
    const v2 = load<T>(reflectors + sizeof<T>());
    const v3: T = isShort ? <T>0 : load<T>(reflectors + 2 * sizeof<T>());
    const x = load<T>(start), y = load<T>(start + stride);
    const z: T = isShort ? <T>0 : load<T>(start + 2 * stride);
    const sum = load<T>(reflectors) * (x + v2 * y + v3 * z);
    store<T>(start, x - sum);
    store<T>(start + stride, y - v2 * sum);
    if (!isShort) store<T>(start + 2 * stride, z - v3 * sum);
  }
}

/** Applies reflectors to four rows from the same columns on: their sums depend on each other along a row, so that four at a time keep the processor busy. */
// @ts-ignore: decorator
@inline
function reflectFourLines<T>(count: usize, short: bool, reflectors: usize, start: usize, row: usize): void {
  const whole = short ? count - 1 : count;
  const size = sizeof<T>();
  let a = start, b = a + row, c = b + row, d = c + row;
  let ax = load<T>(a), bx = load<T>(b), cx = load<T>(c), dx = load<T>(d);
  let ay = load<T>(a + size), by = load<T>(b + size), cy = load<T>(c + size), dy = load<T>(d + size);
  for (let k: usize = 0; k < whole; k++, reflectors += 3 * size) {
    const tau = load<T>(reflectors), v2 = load<T>(reflectors + size), v3 = load<T>(reflectors + 2 * size);
    const az = load<T>(a + 2 * size), bz = load<T>(b + 2 * size), cz = load<T>(c + 2 * size), dz = load<T>(d + 2 * size);
    const as = tau * (ax + v2 * ay + v3 * az), bs = tau * (bx + v2 * by + v3 * bz);
    const cs = tau * (cx + v2 * cy + v3 * cz), ds = tau * (dx + v2 * dy + v3 * dz);
    store<T>(a, ax - as);
    store<T>(b, bx - bs);
    store<T>(c, cx - cs);
    store<T>(d, dx - ds);
    ax = ay - v2 * as, bx = by - v2 * bs, cx = cy - v2 * cs, dx = dy - v2 * ds;
    ay = az - v3 * as, by = bz - v3 * bs, cy = cz - v3 * cs, dy = dz - v3 * ds;
    a += size, b += size, c += size, d += size;
  }
  store<T>(a, ax), store<T>(b, bx), store<T>(c, cx), store<T>(d, dx);
  store<T>(a + size, ay), store<T>(b + size, by), store<T>(c + size, cy), store<T>(d + size, dy);
  if (!short) return;
  for (let i: usize = 0; i < 4; i++) reflectLine<T>(1, true, reflectors, a + i * row, size);
}

// Exported for the reason given in product.ts.
export function reflectors_rows_f32(count: usize, short: bool, reflectors: usize, rows: usize, row: usize, columns: usize): void {
  reflectRows<f32>(count, short, reflectors, rows, row, columns);
}

export function reflectors_rows_f64(count: usize, short: bool, reflectors: usize, rows: usize, row: usize, columns: usize): void {
  reflectRows<f64>(count, short, reflectors, rows, row, columns);
}

export function reflectors_lines_f32(count: usize, short: bool, reflectors: usize, start: usize, row: usize): void {
  reflectFourLines<f32>(count, short, reflectors, start, row);
}

export function reflectors_lines_f64(count: usize, short: bool, reflectors: usize, start: usize, row: usize): void {
  reflectFourLines<f64>(count, short, reflectors, start, row);
}

// @ts-ignore: decorator
@inline
export function applyToRows<T>(count: usize, short: bool, reflectors: usize, rows: usize, row: usize, columns: usize): void {
  if (sizeof<T>() == 4) reflectors_rows_f32(count, short, reflectors, rows, row, columns);
  else reflectors_rows_f64(count, short, reflectors, rows, row, columns);
}

// @ts-ignore: decorator
@inline
export function applyToFourLines<T>(count: usize, short: bool, reflectors: usize, start: usize, row: usize): void {
  if (sizeof<T>() == 4) reflectors_lines_f32(count, short, reflectors, start, row);
  else reflectors_lines_f64(count, short, reflectors, start, row);
}
