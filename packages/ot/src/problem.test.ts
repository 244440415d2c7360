import { InvalidInputError, openDevice } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { checkProblem, type TransportProblem, type ZeroMass } from "./problem.ts";

const GOOD: TransportProblem = {
  costMatrix: [
    [0, 1, 2],
    [1, 0, 3],
  ],
  rowMarginal: [0.5, 0.5],
  columnMarginal: [0.25, 0.25, 0.5],
  regularization: 0.1,
};

function refuses(change: object, argument: string, message: RegExp, zeroMass: ZeroMass = "error") {
  return expect(checkProblem({ ...GOOD, ...change }, zeroMass)).rejects.toThrow(
    expect.objectContaining({ name: InvalidInputError.name, argument, message: expect.stringMatching(message) }),
  );
}

describe("checkProblem", () => {
  it("names the mass at fault, by its index", async () => {
    await refuses({ rowMarginal: [0.6, -0.1] }, "rowMarginal[1]", /positive mass.*got -0\.1/);
    await refuses({ columnMarginal: [0.5, 0, 0.5] }, "columnMarginal[1]", /zeroMass: "remove"/);
    await refuses({ columnMarginal: [0.5, Number.NaN, 0.5] }, "columnMarginal[1]", /NaN/);
    await refuses({ columnMarginal: [0.5, Number.POSITIVE_INFINITY, 0.5] }, "columnMarginal[1]", /Infinity/);
  });

  it("refuses marginals that do not sum to 1, or not to the same", async () => {
    await refuses({ rowMarginal: [0.5, 0.6] }, "rowMarginal", /sum to 1.*1\.1/);
    await refuses({ columnMarginal: [0.25, 0.25, 0.5 + 3e-9] }, "columnMarginal", /sum to 1 within 1e-9/);
  });

  it("names the cost at fault, by row and column", async () => {
    const costMatrix = [
      [0, 1, 2],
      [1, Number.NaN, 3],
    ];
    await refuses({ costMatrix }, "costMatrix[1][1]", /finite number.*NaN/);
    costMatrix[1][1] = Number.NEGATIVE_INFINITY;
    await refuses({ costMatrix }, "costMatrix[1][1]", /-Infinity/);
  });

  it("refuses shapes that do not fit", async () => {
    await refuses({ rowMarginal: [0.5, 0.25, 0.25] }, "rowMarginal", /2 masses, one per row/);
    await refuses({ columnMarginal: [0.5, 0.5] }, "columnMarginal", /3 masses, one per column/);
    await refuses({ costMatrix: [[0, 1, 2], [1]] }, "costMatrix[1]", /3 numbers/);
    await refuses({ costMatrix: [] }, "costMatrix", /at least one row/);
    await refuses({ costMatrix: { data: new Float64Array(5), shape: [2, 3] } }, "costMatrix", /6 numbers.*5/);
    await refuses({ costMatrix: "none" }, "costMatrix", /a tensor, an array of rows/);
    await using device = await openDevice("cpu", { threads: 1 });
    await refuses({ costMatrix: device.zeros([6], "float64") }, "costMatrix", /shape \[m, n\]/);
    await refuses({ costMatrix: device.zeros([2, 3], "int32") }, "costMatrix", /float32 or float64/);
  });

  it("refuses a regularization that is not a positive number or too small for the costs", async () => {
    for (const regularization of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1"])
      await refuses({ regularization }, "regularization", /positive number/);
    await refuses({ regularization: 1e-308 * 3e-1 }, "regularization", /positive number|divided by/);
  });

  it("takes the same problem as arrays, typed arrays and tensors", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const data = Float32Array.of(0, 1, 2, 1, 0, 3);
    const plain = await checkProblem(GOOD, "error");
    const typed = await checkProblem({ ...GOOD, costMatrix: { data, shape: [2, 3] } }, "error");
    const tensors = await checkProblem(
      { ...GOOD, costMatrix: device.tensor(data, [2, 3]), rowMarginal: device.tensor([0.5, 0.5]) },
      "error",
    );
    for (const { cost, marginals, rows, columns } of [plain, typed, tensors]) {
      expect([...cost]).toEqual([0, 1, 2, 1, 0, 3]);
      expect([...marginals]).toEqual([0.5, 0.5, 0.25, 0.25, 0.5]);
      expect([rows, columns]).toEqual([2, 3]);
    }
  });

  it("accepts float32 masses whose rounding moves the sum, and scales both marginals to sum to the same", async () => {
    const third = Float32Array.of(1 / 3, 1 / 3, 1 / 3);
    expect(third.reduce((a, b) => a + b)).not.toBe(1);
    const { marginals, rows } = await checkProblem({ ...GOOD, columnMarginal: third }, "error");
    expect(marginals.slice(rows).reduce((a, b) => a + b)).toBeCloseTo(1, 15);
  });

  it("leaves forbidden pairs out of the range of the costs", async () => {
    const range = async (costMatrix: number[][]) => (await checkProblem({ ...GOOD, costMatrix }, "error")).costRange;
    expect(
      await range([
        [0, 1, 2],
        [1, 0, 3],
      ]),
    ).toBe(3);
    expect(
      await range([
        [-1, 1, 2],
        [1, 0, 1e9],
      ]),
    ).toBe(3);
    // Where most costs are alike, none is that of a forbidden pair.
    expect(
      await range([
        [0, 0, 0],
        [0, 0, 1e9],
      ]),
    ).toBe(1e9);
  });

  it("leaves out rows and columns without mass when told to", async () => {
    const columnMarginal = [0.5, 0, 0.5];
    const checked = await checkProblem({ ...GOOD, columnMarginal }, "remove");
    expect([...checked.cost]).toEqual([0, 2, 1, 3]);
    expect([...checked.keptColumns]).toEqual([0, 2]);
    await refuses({ columnMarginal: [0.5, -0.5, 1] }, "columnMarginal[1]", /positive mass/, "remove");
  });
});
