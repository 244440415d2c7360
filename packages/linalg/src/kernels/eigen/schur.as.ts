import { applyRotations } from "../../../assembly/rotations";
import { applyToFourLines, applyToRows, reflectLine } from "../../../assembly/small-reflectors";
import { at, entry, precisionOf, put, Room, setEntry } from "./room.as";

/** Sweeps without a deflation after which an iteration has failed; two or three are usual. */
// @ts-ignore: decorator
@inline
const MOST_SWEEPS: usize = 90;

/**
 * Real Schur form of a Hessenberg matrix by QR with double shifts (J. Francis, 1961; after EISPACK's hqr2). Diagonal blocks with complex eigenvalues stay as they are.
 * Returns false where it does not end.
 */
export function toSchurForm<T>(room: Room): bool {
  let end = room.n;
  const norm = sumOfSizes<T>(room);
  let sweeps: usize = 0;
  while (end > 0) {
    const high = end - 1;
    const low = firstOfBlock<T>(room, high, norm);
    if (low == high) {
      setEntry<T>(room.real, high, at<T>(room, high, high));
      setEntry<T>(room.imaginary, high, <T>0);
      end--;
      sweeps = 0;
    } else if (low + 1 == high) {
      splitPair<T>(room, high);
      end -= 2;
      sweeps = 0;
    } else {
      if (++sweeps > MOST_SWEEPS) return false;
      sweep<T>(room, low, high, sweeps);
    }
  }
  return true;
}

function sumOfSizes<T>(room: Room): T {
  let sum: T = <T>0;
  for (let i: usize = 0; i < room.n; i++)
    for (let j = i > 0 ? i - 1 : 0; j < room.n; j++) sum += abs<T>(at<T>(room, i, j));
  return sum;
}

/** The row from which on no subdiagonal element is negligible; the one before becomes zero. */
// @ts-ignore: decorator
@inline
function firstOfBlock<T>(room: Room, high: usize, norm: T): usize {
  let low = high;
  for (; low > 0; low--) {
    let size = abs<T>(at<T>(room, low - 1, low - 1)) + abs<T>(at<T>(room, low, low));
    if (size == <T>0) size = norm;
    if (abs<T>(at<T>(room, low, low - 1)) < precisionOf<T>() * size) {
      put<T>(room, low, low - 1, <T>0);
      break;
    }
    if (at<T>(room, low, low - 1) == <T>0) break;
  }
  return low;
}

/** The eigenvalues of the block of rows high − 1 and high, which a rotation makes triangular where they are real. */
function splitPair<T>(room: Room, high: usize): void {
  const size = sizeof<T>();
  const low = high - 1;
  const product = at<T>(room, high, low) * at<T>(room, low, high);
  const half = (at<T>(room, low, low) - at<T>(room, high, high)) / <T>2;
  const square = half * half + product;
  const root = sqrt<T>(abs<T>(square));
  const corner = at<T>(room, high, high);
  if (square < <T>0) {
    setEntry<T>(room.real, low, corner + half);
    setEntry<T>(room.real, high, corner + half);
    setEntry<T>(room.imaginary, low, root);
    setEntry<T>(room.imaginary, high, -root);
    return;
  }
  const z = half >= <T>0 ? half + root : half - root;
  const x = at<T>(room, high, low);
  const sum = abs<T>(x) + abs<T>(z);
  let s = x / sum, c = z / sum;
  const length = sqrt<T>(s * s + c * c);
  s /= length;
  c /= length;
  store<T>(room.reflectors, c);
  store<T>(room.reflectors + size, s);
  const row = room.n * size;
  applyRotations<T>(1, room.reflectors, room.matrix + low * row + low * size, row, room.n - low);
  for (let i: usize = 0; i <= high; i++) {
    const one = at<T>(room, i, low), other = at<T>(room, i, high);
    put<T>(room, i, low, c * one + s * other);
    put<T>(room, i, high, c * other - s * one);
  }
  applyRotations<T>(1, room.reflectors, room.schur + low * room.stride, room.stride, room.n);
  put<T>(room, high, low, <T>0);
  setEntry<T>(room.real, low, at<T>(room, low, low));
  setEntry<T>(room.real, high, at<T>(room, high, high));
  setEntry<T>(room.imaginary, low, <T>0);
  setEntry<T>(room.imaginary, high, <T>0);
}

