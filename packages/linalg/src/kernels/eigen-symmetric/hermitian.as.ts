import { addScaledComplex } from "../../../assembly/complex-vectors";
import { imaginaryAt, put } from "../../../assembly/elements";
import { reflectComplex } from "../../../assembly/reflectors";
import { Room } from "./room.as";

/**
 * Householder tridiagonalisation of a Hermitian matrix with both triangles, whose form is real (as LAPACK's zhetd2): A = Q T Qᴴ. The vectors are left below the subdiagonal.
 */
export function tridiagonaliseHermitian<T>(n: usize, room: Room): void {
  const part = sizeof<T>(), size = 2 * sizeof<T>();
  const row = n * size;
  const v = room.v, w = room.w;
  for (let k: usize = 0; k < n; k++) {
    const m = n - k - 1;
    const own = room.matrix + k * (row + size);
    store<T>(room.diagonal + k * part, load<T>(own));
    if (m == 0) return;
    // Column k is the conjugate of row k.
    for (let i: usize = 0; i < m; i++) put<T>(v + i * size, load<T>(own + (i + 1) * size), -imaginaryAt<T>(own + (i + 1) * size));
    const tau = room.taus + k * size;
    reflectComplex<T>(m, v, size, tau);
    store<T>(room.beside + k * part, load<T>(v));
    for (let i: usize = 1; i < m; i++) put<T>(own + (i + 1) * row, load<T>(v + i * size), imaginaryAt<T>(v + i * size));
    const re = load<T>(tau), im = imaginaryAt<T>(tau);
    if (re == <T>0 && im == <T>0) continue;
    put<T>(v, <T>1, <T>0);
    // A v by columns, which are the conjugates of rows.
    const below = own + row + size;
    memory.fill(w, 0, m * size);
    for (let i: usize = 0; i < m; i++)
      addScaledComplex<T>(true, m, load<T>(v + i * size), imaginaryAt<T>(v + i * size), below + i * row, w);
    // x = τ A v, and w = x − τ/2 (xᴴ v) v.
    let sr: T = <T>0, si: T = <T>0;
    for (let i: usize = 0; i < m; i++) {
      const at = w + i * size, other = v + i * size;
      const xr = re * load<T>(at) - im * imaginaryAt<T>(at), xi = re * imaginaryAt<T>(at) + im * load<T>(at);
      put<T>(at, xr, xi);
      sr += xr * load<T>(other) + xi * imaginaryAt<T>(other);
      si += xr * imaginaryAt<T>(other) - xi * load<T>(other);
    }
    addScaledComplex<T>(false, m, (im * si - re * sr) / <T>2, (-re * si - im * sr) / <T>2, v, w);
    // A ← A − v wᴴ − w vᴴ.
    for (let i: usize = 0; i < m; i++) {
      const at = v + i * size, other = w + i * size;
      addScaledComplex<T>(true, m, -load<T>(at), -imaginaryAt<T>(at), w, below + i * row);
      addScaledComplex<T>(true, m, -load<T>(other), -imaginaryAt<T>(other), v, below + i * row);
    }
  }
}
