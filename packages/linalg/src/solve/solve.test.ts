import { add, cast, matmul, openDevice, type Tensor } from "@ansatz/tensor";
import { caseRandom, expectAllClose, testDerivatives, testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NotPositiveDefiniteError, SingularMatrixError } from "../errors.ts";
import { clearPivots } from "../kernels/lu/cases.ts";
import { wellConditioned } from "../kernels/qr/cases.ts";
import { adjointTimes } from "../matrix-parts.ts";
import { conditionNumber, estimateCondition } from "./condition.ts";
import { factorCholesky, factorLu } from "./factorisations.ts";
import { leastSquares } from "./least-squares.ts";
import { determinant, inverse, signedLogDeterminant, solve } from "./linear-systems.ts";

const random = caseRandom(11);
const webgpu = { devices: ["webgpu"] as const };
const square = clearPivots(random, [4, 4], "float64");
await testDerivatives(
  "solve, one matrix for two right-hand sides",
  solve,
  [square, random.array([2, 4, 2], "float64")],
  webgpu,
);
await testDerivatives("inverse", inverse, [square], { devices: [] });
await testDerivatives("determinant", determinant, [clearPivots(random, [2, 3, 3], "float64")], webgpu);
await testDerivatives("signedLogDeterminant", (a) => signedLogDeterminant(a).logAbsolute, [square], webgpu);
await testDerivatives(
  "leastSquares",
  leastSquares,
  [wellConditioned(random, [5, 3], "float64"), random.array([5, 2], "float64")],
  webgpu,
);

const complexSquare = clearPivots(random, [4, 4], "complex128");
await testDerivatives(
  "solve of complex numbers",
  solve,
  [complexSquare, random.array([2, 4, 2], "complex128")],
  webgpu,
);
await testDerivatives("determinant of complex numbers", determinant, [clearPivots(random, [3, 3], "complex128")], {
  devices: [],
});
await testDerivatives(
  "signedLogDeterminant of complex numbers",
  (a) => {
    const { sign, logAbsolute } = signedLogDeterminant(a);
    return add(sign, cast(logAbsolute, "complex128"));
  },
  [complexSquare],
  { devices: [] },
);
await testDerivatives(
  "leastSquares of complex numbers",
  leastSquares,
  [wellConditioned(random, [5, 3], "complex128"), random.array([5, 2], "complex128")],
  { devices: [] },
);

describe("factorisations that are waited for", async () => {
  for (const { label, open } of (await testDevices()).filter(({ label }) => !label.startsWith("tensorflow")))
    it(`solve, and throw what is wrong, on ${label}`, async () => {
      await using device = await open();
      const matrices = (...values: number[]) => device.tensor(Float32Array.from(values), [2, 2, 2]);
      const b = device.tensor(Float32Array.of(2, 1), [2, 1]);
      const close = async (x: Tensor, expected: readonly number[]) =>
        expectAllClose(await x.data(), expected, { relative: 1e-6, absolute: 1e-6 });
      using cholesky = await factorCholesky(matrices(2, 0, 0, 1, 4, 0, 0, 4));
      await close(cholesky.solve(b), [1, 1, 0.5, 0.25]);
      using lu = await factorLu(matrices(0, 1, 2, 0, 4, 0, 0, 4));
      await close(lu.solve(b), [0.5, 2, 0.5, 0.25]);
      await expect(factorCholesky(matrices(1, 0, 0, 1, 1, 2, 2, 1))).rejects.toMatchObject({ batch: 1, minor: 2 });
      await expect(factorLu(matrices(1, 2, 2, 4, 1, 0, 0, 1))).rejects.toMatchObject({ batch: 0, pivot: 2 });
    });
});

