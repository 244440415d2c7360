import { type Device, matmul, openDevice, slice, subtract, type Tensor } from "@ansatz/tensor";
import { caseRandom } from "@ansatz/tensor/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lu, pivotedQr, qr, singularValues, svd } from "./index.ts";
import { adjoint, adjointTimes, castLike, diagonalMatrix, identity, permuteRows, transposed } from "./matrix-parts.ts";

const SHAPES = [
  [1, 7],
  [7, 1],
  [33, 5],
  [5, 33],
  [200, 70],
  [70, 200],
] as const;

describe("factors of matrices that are not square", () => {
  let device: Device;
  beforeEach(async () => {
    device = await openDevice("cpu");
  });
  afterEach(() => device.dispose());

  const random = (rows: number, columns: number, dtype: "float64" | "complex128" = "float64"): Tensor =>
    device.tensor(
      caseRandom(rows).array([rows, columns], dtype).data as Float64Array<ArrayBuffer>,
      [rows, columns],
      dtype,
    );

  async function expectSmall(x: Tensor, allowed: number, what: string): Promise<void> {
    const norm = Math.hypot(...Array.from(await x.data()));
    expect(norm, `${what}: ${norm}, allowed ${allowed}`).toBeLessThanOrEqual(allowed);
  }
  const norm = async (x: Tensor) => Math.hypot(...Array.from(await x.data()));
  const precision = (a: Tensor) => 10 * Math.max(...a.shape) * 2 ** -52;
  const expectOrthonormal = (q: Tensor, what: string) =>
    expectSmall(subtract(adjointTimes(q, q), identity(q, q.shape[1])), precision(q), what);

  it.each(["float64", "complex128"] as const)(
    "multiply to the matrix and are orthonormal, in reduced and in full form, of %s",
    async (dtype) => {
      for (const [rows, columns] of SHAPES)
        for (const full of [false, true]) {
          const a = random(rows, columns, dtype);
          const kept = full ? rows : Math.min(rows, columns);
          const allowed = precision(a) * (await norm(a));
          const what = `[${rows}, ${columns}]${full ? " full" : ""}`;

          const plain = qr(a, { full });
          expect(plain.q.shape, what).toEqual([rows, kept]);
          await expectSmall(subtract(a, matmul(plain.q, plain.r)), allowed, `${what} qr`);
          await expectOrthonormal(plain.q, `${what} qr`);

          const pivoted = pivotedQr(a, { full });
          const permuted = transposed(permuteRows(transposed(a), pivoted.permutation));
          await expectSmall(subtract(permuted, matmul(pivoted.q, pivoted.r)), allowed, `${what} pivotedQr`);
          await expectOrthonormal(pivoted.q, `${what} pivotedQr`);

          const { u, s, vt } = svd(a, { full });
          const count = Math.min(rows, columns);
          expect([u.shape, vt.shape], what).toEqual([
            [rows, kept],
            [full ? columns : count, columns],
          ]);
          const left = matmul(slice(u, [null, [0, count]]), castLike(diagonalMatrix(s), u));
          const product = matmul(left, slice(vt, [[0, count], null]));
          await expectSmall(subtract(a, product), allowed, `${what} svd`);
          await expectOrthonormal(u, `${what} u`);
          await expectOrthonormal(adjoint(vt), `${what} v`);
          await expectSmall(subtract(s, singularValues(a)), allowed, `${what} values alone`);
        }
    },
  );

  it.each(["float64", "complex128"] as const)(
    "have the shapes of rows and columns for lu, and multiply to the permuted rows, of %s",
    async (dtype) => {
      for (const [rows, columns] of SHAPES) {
        const a = random(rows, columns, dtype);
        const { lower, upper, permutation } = lu(a);
        const count = Math.min(rows, columns);
        expect([lower.shape, upper.shape]).toEqual([
          [rows, count],
          [count, columns],
        ]);
        const allowed = precision(a) * (await norm(a));
        await expectSmall(
          subtract(permuteRows(a, permutation), matmul(lower, upper)),
          allowed,
          `lu [${rows}, ${columns}]`,
        );
      }
    },
  );

  it("show the rank on the diagonal of the pivoted R, which does not increase", async () => {
    const a = matmul(random(40, 6), random(6, 25));
    const { r } = pivotedQr(a);
    const values = await r.data();
    const diagonal = Array.from({ length: 25 }, (_, k) => values[k * 26]);
    for (let k = 1; k < 25; k++) expect(diagonal[k]).toBeLessThanOrEqual(diagonal[k - 1] * (1 + 1e-12));
    expect(diagonal[5]).toBeGreaterThan(1e-3 * diagonal[0]);
    expect(diagonal[6]).toBeLessThan(1e-13 * diagonal[0]);
  });
});
