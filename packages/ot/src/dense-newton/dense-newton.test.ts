import { InvalidInputError } from "@ansatz/tensor";
import { caseRandom } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { randomAssignment, randomTransport } from "../fixtures/problems.ts";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import { choleskySolve } from "./cholesky.ts";
import { denseNewton } from "./index.ts";

describe("denseNewton", () => {
  it("takes the steps that sinkhornNewton takes when it keeps all entries", async () => {
    const problem = { ...(await randomTransport(40, 33, 1)), regularization: 0.01 };
    const dense = await denseNewton(problem);
    const sparse = await sinkhornNewton(problem, { sparsity: { fraction: 1 } });
    expect(Math.abs(dense.iterations.newtonSteps - sparse.iterations.newtonSteps)).toBeLessThanOrEqual(1);
    expect(Math.abs(dense.transportCost - sparse.transportCost)).toBeLessThanOrEqual(1e-13);
  });

  it("converges quadratically", async () => {
    const problem = { ...(await randomTransport(40, 33, 1)), regularization: 0.01 };
    const { history } = await denseNewton(problem);
    const errors = history.filter(({ kind }) => kind === "newton").map(({ error }) => error);
    const last = errors.findIndex((error) => error < 1e-13);
    expect(last).toBeGreaterThan(0);
    expect(errors[last]).toBeLessThanOrEqual(Math.max(100 * errors[last - 1] ** 2, 1e-14));
  });

  it("refuses problems with more than 500 rows or columns, and bad limits", async () => {
    const large = { ...(await randomAssignment(501, 2)), regularization: 1 };
    await expect(denseNewton(large)).rejects.toThrow(
      expect.objectContaining({ name: InvalidInputError.name, argument: "costMatrix" }),
    );
    const small = { ...(await randomAssignment(2, 2)), regularization: 1 };
    await expect(denseNewton(small, { warmUpSweeps: -1 })).rejects.toThrow(InvalidInputError);
    await expect(denseNewton(small, { maximumNewtonSteps: 0.5 })).rejects.toThrow(InvalidInputError);
  });
});

describe("choleskySolve", () => {
  it("solves random positive definite systems", () => {
    const random = caseRandom(3);
    for (const size of [1, 2, 7, 30]) {
      const factor = random.array([size, size], "float64").data as Float64Array;
      const matrix = new Float64Array(size * size);
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) {
          let sum = i === j ? size : 0;
          for (let k = 0; k < size; k++) sum += factor[i * size + k] * factor[j * size + k];
          matrix[i * size + j] = sum;
        }
      const solution = random.array([size], "float64").data as Float64Array;
      const vector = new Float64Array(size);
      for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) vector[i] += matrix[i * size + j] * solution[j];
      expect(choleskySolve(matrix, vector)).toBe(true);
      // Eigenvalues lie between n and some 5n.
      for (const [index, value] of solution.entries())
        expect(Math.abs(vector[index] - value)).toBeLessThanOrEqual(1e-13);
    }
  });

  it("says when the matrix is not positive definite", () => {
    expect(choleskySolve(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toBe(false);
    expect(choleskySolve(Float64Array.of(Number.NaN), Float64Array.of(1))).toBe(false);
  });
});
