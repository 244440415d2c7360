import { type Device, openDevice } from "@ansatz/tensor";
import { caseRandom } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { choleskySolve } from "../dense-newton/cholesky.ts";
import { DeviceProblem } from "../device-problem.ts";
import { type FixtureProblem, randomTransport } from "../fixtures/problems.ts";
import { planThresholdKernel } from "../kernels/plan-threshold/index.ts";
import { sparsifyKernel } from "../kernels/sparsify-plan/index.ts";
import { checkProblem } from "../problem.ts";

const ROWS = 9;
const COLUMNS = 12;
const REGULARIZATION = 0.1;

let device: Device;
let problem: FixtureProblem;
let on: DeviceProblem;
let potentials: Float64Array;

beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
  problem = await randomTransport(ROWS, COLUMNS, 11);
  on = new DeviceProblem(
    device,
    "float64",
    await checkProblem({ ...problem, regularization: REGULARIZATION }, "error"),
  );
  // Near enough to the solution that no entry of the plan is negligible.
  const swept = await on.sweep(new Float64Array(ROWS + COLUMNS), REGULARIZATION, 2);
  const noise = caseRandom(1).array([ROWS + COLUMNS], "float64", { scale: 0.02 });
  potentials = swept.potentials.map((value, index) => value + noise.data[index]);
});
afterAll(async () => {
  on[Symbol.dispose]();
  await device.dispose();
});

const shifted = (index: number, step: number) => potentials.map((value, at) => (at === index ? value + step : value));

/** The whole or sparsified M = [[D₁, S], [Sᵀ, D₂]] / ε, row-major. */
function hessian(sums: Float64Array, block: (row: number, column: number) => number): Float64Array {
  const size = ROWS + COLUMNS;
  const matrix = new Float64Array(size * size);
  for (let index = 0; index < size; index++) matrix[index * size + index] = sums[index] / REGULARIZATION;
  for (let row = 0; row < ROWS; row++)
    for (let column = 0; column < COLUMNS; column++) {
      const value = block(row, column) / REGULARIZATION;
      matrix[row * size + ROWS + column] = value;
      matrix[(ROWS + column) * size + row] = value;
    }
  return matrix;
}

describe("the entropic dual", () => {
  it("has the gradient that finite differences show", async () => {
    const { gradient } = await on.evaluate(potentials, REGULARIZATION);
    const step = 1e-5;
    for (let index = 0; index < potentials.length; index++) {
      const above = await on.evaluate(shifted(index, step), REGULARIZATION);
      const below = await on.evaluate(shifted(index, -step), REGULARIZATION);
      // Central differences are off by step² · (third derivative 1/ε² times a mass of 0.1) = 10⁻⁹, and by rounding / step = 10⁻¹¹.
      expect(Math.abs((above.dualObjective - below.dualObjective) / (2 * step) - gradient[index])).toBeLessThan(1e-6);
    }
  });

  it("has minus the Hessian [[D₁, P], [Pᵀ, D₂]] / ε that finite differences show", async () => {
    const { sums } = await on.evaluate(potentials, REGULARIZATION);
    const plan = (row: number, column: number) => {
      const exponent = potentials[row] + potentials[ROWS + column] - problem.costMatrix.data[row * COLUMNS + column];
      return Math.exp(exponent / REGULARIZATION - 1);
    };
    const expected = hessian(sums, plan);
    const size = ROWS + COLUMNS;
    const step = 1e-5;
    for (let index = 0; index < size; index++) {
      const above = await on.evaluate(shifted(index, step), REGULARIZATION);
      const below = await on.evaluate(shifted(index, -step), REGULARIZATION);
      for (let other = 0; other < size; other++) {
        const difference = -(above.gradient[other] - below.gradient[other]) / (2 * step);
        expect(Math.abs(difference - expected[other * size + index])).toBeLessThan(1e-6);
      }
    }
  });

  it("does not change along the gauge", async () => {
    const before = await on.evaluate(potentials, REGULARIZATION);
    const moved = potentials.map((value, index) => value + (index < ROWS ? 0.5 : -0.5));
    const after = await on.evaluate(moved, REGULARIZATION);
    expect(Math.abs(after.dualObjective - before.dualObjective)).toBeLessThanOrEqual(1e-13);
    expect(Math.abs(after.mass - before.mass)).toBeLessThanOrEqual(1e-12);
  });
});

it("keeps the sparsified Hessian positive semidefinite, whatever share of the plan it keeps", async () => {
  const random = caseRandom(2);
  const { sums } = await on.evaluate(potentials, REGULARIZATION);
  const entries = ROWS * COLUMNS;
  for (let repetition = 0; repetition < 20; repetition++) {
    const count = random.integer(1, entries);
    const [offsets, indices, values] = await sparsePlanOnDevice(count);
    const block = new Float64Array(entries);
    for (let row = 0; row < ROWS; row++)
      for (let entry = offsets[row]; entry < offsets[row + 1]; entry++)
        block[row * COLUMNS + indices[entry]] = values[entry];
    expect(block.filter((value) => value > 0).length).toBe(count);
    const matrix = hessian(sums, (row, column) => block[row * COLUMNS + column]);
    // Semidefinite: positive definite after the smallest shift that rounding leaves meaning to.
    const size = ROWS + COLUMNS;
    const largest = sums.reduce((a, b) => Math.max(a, b), 0) / REGULARIZATION;
    for (let index = 0; index < size; index++) matrix[index * size + index] += 1e-13 * largest;
    expect(choleskySolve(matrix, new Float64Array(size))).toBe(true);
  }
});

async function sparsePlanOnDevice(count: number): Promise<readonly ArrayLike<number>[]> {
  const options = { regularization: REGULARIZATION };
  const outputs = device.scope(() => {
    const plan = [
      device.tensor(problem.costMatrix.data as Float64Array<ArrayBuffer>, [ROWS, COLUMNS]),
      device.tensor(potentials as Float64Array<ArrayBuffer>, [1, ROWS + COLUMNS]),
    ];
    const bound = planThresholdKernel.run(plan, { ...options, count });
    return sparsifyKernel.run([...plan, ...bound], { ...options, capacity: count });
  });
  const read = await Promise.all(outputs.map((output) => output.data()));
  for (const output of outputs) output.dispose();
  return read as ArrayLike<number>[];
}
