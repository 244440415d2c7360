import { type CaseRandom, referenceArray } from "@ansatz/tensor";
import { qrReference } from "./qr/reference.ts";

/** A random matrix of orthonormal columns, row-major. */
export function orthogonal(random: CaseRandom, rows: number, columns: number): Float64Array {
  const noise = random.array([rows, columns], "float64").data;
  const [q] = qrReference(referenceArray("float64", [rows, columns], noise), { full: false, pivoting: false });
  return q.data as Float64Array;
}
