import { addProduct } from "../../../assembly/product";
import { inner } from "../../../assembly/vectors";
import { at, entry, precisionOf, Room, setEntry } from "./room.as";

/** Quotient of complex numbers, without overflow of squares (R. Smith, 1962): the real part, or the imaginary one. */
// @ts-ignore: decorator
@inline
function quotient<T>(imaginary: bool, xr: T, xi: T, yr: T, yi: T): T {
  if (abs<T>(yr) > abs<T>(yi)) {
    const r = yi / yr, d = yr + r * yi;
    return imaginary ? (xi - r * xr) / d : (xr + r * xi) / d;
  }
  const r = yr / yi, d = yi + r * yr;
  return imaginary ? (r * xi - xr) / d : (r * xr + xi) / d;
}

/** Eigenvectors of the Schur form by back-substitution (after EISPACK's hqr2), as rows of `inner`, and then of the matrix, as rows of `outer`. */
export function formEigenvectors<T>(room: Room): void {
  const n = room.n;
  const row = n * sizeof<T>();
  let norm: T = <T>0;
  for (let i: usize = 0; i < n; i++) for (let j = i > 0 ? i - 1 : 0; j < n; j++) norm += abs<T>(at<T>(room, i, j));
  if (norm == <T>0) norm = <T>1;
  memory.fill(room.inner, 0, n * row);
  for (let m: usize = n; m > 0; m--) {
    const imaginary = entry<T>(room.imaginary, m - 1);
    if (imaginary == <T>0) substitute<T>(room, m - 1, norm);
    else if (imaginary < <T>0) substitutePair<T>(room, m - 1, norm);
  }
  memory.fill(room.outer, 0, n * row);
  addProduct<T>(
    1, n, n, n, room.inner, row, sizeof<T>(), room.schur, room.stride, sizeof<T>(), room.outer, row, sizeof<T>(), room.scratch,
  );
}

/** Σ T[i, j] y[j] for j in [from, m]. */
// @ts-ignore: decorator
@inline
function rowTimes<T>(room: Room, i: usize, from: usize, m: usize, y: usize): T {
  return inner<T>(m - from + 1, room.matrix + (i * room.n + from) * sizeof<T>(), y + from * sizeof<T>());
}

/** Divides elements [from, m] where they have become so large that squares might overflow. */
// @ts-ignore: decorator
@inline
function keepInRange<T>(y: usize, from: usize, m: usize, size: T): void {
  if (!(precisionOf<T>() * size * size > <T>1)) return;
  for (let j = from; j <= m; j++) setEntry<T>(y, j, entry<T>(y, j) / size);
}

/** The vector of the real eigenvalue in row m. */
function substitute<T>(room: Room, m: usize, norm: T): void {
  const y = room.inner + m * room.n * sizeof<T>();
  const value = entry<T>(room.real, m);
  setEntry<T>(y, m, <T>1);
  let known = m;
  // Of the second row of a block, until its first is met.
  let z: T = <T>0, s: T = <T>0;
  for (let i = m; i-- > 0; ) {
    const w = at<T>(room, i, i) - value;
    const r = rowTimes<T>(room, i, known, m, y);
    const imaginary = entry<T>(room.imaginary, i);
    if (imaginary < <T>0) {
      z = w;
      s = r;
      continue;
    }
    known = i;
    if (imaginary == <T>0) setEntry<T>(y, i, -r / (w != <T>0 ? w : precisionOf<T>() * norm));
    else {
      const right = at<T>(room, i, i + 1), below = at<T>(room, i + 1, i);
      const distance = entry<T>(room.real, i) - value;
      const t = (right * s - z * r) / (distance * distance + imaginary * imaginary);
      setEntry<T>(y, i, t);
      setEntry<T>(y, i + 1, abs<T>(right) > abs<T>(z) ? (-r - w * t) / right : (-s - below * t) / z);
    }
    keepInRange<T>(y, i, m, abs<T>(entry<T>(y, i)));
  }
}

/** The vector of the eigenvalue with positive imaginary part of the block in rows m − 1 and m: its real part in row m − 1, its imaginary part in row m. */
function substitutePair<T>(room: Room, m: usize, norm: T): void {
  const size = sizeof<T>();
  const yi = room.inner + m * room.n * size, yr = yi - room.n * size;
  const value = entry<T>(room.real, m), q = entry<T>(room.imaginary, m);
  const corner = at<T>(room, m, m - 1), beside = at<T>(room, m - 1, m);
  if (abs<T>(corner) > abs<T>(beside)) {
    setEntry<T>(yr, m - 1, q / corner);
    setEntry<T>(yi, m - 1, -(at<T>(room, m, m) - value) / corner);
  } else {
    const distance = at<T>(room, m - 1, m - 1) - value;
    setEntry<T>(yr, m - 1, quotient<T>(false, <T>0, -beside, distance, q));
    setEntry<T>(yi, m - 1, quotient<T>(true, <T>0, -beside, distance, q));
  }
  setEntry<T>(yr, m, <T>0);
  setEntry<T>(yi, m, <T>1);
  let known = m - 1;
  let z: T = <T>0, r: T = <T>0, s: T = <T>0;
  for (let i = m - 1; i-- > 0; ) {
    const ra = rowTimes<T>(room, i, known, m, yr), sa = rowTimes<T>(room, i, known, m, yi);
    const w = at<T>(room, i, i) - value;
    const imaginary = entry<T>(room.imaginary, i);
    if (imaginary < <T>0) {
      z = w;
      r = ra;
      s = sa;
      continue;
    }
    known = i;
    if (imaginary == <T>0) {
      const divisor: T = w == <T>0 && q == <T>0 ? precisionOf<T>() * norm : w;
      setEntry<T>(yr, i, quotient<T>(false, -ra, -sa, divisor, q));
      setEntry<T>(yi, i, quotient<T>(true, -ra, -sa, divisor, q));
    } else {
      const right = at<T>(room, i, i + 1), below = at<T>(room, i + 1, i);
      const distance = entry<T>(room.real, i) - value;
      let vr = distance * distance + imaginary * imaginary - q * q;
      const vi = distance * <T>2 * q;
      if (vr == <T>0 && vi == <T>0)
        vr = precisionOf<T>() * norm * (abs<T>(w) + abs<T>(q) + abs<T>(right) + abs<T>(below) + abs<T>(z));
      const tr = right * r - z * ra + q * sa, ti = right * s - z * sa - q * ra;
      const xr = quotient<T>(false, tr, ti, vr, vi), xi = quotient<T>(true, tr, ti, vr, vi);
      setEntry<T>(yr, i, xr);
      setEntry<T>(yi, i, xi);
      if (abs<T>(right) > abs<T>(z) + abs<T>(q)) {
        setEntry<T>(yr, i + 1, (-ra - w * xr + q * xi) / right);
        setEntry<T>(yi, i + 1, (-sa - w * xi - q * xr) / right);
      } else {
        setEntry<T>(yr, i + 1, quotient<T>(false, -r - below * xr, -s - below * xi, z, q));
        setEntry<T>(yi, i + 1, quotient<T>(true, -r - below * xr, -s - below * xi, z, q));
      }
    }
    const most = max<T>(abs<T>(entry<T>(yr, i)), abs<T>(entry<T>(yi, i)));
    keepInRange<T>(yr, i, m, most);
    keepInRange<T>(yi, i, m, most);
  }
}
