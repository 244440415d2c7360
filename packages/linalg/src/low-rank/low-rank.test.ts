import { cast, type Device, key, matmul, multiply, openDevice, subtract, type Tensor } from "@ansatz/tensor";
import { caseRandom, expectAllClose, testDerivatives } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { separatedValues } from "../kernels/svd/cases.ts";
import { singularValues } from "../kernels/svd/index.ts";
import { adjoint } from "../matrix-parts.ts";
import { conditionNumber, estimateCondition } from "../solve/condition.ts";
import { hardMatrices } from "../testing/hard-matrices.ts";
import { pseudoInverse } from "./pseudo-inverse.ts";
import { randomizedSvd } from "./randomized-svd.ts";

await testDerivatives("pseudoInverse", (a) => pseudoInverse(a), [separatedValues(caseRandom(31), [4, 3], "float64")], {
  devices: [],
});

describe("low rank", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());
  const hard = (n: number, kind: string) => device.tensor(hardMatrices(n, [kind])[0].values, [n, n]);

  it("randomizedSvd recovers a matrix of that rank to rounding", async () => {
    const a = hard(60, "rank deficient");
    const { u, s, vt } = randomizedSvd(a, 20, { key: key(1) });
    const product = matmul(multiply(u, s.reshape([1, 20])), vt);
    const scale = (await s.data())[0];
    expectAllClose(await product.data(), await a.data(), { relative: 0, absolute: 1e-13 * scale });
  });

  it("randomizedSvd stays below the expected error of the theory", async () => {
    const a = hard(80, "random");
    const all = await singularValues(a).data();
    for (const powerIterations of [0, 1, 2]) {
      const { u, s, vt } = randomizedSvd(a, 10, { key: key(2), powerIterations });
      const rest = subtract(a, matmul(multiply(u, s.reshape([1, 10])), vt));
      const [error] = await singularValues(rest).data();
      expect(error).toBeGreaterThanOrEqual(all[10] * (1 - 1e-12));
      expect(error).toBeLessThanOrEqual((1 + 4 * Math.sqrt((2 * 80) / 9)) ** (1 / (2 * powerIterations + 1)) * all[10]);
    }
  });

  it("pseudoInverse meets the four Penrose conditions, at any rank", async () => {
    for (const kind of ["random", "rank deficient", "zero"]) {
      const a = hard(12, kind);
      const x = pseudoInverse(a);
      const close = async (one: ReturnType<typeof matmul>, other: ReturnType<typeof matmul>) =>
        expectAllClose(await one.data(), await other.data(), { relative: 1e-11, absolute: 1e-11 }, kind);
      const [ax, xa] = [matmul(a, x), matmul(x, a)];
      await close(matmul(ax, a), a as ReturnType<typeof matmul>);
      await close(matmul(xa, x), x as ReturnType<typeof matmul>);
      await close(matmul(ax, ax, { transposeA: true }), ax);
      await close(matmul(xa, xa, { transposeA: true }), xa);
    }
  });

  it("pseudoInverse meets them for complex matrices, and randomizedSvd recovers one of low rank", async () => {
    const { data } = caseRandom(5).array([12, 12], "complex128");
    const noise = device.tensor(data as Float64Array<ArrayBuffer>, [12, 12], "complex128");
    const a = matmul(cast(hard(12, "rank deficient"), "complex128"), noise);
    const x = pseudoInverse(a);
    const close = async (one: Tensor, other: Tensor) =>
      expectAllClose(await one.data(), await other.data(), { relative: 1e-10, absolute: 1e-10 });
    const [ax, xa] = [matmul(a, x), matmul(x, a)];
    await close(matmul(ax, a), a);
    await close(matmul(xa, x), x);
    await close(adjoint(ax), ax);
    await close(adjoint(xa), xa);
    const { u, s, vt } = randomizedSvd(a, 4, { key: key(1) });
    await close(matmul(multiply(u, cast(s.reshape([1, 4]), "complex128")), vt), a);
  });

  it("knows the condition of a diagonal matrix, and that of singular ones is infinite", async () => {
    const a = device.tensor(Float64Array.of(8, 0, 0, 2, 1, 0, 0, 0), [2, 2, 2]);
    expectAllClose(await conditionNumber(a).data(), [4, Number.POSITIVE_INFINITY], { relative: 1e-15, absolute: 0 });
    expect(await estimateCondition(device.tensor(Float64Array.of(1, 2, 2, 4), [2, 2]))).toBe(Number.POSITIVE_INFINITY);
  });

  it("estimates the 1-norm condition of the Hilbert matrix, which is known", async () => {
    // 943 656 for n = 5; the exact number is the product of integer norms of the matrix and of its inverse.
    expect(await estimateCondition(hard(5, "Hilbert"))).toBeCloseTo(943656, 0);
    const random = hard(50, "random");
    const estimate = await estimateCondition(random);
    const two = await conditionNumber(random).item();
    // Norms differ by at most a factor of n in all, and the estimate is rarely off by 3.
    expect(estimate).toBeGreaterThan(two / 50 / 3);
    expect(estimate).toBeLessThan(two * 50);
  });

  it("frees what it made", async () => {
    const a = hard(5, "random");
    const before = device.memory().tensors;
    await estimateCondition(a);
    const { u, s, vt } = randomizedSvd(a, 2, { key: key(3) });
    for (const tensor of [u, s, vt, pseudoInverse(a), conditionNumber(a)]) tensor.dispose();
    expect(device.memory().tensors).toBe(before);
  });

  it("refuses ranks, counts and tolerances out of range, naming them", () => {
    const a = device.zeros([3, 2], "float64");
    expect(() => randomizedSvd(a, 3, { key: key(1) })).toThrow("rank: expected an integer from 1 to 2");
    expect(() => randomizedSvd(a, 1, { key: key(1), oversampling: -1 })).toThrow("oversampling");
    expect(() => pseudoInverse(a, { rankTolerance: Number.NaN })).toThrow("rankTolerance");
    expect(() => conditionNumber(device.zeros([0, 2], "float64"))).toThrow("at least one row");
  });
});
