import { multiplyAdd, negatedMultiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { splatAt } from "@ansatz/tensor/assembly/register-tile";

/** Writes (c, s) with c f + s g = r and c g − s f = 0, and returns r. The arguments are of moderate size: no square overflows. */
// @ts-ignore: decorator
@inline
export function makeRotation<T>(f: T, g: T, at: usize): T {
  if (g == <T>0) {
    store<T>(at, <T>1);
    store<T>(at + sizeof<T>(), <T>0);
    return f;
  }
  const r = sqrt<T>(f * f + g * g);
  // Squares of small numbers vanish: scale, where the larger one is small.
  if (!(r > (sizeof<T>() == 4 ? <T>1e-12 : <T>1e-140))) {
    const most = max<T>(abs<T>(f), abs<T>(g));
    const x = f / most, y = g / most;
    const scaled = sqrt<T>(x * x + y * y);
    store<T>(at, x / scaled);
    store<T>(at + sizeof<T>(), y / scaled);
    return most * scaled;
  }
  store<T>(at, f / r);
  store<T>(at + sizeof<T>(), g / r);
  return r;
}

/**
 * Applies rotations to pairs of neighbouring rows, one after the other from the first pair on: rows k and k + 1 become c x + s y and c y − s x, (c, s) being the k-th pair at `rotations`.
 * Strips of a few columns go through all rotations, each row being read and written once.
 */
// @ts-ignore: decorator
@inline
function rotate<T>(count: usize, rotations: usize, rows: usize, row: usize, columns: usize): void {
  const bytes = columns * sizeof<T>();
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    let upper = rows + at;
    let x0 = v128.load(upper), x1 = v128.load(upper, 16), x2 = v128.load(upper, 32), x3 = v128.load(upper, 48);
    for (let k: usize = 0; k < count; k++) {
      const c = splatAt<T>(rotations + 2 * k * sizeof<T>());
      const s = splatAt<T>(rotations + (2 * k + 1) * sizeof<T>());
      const lower = upper + row;
      const y0 = v128.load(lower), y1 = v128.load(lower, 16), y2 = v128.load(lower, 32), y3 = v128.load(lower, 48);
      v128.store(upper, multiplyAdd<T>(s, y0, v128.mul<T>(c, x0)));
      v128.store(upper, multiplyAdd<T>(s, y1, v128.mul<T>(c, x1)), 16);
      v128.store(upper, multiplyAdd<T>(s, y2, v128.mul<T>(c, x2)), 32);
      v128.store(upper, multiplyAdd<T>(s, y3, v128.mul<T>(c, x3)), 48);
      x0 = negatedMultiplyAdd<T>(s, x0, v128.mul<T>(c, y0));
      x1 = negatedMultiplyAdd<T>(s, x1, v128.mul<T>(c, y1));
      x2 = negatedMultiplyAdd<T>(s, x2, v128.mul<T>(c, y2));
      x3 = negatedMultiplyAdd<T>(s, x3, v128.mul<T>(c, y3));
      upper = lower;
    }
    v128.store(upper, x0);
    v128.store(upper, x1, 16);
    v128.store(upper, x2, 32);
    v128.store(upper, x3, 48);
  }
  for (; at < bytes; at += sizeof<T>()) {
    let upper = rows + at;
    let x = load<T>(upper);
    for (let k: usize = 0; k < count; k++) {
      const c = load<T>(rotations + 2 * k * sizeof<T>()), s = load<T>(rotations + (2 * k + 1) * sizeof<T>());
      const y = load<T>(upper + row);
      store<T>(upper, c * x + s * y);
      x = c * y - s * x;
      upper += row;
    }
    store<T>(upper, x);
  }
}

// Exported for the reason given in product.ts.
export function rotations_apply_f32(count: usize, rotations: usize, rows: usize, row: usize, columns: usize): void {
  rotate<f32>(count, rotations, rows, row, columns);
}

export function rotations_apply_f64(count: usize, rotations: usize, rows: usize, row: usize, columns: usize): void {
  rotate<f64>(count, rotations, rows, row, columns);
}

// @ts-ignore: decorator
@inline
export function applyRotations<T>(count: usize, rotations: usize, rows: usize, row: usize, columns: usize): void {
  if (sizeof<T>() == 4) rotations_apply_f32(count, rotations, rows, row, columns);
  else rotations_apply_f64(count, rotations, rows, row, columns);
}
