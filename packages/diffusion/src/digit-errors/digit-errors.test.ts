import { type Device, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dpmSolver } from "../dpm-solver/index.ts";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import { momentum } from "../momentum/index.ts";
import { ddim, type Grid, type Solver } from "../sampling/index.ts";
import { type DigitErrors, digitErrors } from "./digit-errors.ts";
import { referenceNoise } from "./reference-noise.ts";

/** The figures of the reference run are for DPM-Solver++(2M) of full order to the end. */
const secondOrderMultistep = dpmSolver({ method: "multistep", lowerOrderFinal: false });

/** DPM-Solver-3 in steps of order 3 alone, where its plan for a budget ends in lower orders. */
const wholeSteps: Solver = {
  ...dpmSolver(),
  plan: ({ schedule, evaluations }) => dpmSolver().plan({ schedule, steps: evaluations! / 3 }),
};

describe("errors on the digit mixture, 64 noises", () => {
  let device: Device;
  let digits: DigitErrors;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
    digits = await digitErrors(device);
  });
  afterAll(async () => {
    digits[Symbol.dispose]();
    await device.dispose();
  });

  const rows: readonly [string, Solver, Record<number, number>, Grid?][] = [
    ["DDIM, even in λ", ddim(), { 5: 0.1505, 10: 0.1094, 15: 0.104 }],
    ["tAB-DEIS 3", exponentialIntegrator(), { 5: 0.1158, 10: 0.0618, 15: 0.0232 }],
    ["DPM-Solver++(2M)", secondOrderMultistep, { 5: 0.1266, 8: 0.1005, 10: 0.0827, 15: 0.06, 20: 0.0407 }],
    ["DPM-Solver-2", dpmSolver({ order: 2 }), { 10: 0.1275, 20: 0.0292 }],
    ["DPM-Solver-3 in whole steps", wholeSteps, { 9: 0.104, 18: 0.0445 }],
    [
      "DPM-Solver++(3M)",
      dpmSolver({ method: "multistep", order: 3, lowerOrderFinal: false }),
      { 10: 0.0589, 20: 0.0257 },
    ],
    ["GHVB 3.9, even in √time", momentum({ number: 3.9 }), { 8: 0.0504, 10: 0.0285, 20: 0.0034 }, "time-quadratic"],
    ["iPNDM, even in time", exponentialIntegrator({ kind: "ipndm" }), { 8: 0.1114, 10: 0.1065, 20: 0.0606 }],
  ];

  it.each(rows)("are the reference run's for %s", async (_, solver, expected, grid) => {
    for (const [evaluations, error] of Object.entries(expected))
      expect(Math.abs((await digits.error(solver, Number(evaluations), grid)) - error)).toBeLessThan(6e-5);
  });

  it("begin from NumPy's numbers", () => {
    const values = referenceNoise();
    expect(values).toHaveLength(4096);
    for (const [index, expected] of [1.78862847, 0.43650985, 0.09649747].entries())
      expect(values[index]).toBeCloseTo(expected, 8);
    expect(values[4094]).toBeCloseTo(-0.02397143, 8);
    expect(values[4095]).toBeCloseTo(2.13030918, 8);
  });
});
