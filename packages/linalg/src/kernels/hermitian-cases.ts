import { type CaseRandom, type Shape, sizeOf } from "@ansatz/tensor";
import { qrReference } from "./qr/reference.ts";

/** A random matrix of orthonormal columns of complex numbers, row-major. */
export function unitary(random: CaseRandom, rows: number, columns: number): Float64Array {
  const [q] = qrReference(random.array([rows, columns], "complex128"), { full: false, pivoting: false });
  return q.data as Float64Array;
}

/** Normal matrices U Λ Uᴴ [..., n, n] of complex numbers with random U and given eigenvalues. */
export function fromEigenvalues(
  random: CaseRandom,
  shape: Shape,
  eigenvalues: () => readonly (readonly [re: number, im: number])[],
): Float64Array {
  const n = shape[shape.length - 1];
  const a = new Float64Array(2 * sizeOf(shape));
  for (let batch = 0; batch < sizeOf(shape.slice(0, -2)); batch++) {
    const u = unitary(random, n, n);
    const values = eigenvalues();
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (const [k, [re, im]] of values.entries()) {
          const [xr, xi, yr, yi] = [
            u[2 * (i * n + k)],
            u[2 * (i * n + k) + 1],
            u[2 * (j * n + k)],
            u[2 * (j * n + k) + 1],
          ];
          const [pr, pi] = [xr * yr + xi * yi, xi * yr - xr * yi];
          const at = 2 * ((batch * n + i) * n + j);
          a[at] += re * pr - im * pi;
          a[at + 1] += re * pi + im * pr;
        }
  }
  return a;
}