/** One double-shifted QR sweep on rows [low, high]. */
function sweep<T>(room: Room, low: usize, high: usize, count: usize): void {
  // The shifts are the eigenvalues of a matrix with diagonal (y, x) and w as product of its other elements.
  let x = at<T>(room, high, high), y = at<T>(room, high - 1, high - 1);
  let w = at<T>(room, high, high - 1) * at<T>(room, high - 1, high);
  if (count % 10 == 0) {
    // Where an iteration goes in circles: other shifts, as LAPACK's.
    const size = abs<T>(at<T>(room, high, high - 1)) + abs<T>(at<T>(room, high - 1, high - 2));
    x = y = <T>0.75 * size + at<T>(room, high, high);
    w = <T>-0.4375 * size * size;
  }
  // The sweep may begin where two subdiagonal elements in a row are small.
  let first = high - 2;
  let p: T, q: T, r: T;
  for (;;) {
    const here = at<T>(room, first, first), below = at<T>(room, first + 1, first + 1);
    p = ((x - here) * (y - here) - w) / at<T>(room, first + 1, first) + at<T>(room, first, first + 1);
    q = below - here - (x - here) - (y - here);
    r = at<T>(room, first + 2, first + 1);
    const sum = abs<T>(p) + abs<T>(q) + abs<T>(r);
    p /= sum, q /= sum, r /= sum;
    if (first == low) break;
    const before = abs<T>(at<T>(room, first - 1, first - 1)) + abs<T>(here) + abs<T>(below);
    if (abs<T>(at<T>(room, first, first - 1)) * (abs<T>(q) + abs<T>(r)) < precisionOf<T>() * (abs<T>(p) * before)) break;
    first--;
  }
  let made: usize = 0;
  for (let k = first; k < high; k++, made++) {
    const short = k + 1 == high;
    let scale: T = <T>1;
    if (k > first) {
      p = at<T>(room, k, k - 1);
      q = at<T>(room, k + 1, k - 1);
      r = short ? <T>0 : at<T>(room, k + 2, k - 1);
      scale = abs<T>(p) + abs<T>(q) + abs<T>(r);
      if (scale == <T>0) break;
      p /= scale, q /= scale, r /= scale;
    } else if (short) r = <T>0;
    const length = copysign<T>(sqrt<T>(p * p + q * q + r * r), p);
    if (k > first) {
      put<T>(room, k, k - 1, -length * scale);
      put<T>(room, k + 1, k - 1, <T>0);
      if (!short) put<T>(room, k + 2, k - 1, <T>0);
    } else if (k > low) put<T>(room, k, k - 1, -at<T>(room, k, k - 1));
    p += length;
    const reflector = room.reflectors + 3 * made * sizeof<T>();
    setEntry<T>(reflector, 0, p / length);
    setEntry<T>(reflector, 1, q / p);
    setEntry<T>(reflector, 2, r / p);
    reflectHere<T>(room, k, high, short, reflector);
  }
  reflectRest<T>(room, first, made, first + made == high);
}

/** What the next reflectors of the sweep need: the rows of the k-th one, and its columns in the rows below k. */
// @ts-ignore: decorator
@inline
function reflectHere<T>(room: Room, k: usize, high: usize, short: bool, reflector: usize): void {
  const row = room.n * sizeof<T>();
  applyToRows<T>(1, short, reflector, room.matrix + k * (row + sizeof<T>()), row, room.n - k);
  const last = min(high, k + 3);
  for (let i = k + 1; i <= last; i++) reflectLine<T>(1, short, reflector, room.matrix + i * row + k * sizeof<T>(), sizeof<T>());
}

/** The columns of all reflectors in the rows above, row by row, and the Schur vectors. */
function reflectRest<T>(room: Room, first: usize, made: usize, short: bool): void {
  const size = sizeof<T>();
  const row = room.n * size;
  if (made == 0) return;
  const reflectors = room.reflectors;
  let i: usize = 0;
  for (; i + 4 <= first; i += 4) applyToFourLines<T>(made, short, reflectors, room.matrix + i * row + first * size, row);
  for (; i < first; i++) reflectLine<T>(made, short, reflectors, room.matrix + i * row + first * size, size);
  // Row i takes part from the i-th reflector on.
  const end = first + made;
  for (; i + 4 < end; i += 4) {
    for (let own: usize = 0; own < 4; own++) {
      const k = i + own;
      reflectLine<T>(4 - own, false, reflectors + 3 * (k - first) * size, room.matrix + k * row + k * size, size);
    }
    applyToFourLines<T>(end - i - 4, short, reflectors + 3 * (i + 4 - first) * size, room.matrix + i * row + (i + 4) * size, row);
  }
  for (; i < end; i++) reflectLine<T>(end - i, short, reflectors + 3 * (i - first) * size, room.matrix + i * row + i * size, size);
  applyToRows<T>(made, short, reflectors, room.schur + first * room.stride, room.stride, room.n);
}
