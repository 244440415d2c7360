import { grad, key, openDevice, relu, silu, sum, type Tensor } from "@ansatz/tensor";
import { mlp } from "@ansatz/tensor/layers";
import { describe, expect, it } from "vitest";
import { gradientField } from "./gradient-field.ts";
import { multiMarginalBridge } from "./index.ts";
import { populationSnapshots } from "./population-data.ts";
import { linearSpring } from "./reference-family.ts";

describe("a gradient field", () => {
  for (const activation of ["silu", "relu"] as const)
    it(`is the gradient of its network, ${activation}`, async () => {
      await using device = await openDevice("cpu", { threads: 1 });
      const family = gradientField(3, { hidden: [7, 5], activation, key: key(4) });
      const theta = Float64Array.from(family.initialParameters);
      expect(family.parameterNames.length).toBe(theta.length);
      const network = mlp([3, 7, 5, 1], { activation: activation === "silu" ? silu : relu });
      const cut = (from: number, shape: number[]) =>
        device.tensor(theta.slice(from, from + shape.reduce((a, b) => a * b)), shape, "float64");
      const parameters = [
        { weights: cut(0, [7, 3]), bias: cut(21, [7]) },
        { weights: cut(28, [5, 7]), bias: cut(63, [5]) },
        { weights: cut(68, [1, 5]), bias: cut(73, [1]) },
      ];
      const states = Float64Array.of(0.3, -1, 2, 1.5, 0.2, -0.7);
      using x = device.tensor(states, [2, 3], "float64");
      using expected = grad((points: Tensor) => sum(network.apply(parameters, points)))(x);
      const values = await expected.data();
      const into = new Float64Array(3);
      for (const row of [0, 1]) {
        family.drift(states.subarray(3 * row, 3 * row + 3), 0, theta, into);
        for (const i of [0, 1, 2]) expect(Math.abs(into[i] - values[3 * row + i])).toBeLessThan(1e-13);
      }
    });

  it("learns the pull of a spring from snapshots, by both solvers", async () => {
    const times = [0, 0.5, 1];
    const diffusion = 0.3;
    const spring = { reference: linearSpring(1), parameters: [2, 0], diffusion, start: [[1], [2]] as const };
    const snapshots = await populationSnapshots({ ...spring, times, count: 40, key: key(5) });
    const reference = gradientField(1, { hidden: [12], key: key(1) });
    for (const solver of ["transition-kernel", "proportional-fitting"] as const) {
      const { parameters, history, reason } = await multiMarginalBridge(
        { snapshots, times, diffusion, reference },
        {
          solver,
          stepSize: 0.1,
          outerIterations: 2,
          fit: { method: "adam", epochs: 120 },
          proportionalFitting: { sweeps: 3, paths: 100 },
        },
      );
      expect(reason).toBe("iteration-limit");
      const into = new Float64Array(1);
      // Where there are particles; chains of Δ = 0.1 relax as e^(−κΔ) = 1 − κ'Δ.
      for (const x of [0.5, 1, 1.5]) {
        reference.drift(Float64Array.of(x), 0, parameters, into);
        expect(Math.abs(into[0] + ((1 - Math.exp(-0.2)) / 0.1) * x), `${solver} at ${x}`).toBeLessThan(0.35);
      }
      expect(history[1].mismatch).toBeLessThan(1.1 * history[0].mismatch);
      expect(history[1].conditionNumber).toBeNaN();
    }
  });

  it("refuses extents and fits that it cannot have", async () => {
    expect(() => gradientField(0)).toThrow("inputs");
    expect(() => gradientField(1, { activation: "tanh" as never })).toThrow("activation");
    const problem = {
      snapshots: [[[0]], [[1]]],
      times: [0, 1],
      diffusion: 1,
      reference: gradientField(1, { hidden: [2] }),
    };
    await expect(
      multiMarginalBridge(problem, { stepSize: 0.5, outerIterations: 1, fit: { method: "least-squares" } }),
    ).rejects.toThrow("options.fit.method");
  });
});
