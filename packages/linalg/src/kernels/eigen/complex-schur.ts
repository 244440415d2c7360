/** A square matrix, row-major, in two arrays. */
export interface ComplexMatrix {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

type Complex = readonly [number, number];

/** Unitary rotation of rows i and j, (c̄ x + s̄ y, c y − s x) of rows x and y, that makes an element of the second zero. */
interface Rotation {
  readonly i: number;
  readonly j: number;
  readonly c: Complex;
  readonly s: Complex;
}

/** QR steps per eigenvalue after which something is wrong. */
const MOST_STEPS = 100;

/** A = Q T Qᴴ with T upper triangular: rotations to Hessenberg form, then QR steps with the last element of the diagonal as shift, until what is left of its row is rounding. */
export function complexSchur(a: ComplexMatrix, n: number): { triangle: ComplexMatrix; basis: ComplexMatrix } {
  const t = { re: Float64Array.from(a.re), im: Float64Array.from(a.im) };
  const q = { re: Float64Array.from(a.re, (_, index) => (index % (n + 1) === 0 ? 1 : 0)), im: new Float64Array(n * n) };
  for (let column = 0; column + 2 < n; column++)
    for (let i = column + 2; i < n; i++) {
      const rotation = rotationOf(t, n, column + 1, i, column);
      rotateRows(t, n, rotation);
      for (const x of [t, q]) rotateColumns(x, n, rotation);
    }
  for (let high = n - 1; high > 0; high--)
    for (let step = 0; ; step++) {
      const last = high * n + high - 1;
      const neighbours = Math.hypot(t.re[last + 1], t.im[last + 1]) + Math.hypot(t.re[last - n], t.im[last - n]);
      if (Math.hypot(t.re[last], t.im[last]) <= 2 ** -53 * neighbours) {
        t.re[last] = t.im[last] = 0;
        break;
      }
      if (step === MOST_STEPS) throw new Error(`no Schur form of a ${n} × ${n} matrix after ${step} steps`);
      // A complex shift leaves the real line, on which conjugate eigenvalues are out of reach.
      qrStep(t, q, n, high, step % 10 === 0 ? Math.hypot(t.re[last], t.im[last]) : 0);
    }
  return { triangle: t, basis: q };
}

/** One step on the first `high + 1` rows and columns; what is beyond them is rotated too, but not shifted. */
function qrStep(t: ComplexMatrix, q: ComplexMatrix, n: number, high: number, kick: number): void {
  const corner = high * (n + 1);
  const shift = [t.re[corner], t.im[corner] + kick];
  const addShift = (sign: number) => {
    for (let i = 0; i <= high; i++) {
      t.re[i * (n + 1)] += sign * shift[0];
      t.im[i * (n + 1)] += sign * shift[1];
    }
  };
  addShift(-1);
  const rotations = Array.from({ length: high }, (_, j) => {
    const rotation = rotationOf(t, n, j, j + 1, j);
    rotateRows(t, n, rotation);
    return rotation;
  });
  for (const rotation of rotations) for (const x of [t, q]) rotateColumns(x, n, rotation);
  addShift(1);
}

/** Of rows i and j, to make element (j, column) zero. */
function rotationOf(t: ComplexMatrix, n: number, i: number, j: number, column: number): Rotation {
  const [a, b] = [i * n + column, j * n + column];
  const r = Math.hypot(t.re[a], t.im[a], t.re[b], t.im[b]);
  if (r === 0) return { i, j, c: [1, 0], s: [0, 0] };
  return { i, j, c: [t.re[a] / r, t.im[a] / r], s: [t.re[b] / r, t.im[b] / r] };
}

function rotateRows(t: ComplexMatrix, n: number, { i, j, c, s }: Rotation): void {
  for (let k = 0; k < n; k++) combine(t, i * n + k, j * n + k, [c[0], -c[1]], [s[0], -s[1]], [-s[0], -s[1]], c);
}

/** The inverse of the rotation, from the right. */
function rotateColumns(t: ComplexMatrix, n: number, { i, j, c, s }: Rotation): void {
  for (let k = 0; k < n; k++) combine(t, k * n + i, k * n + j, c, s, [-s[0], s[1]], [c[0], -c[1]]);
}

/** (x, y) ← (a x + b y, c x + d y). */
function combine(m: ComplexMatrix, x: number, y: number, a: Complex, b: Complex, c: Complex, d: Complex): void {
  const [xr, xi, yr, yi] = [m.re[x], m.im[x], m.re[y], m.im[y]];
  m.re[x] = a[0] * xr - a[1] * xi + b[0] * yr - b[1] * yi;
  m.im[x] = a[0] * xi + a[1] * xr + b[0] * yi + b[1] * yr;
  m.re[y] = c[0] * xr - c[1] * xi + d[0] * yr - d[1] * yi;
  m.im[y] = c[0] * xi + c[1] * xr + d[0] * yi + d[1] * yr;
}
