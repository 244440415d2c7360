import { type Device, InvalidInputError, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  gridLaplacian,
  jacobiPreconditioner,
  type Preconditioner,
  SparseOperator,
  sorPreconditioner,
  ssorPreconditioner,
  stationaryIteration,
} from "../index.ts";

const EDGE = 15;
const matrix = gridLaplacian([EDGE, EDGE]);

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

/** By what residuals shrink per iteration in the end. */
async function rateWith(preconditioner: Preconditioner, iterations: number): Promise<number> {
  using operator = SparseOperator.from(matrix, { device });
  using b = device.tensor(Float64Array.from({ length: EDGE ** 2 }, (_, k) => Math.sin(1 + k * k)));
  const { x, residuals } = await stationaryIteration(operator, b, {
    preconditioner,
    maximumIterations: iterations,
    tolerance: 0,
  });
  x.dispose();
  // The geometric mean over a stretch: eigenvalues of equal size, of either sign or complex, make single ratios oscillate.
  const from = residuals.length - 41;
  return (residuals[from + 40] / residuals[from]) ** (1 / 40);
}

describe("stationaryIteration", () => {
  // Young, "Iterative methods for solving partial difference equations of elliptic type" (1954).
  const jacobi = Math.cos(Math.PI / (EDGE + 1));
  const best = 2 / (1 + Math.sqrt(1 - jacobi ** 2));

  it("converges with Jacobi's splitting by cos π h", async () => {
    using diagonal = device.full([EDGE ** 2], 4, "float64");
    expect(await rateWith(jacobiPreconditioner(diagonal), 240)).toBeCloseTo(jacobi, 4);
  });

  it("converges twice as fast with Gauss and Seidel's", async () => {
    using sweep = sorPreconditioner(matrix, 1, { device });
    expect(await rateWith(sweep, 240)).toBeCloseTo(jacobi ** 2, 3);
  });

  it("converges by ω − 1 with over-relaxation beyond the best ω, where all eigenvalues have that size", async () => {
    const relaxation = best + 0.1;
    using sweep = sorPreconditioner(matrix, relaxation, { device });
    expect(await rateWith(sweep, 120)).toBeCloseTo(relaxation - 1, 1);
  });

  it("solves with the symmetric form, and counts iterations", async () => {
    using sweep = ssorPreconditioner(matrix, best, { device });
    using operator = SparseOperator.from(matrix, { device });
    using b = device.full([EDGE ** 2], 1, "float64");
    const { x, reason, residual, residuals, iterations } = await stationaryIteration(operator, b, {
      preconditioner: sweep,
    });
    x.dispose();
    expect(reason).toBe("converged");
    expect(residual).toBeLessThanOrEqual(1e-10);
    expect(residuals).toHaveLength(iterations + 1);
  });

  it("says when it diverges, and can be aborted", async () => {
    using operator = SparseOperator.from(matrix, { device });
    using b = device.full([EDGE ** 2], 1, "float64");
    // Without a preconditioner, I − A has eigenvalues down to −7.
    const diverged = await stationaryIteration(operator, b);
    diverged.x.dispose();
    expect(diverged.reason).toBe("breakdown");
    const aborted = await stationaryIteration(operator, b, { signal: AbortSignal.abort() });
    aborted.x.dispose();
    expect(aborted.reason).toBe("aborted");
  });

  it("refuses relaxations that cannot converge", () => {
    for (const relaxation of [0, 2, Number.NaN])
      expect(() => sorPreconditioner(matrix, relaxation, { device })).toThrow(InvalidInputError);
  });
});
