import { add, cast, type Device, isComplex, matmul, multiply, openDevice, subtract, type Tensor } from "@ansatz/tensor";
import { caseRandom } from "@ansatz/tensor/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cholesky, eigenSymmetric, lu, pivotedQr, qr, svd } from "./index.ts";
import {
  adjoint,
  adjointTimes,
  castLike,
  diagonalMatrix,
  hermitianPart,
  identity,
  permuteRows,
  timesAdjoint,
  transposed,
} from "./matrix-parts.ts";
import type { MatrixDType } from "./matrix-shape.ts";
import {
  HARD_KINDS,
  type HardMatrix,
  hardMatrices,
  hardPositiveMatrices,
  hardSymmetricMatrices,
} from "./testing/hard-matrices.ts";

const PRECISION: Readonly<Record<MatrixDType, number>> = {
  float64: 2 ** -52,
  float32: 2 ** -23,
  complex128: 2 ** -52,
  complex64: 2 ** -23,
};

/** Sizes: within one block, over several, odd; the large one for float64 only. */
const SIZES = [1, 2, 3, 31, 100];
const COMPLEX_SIZES = [1, 2, 3, 31, 70];
const LARGE = 512;
const LARGE_KINDS = ["random", "graded", "rank deficient", "Hilbert"];
const LARGE_COMPLEX_KINDS = ["random", "rank deficient"];

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
  const bound = 10 * n * PRECISION[a.dtype as MatrixDType] * (await frobenius(a));
  expect(error, `${what}: ‖A − product‖ = ${error}, allowed ${bound}`).toBeLessThanOrEqual(bound);
}

/** Asserts ‖QᴴQ − I‖ ≤ 10 n ε. */
async function expectOrthonormal(what: string, q: Tensor): Promise<void> {
  const [rows, columns] = q.shape.slice(-2);
  const error = await frobenius(subtract(adjointTimes(q, q), identity(q, columns)));
  const bound = 10 * rows * PRECISION[q.dtype as MatrixDType];
  expect(error, `${what}: ‖QᴴQ − I‖ = ${error}, allowed ${bound}`).toBeLessThanOrEqual(bound);
}

type Check = (what: string, a: Tensor) => Promise<void>;

const general: Readonly<Record<string, Check>> = {
  async lu(what, a) {
    const { lower, upper, permutation } = lu(a);
    await expectBackwardError(what, permuteRows(a, permutation), matmul(lower, upper));
    const values = Array.from(await lower.data());
    // Pivots of complex matrices are the largest by |Re| + |Im|; quotients are rounded.
    const most = isComplex(a.dtype) ? Math.SQRT2 * (1 + 4 * PRECISION[a.dtype]) : 1;
    expect(
      values.every((value) => Math.abs(value) <= most),
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
    await expectBackwardError(what, a, matmul(matmul(u, castLike(diagonalMatrix(s), u)), vt));
    await expectOrthonormal(what, u);
    await expectOrthonormal(what, adjoint(vt));
    const values = await s.data();
    expect(
      values.every((value, k) => value >= 0 && (k === 0 || value <= values[k - 1])),
      `${what}: order`,
    ).toBe(true);
  },
};

const symmetric: Check = async (what, a) => {
  const { values, vectors } = eigenSymmetric(a);
  const scaled = matmul(vectors, castLike(diagonalMatrix(values), vectors));
  await expectBackwardError(what, a, timesAdjoint(scaled, vectors));
  await expectOrthonormal(what, vectors);
};

const positive: Check = async (what, a) => {
  const l = cholesky(a);
  await expectBackwardError(what, a, timesAdjoint(l, l));
};

type Matrices = (n: number, kinds: readonly string[], precision: number) => readonly HardMatrix[];

async function checkAll(name: string, n: number, check: Check, matrices: Matrices): Promise<void> {
  const kinds = n === LARGE ? LARGE_KINDS : HARD_KINDS;
  for (const dtype of n === LARGE ? (["float64"] as const) : (["float64", "float32"] as const))
    for (const { name: kind, values } of matrices(n, kinds, PRECISION[dtype]))
      await check(`${name}, ${kind}, ${dtype}, n = ${n}`, device.tensor(values, [n, n], dtype));
}

/** Each kind of matrix times complex noise, and then made what a factorisation wants. */
async function checkComplex(
  name: string,
  n: number,
  check: Check,
  made: (a: Tensor) => Tensor = (a) => a,
): Promise<void> {
  const kinds = n === LARGE ? LARGE_COMPLEX_KINDS : HARD_KINDS;
  for (const dtype of n === LARGE ? (["complex128"] as const) : (["complex128", "complex64"] as const)) {
    const { data } = caseRandom(n).array([n, n], dtype, { scale: 1 / Math.sqrt(n) });
    const noise = device.tensor(data as Float64Array<ArrayBuffer>, [n, n], dtype);
    for (const { name: kind, values } of hardMatrices(n, kinds)) {
      const real = device.tensor(values, [n, n], dtype === "complex64" ? "float32" : "float64");
      await check(`${name}, ${kind}, ${dtype}, n = ${n}`, made(matmul(cast(real, dtype), noise)));
    }
  }
}

/** A Aᴴ, and what keeps the smallest eigenvalue above rounding errors. */
async function positivePart(a: Tensor): Promise<Tensor> {
  const [n] = a.shape;
  const square = timesAdjoint(a, a);
  const shift = ((await frobenius(square)) || 1) * 100 * n * PRECISION[a.dtype as MatrixDType];
  return add(square, multiply(identity(a, n), shift));
}

const complexPositive: Check = async (what, a) => positive(what, await positivePart(a));

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

  for (const [name, check] of Object.entries(general))
    it(`of ${name} of complex matrices`, async () => {
      for (const n of COMPLEX_SIZES) await checkComplex(name, n, check);
    });
  it("of eigenSymmetric of Hermitian matrices", async () => {
    for (const n of COMPLEX_SIZES) await checkComplex("eigenSymmetric", n, symmetric, hermitianPart);
  });
  it("of cholesky of Hermitian matrices", async () => {
    for (const n of COMPLEX_SIZES) await checkComplex("cholesky", n, complexPositive);
  });

  it(`at n = ${LARGE}`, async () => {
    for (const [name, check] of Object.entries(general)) await checkAll(name, LARGE, check, hardMatrices);
    await checkAll("eigenSymmetric", LARGE, symmetric, hardSymmetricMatrices);
    await checkAll("cholesky", LARGE, positive, hardPositiveMatrices);
  });

  it(`at n = ${LARGE}, of complex matrices`, async () => {
    for (const [name, check] of Object.entries(general)) await checkComplex(name, LARGE, check);
    await checkComplex("eigenSymmetric", LARGE, symmetric, hermitianPart);
    await checkComplex("cholesky", LARGE, complexPositive);
  });
});
