import { type Device, matmul, openDevice, subtract, type Tensor } from "@ansatz/tensor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cholesky, eigenSymmetric, lu, pivotedQr, qr, svd } from "./index.ts";
import { diagonalMatrix, identity, permuteRows, transposed } from "./matrix-parts.ts";
import {
  HARD_KINDS,
  type HardMatrix,
  hardMatrices,
  hardPositiveMatrices,
  hardSymmetricMatrices,
} from "./testing/hard-matrices.ts";

const PRECISION = { float64: 2 ** -52, float32: 2 ** -23 };

/** Sizes: within one block, over several, odd; the large one for float64 only. */
const SIZES = [1, 2, 3, 31, 100];
const LARGE = 512;
const LARGE_KINDS = ["random", "graded", "rank deficient", "Hilbert"];

// A device for each test, which frees all of it.
let device: Device;
beforeEach(async () => {
  device = await openDevice("cpu");
});
afterEach(() => device.dispose());

async function frobenius(x: Tensor): Promise<number> {
  const values = Array.from(await x.data());
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (most === 0) return 0;
  let sum = 0;
  for (const value of values) sum += (value / most) ** 2;
  return most * Math.sqrt(sum);
}

/** Asserts ‖A − product‖ ≤ 10 n ε ‖A‖, in Frobenius norms. */
async function expectBackwardError(what: string, a: Tensor, factors: Tensor): Promise<void> {
  const n = Math.max(...a.shape.slice(-2));
  const error = await frobenius(subtract(a, factors));
  const bound = 10 * n * PRECISION[a.dtype as "float32"] * (await frobenius(a));
  expect(error, `${what}: ‖A − product‖ = ${error}, allowed ${bound}`).toBeLessThanOrEqual(bound);
}

/** Asserts ‖QᵀQ − I‖ ≤ 10 n ε. */
async function expectOrthonormal(what: string, q: Tensor): Promise<void> {
  const [rows, columns] = q.shape.slice(-2);
  const error = await frobenius(subtract(matmul(q, q, { transposeA: true }), identity(q, columns)));
  const bound = 10 * rows * PRECISION[q.dtype as "float32"];
  expect(error, `${what}: ‖QᵀQ − I‖ = ${error}, allowed ${bound}`).toBeLessThanOrEqual(bound);
}

type Check = (what: string, a: Tensor) => Promise<void>;

const general: Readonly<Record<string, Check>> = {
  async lu(what, a) {
    const { lower, upper, permutation } = lu(a);
    await expectBackwardError(what, permuteRows(a, permutation), matmul(lower, upper));
    const values = Array.from(await lower.data());
    expect(
      values.every((value) => Math.abs(value) <= 1),
      `${what}: elements of L`,
    ).toBe(true);
  },
  async qr(what, a) {
    const { q, r } = qr(a);
    await expectBackwardError(what, a, matmul(q, r));
    await expectOrthonormal(what, q);
  },
  async pivotedQr(what, a) {
    const { q, r, permutation } = pivotedQr(a);
    await expectBackwardError(what, transposed(permuteRows(transposed(a), permutation)), matmul(q, r));
    await expectOrthonormal(what, q);
  },
  async svd(what, a) {
    const { u, s, vt } = svd(a);
    await expectBackwardError(what, a, matmul(matmul(u, diagonalMatrix(s)), vt));
    await expectOrthonormal(what, u);
    await expectOrthonormal(what, transposed(vt));
    const values = await s.data();
    expect(
      values.every((value, k) => value >= 0 && (k === 0 || value <= values[k - 1])),
      `${what}: order`,
    ).toBe(true);
  },
};

const symmetric: Check = async (what, a) => {
  const { values, vectors } = eigenSymmetric(a);
  await expectBackwardError(what, a, matmul(matmul(vectors, diagonalMatrix(values)), vectors, { transposeB: true }));
  await expectOrthonormal(what, vectors);
};

const positive: Check = async (what, a) => {
  const l = cholesky(a);
  await expectBackwardError(what, a, matmul(l, l, { transposeB: true }));
};

type Matrices = (n: number, kinds: readonly string[], precision: number) => readonly HardMatrix[];

async function checkAll(name: string, n: number, check: Check, matrices: Matrices): Promise<void> {
  const kinds = n === LARGE ? LARGE_KINDS : HARD_KINDS;
  for (const dtype of n === LARGE ? (["float64"] as const) : (["float64", "float32"] as const))
    for (const { name: kind, values } of matrices(n, kinds, PRECISION[dtype]))
      await check(`${name}, ${kind}, ${dtype}, n = ${n}`, device.tensor(values, [n, n], dtype));
}

describe("backward errors are at most 10 n ε, whatever the matrix", () => {
  for (const [name, check] of Object.entries(general))
    it(`of ${name}`, async () => {
      for (const n of SIZES) await checkAll(name, n, check, hardMatrices);
    });
  it("of eigenSymmetric", async () => {
    for (const n of SIZES) await checkAll("eigenSymmetric", n, symmetric, hardSymmetricMatrices);
  });
  it("of cholesky", async () => {
    for (const n of SIZES) await checkAll("cholesky", n, positive, hardPositiveMatrices);
  });

  it(`at n = ${LARGE}`, async () => {
    for (const [name, check] of Object.entries(general)) await checkAll(name, LARGE, check, hardMatrices);
    await checkAll("eigenSymmetric", LARGE, symmetric, hardSymmetricMatrices);
    await checkAll("cholesky", LARGE, positive, hardPositiveMatrices);
  });
});