describe("solving", () => {
  let device: Awaited<ReturnType<typeof openDevice>>;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());
  const matrix = (rows: readonly (readonly number[])[]) =>
    device.tensor(Float64Array.from(rows.flat()), [rows.length, rows[0].length]);
  const close = async (x: Tensor, expected: readonly number[]) =>
    expectAllClose(await x.data(), expected, { relative: 1e-14, absolute: 1e-14 });

  it("gives the numbers of a known system, its inverse and its determinant", async () => {
    const a = matrix([
      [0, 2, 1],
      [1, 0, 0],
      [3, 0, 1],
    ]);
    await close(solve(a, matrix([[7], [2], [9]])), [2, 2, 3]);
    await close(inverse(a), [0, 1, 0, 0.5, 1.5, -0.5, 0, -3, 1]);
    await close(determinant(a), [-2]);
    const { sign, logAbsolute } = signedLogDeterminant(a);
    await close(sign, [-1]);
    await close(logAbsolute, [Math.log(2)]);
  });

  it("solves with the transpose of a factorised matrix", async () => {
    const a = matrix([
      [1, 2],
      [3, 5],
    ]);
    using factorisation = await factorLu(a);
    await close(factorisation.solve(matrix([[4], [7]]), { transpose: true }), [1, 1]);
    await close(factorisation.solve(matrix([[3], [8]])), [1, 1]);
    await close(factorisation.logAbsoluteDeterminant(), [0]);
  });

  it("solves with a Cholesky factorisation, and knows the determinant", async () => {
    using factorisation = await factorCholesky(
      matrix([
        [4, 2],
        [2, 3],
      ]),
    );
    await close(factorisation.solve(matrix([[6], [5]])), [1, 1]);
    await close(factorisation.logDeterminant(), [Math.log(8)]);
  });

  it("finds the line of least squares", async () => {
    const a = matrix([
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
    await close(leastSquares(a, matrix([[0], [1], [5]])), [-0.5, 2.5]);
  });

  it("solves with complex matrices, their transposes and adjoints, and knows determinants and conditions", async () => {
    // [[1, i], [2, 1 + i]], whose determinant is 1 − i.
    const a = device.tensor(Float64Array.of(1, 0, 0, 1, 2, 0, 1, 1), [2, 2], "complex128");
    const one = device.tensor(Float64Array.of(1, 0, 0, 1), [2, 1], "complex128");
    await close(matmul(a, solve(a, one)), [1, 0, 0, 1]);
    await close(inverse(a), [0, 1, 0.5, -0.5, -1, -1, 0.5, 0.5]);
    await close(determinant(a), [1, -1]);
    const { sign, logAbsolute } = signedLogDeterminant(a);
    await close(sign, [Math.SQRT1_2, -Math.SQRT1_2]);
    await close(logAbsolute, [Math.log(2) / 2]);
    using factorisation = await factorLu(a);
    await close(matmul(a, factorisation.solve(one, { transpose: true }), { transposeA: true }), [1, 0, 0, 1]);
    await close(adjointTimes(a, factorisation.solve(one, { adjoint: true })), [1, 0, 0, 1]);
    await close(factorisation.logAbsoluteDeterminant(), [Math.log(2) / 2]);
    using cholesky = await factorCholesky(
      device.tensor(Float64Array.of(2, 0, 0, 1, 0, -1, 2, 0), [2, 2], "complex128"),
    );
    // A⁻¹ (1, i) for A = [[2, i], [−i, 2]]: A (1, i) = (1, i).
    await close(cholesky.solve(one), [1, 0, 0, 1]);
    await close(cholesky.logDeterminant(), [Math.log(3)]);
    expect(conditionNumber(a).dtype).toBe("float64");
    // ‖A‖₁ = 3 and ‖A⁻¹‖₁ = 1 + √2.
    expect(await estimateCondition(a)).toBeCloseTo(3 * (1 + Math.SQRT2), 12);
  });

  it("names the minor of a Hermitian matrix that is not positive, and the pivot of a singular complex one", async () => {
    const indefinite = device.tensor(Float64Array.of(1, 0, 0, 0, 0, 2, 1, 0), [2, 2], "complex128");
    await expect(factorCholesky(indefinite)).rejects.toMatchObject({ batch: 0, minor: 2 });
    const singular = device.tensor(Float64Array.of(1, 0, 0, 1, 0, 1, -1, 0), [2, 2], "complex128");
    await expect(factorLu(singular)).rejects.toMatchObject({ batch: 0, pivot: 2 });
    expect(await estimateCondition(singular)).toBe(Number.POSITIVE_INFINITY);
  });

  it("names the matrix and the minor that is not positive, and frees what it made", async () => {
    const a = device.tensor(Float64Array.of(2, 0, 0, 2, 1, 2, 2, 1), [2, 2, 2]);
    const before = device.memory().tensors;
    const failure = await factorCholesky(a).catch((error) => error);
    expect(failure).toBeInstanceOf(NotPositiveDefiniteError);
    expect(failure).toMatchObject({ code: "NOT_POSITIVE_DEFINITE", batch: 1, minor: 2 });
    expect(device.memory().tensors).toBe(before);
  });

  it("names the matrix and the pivot that is zero or not finite, and frees what it made", async () => {
    const a = device.tensor(Float64Array.of(1, 0, 0, 1, 1, 2, 2, 4, Number.NaN, 1, 1, 1), [3, 2, 2]);
    const before = device.memory().tensors;
    const failure = await factorLu(a).catch((error) => error);
    expect(failure).toBeInstanceOf(SingularMatrixError);
    expect(failure).toMatchObject({ code: "SINGULAR_MATRIX", batch: 1, pivot: 2 });
    expect(device.memory().tensors).toBe(before);
    const notFinite = await factorLu(device.tensor(Float64Array.of(Number.NaN, 1, 1, 1), [2, 2])).catch(
      (error) => error,
    );
    expect(notFinite).toMatchObject({ batch: 0, pivot: 1 });
  });

  it("leaves nothing behind but its result", () => {
    const a = matrix([
      [1, 2],
      [3, 5],
    ]);
    const before = device.memory().tensors;
    const results = [solve(a, a), inverse(a), determinant(a), leastSquares(a, a), matmul(a, a)];
    expect(device.memory().tensors).toBe(before + results.length);
  });

  it("refuses shapes and dtypes that do not fit, naming them", () => {
    const a = device.zeros([3, 2], "float64");
    expect(() => solve(a, a)).toThrow("solve: a: expected square matrices");
    expect(() => solve(device.zeros([2, 2], "float64"), a)).toThrow("solve: b: expected 2 rows, as a has");
    expect(() => determinant(device.zeros([2, 2], "int32"))).toThrow("float32, float64 or complex");
    expect(() => leastSquares(device.zeros([2, 3], "float64"), a)).toThrow("at least as many rows as columns");
  });
});
