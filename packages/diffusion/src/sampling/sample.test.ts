import { type Device, key, logSoftmax, openDevice, slice, sum, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dpmSolver } from "../dpm-solver/index.ts";
import { conversion, mixtureModel, type Prediction, SINGLE_GAUSSIAN, THREE_GAUSSIANS } from "../models/index.ts";
import { edmSchedule } from "../noise-schedules/index.ts";
import { unipc } from "../unipc/index.ts";
import { ddim } from "./ddim.ts";
import { materialise } from "./evaluation.ts";
import { evaluator } from "./evaluator.ts";
import { classifierGradient } from "./guidance.ts";
import { sample } from "./sample.ts";
import { TEST_SCHEDULE as schedule, testStates } from "./test-errors.ts";
import { largestDifference, TEST_NOISE } from "./test-points.ts";
import { thresholded } from "./threshold.ts";

describe("sample", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  const valuesOf = async (x: Tensor) => {
    using tensor = x;
    return (await tensor.data()) as Float64Array;
  };

  /** The model of a mixture that answers in another kind of prediction. */
  const answering = (prediction: Prediction, mixture = THREE_GAUSSIANS) => {
    const model = mixtureModel(mixture, { schedule, device });
    return {
      prediction,
      predict: async (x: Tensor, time: number) => {
        const evaluate = evaluator(model, { schedule });
        using answer = await evaluate(x, time, prediction);
        return materialise(answer);
      },
    };
  };

  it("gives the same samples whatever the model predicts", async () => {
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    for (const solver of [ddim(), dpmSolver({ method: "multistep" }), unipc()]) {
      const { x: expected } = await testStates(device, THREE_GAUSSIANS, solver, { steps: 8 });
      for (const prediction of ["noise", "data", "velocity", "score"] as const) {
        const { x } = await sample(answering(prediction), { schedule, solver, steps: 8, noise });
        // x₀ = (x − σε)/α costs 1/α ≈ 150 ulp at the start.
        expect(largestDifference(await valuesOf(x), expected)).toBeLessThan(1e-11);
      }
    }
  });

  it("draws its own noise from a key, of the schedule's size", async () => {
    const edm = edmSchedule();
    using model = mixtureModel(SINGLE_GAUSSIAN, { schedule: edm, device });
    const options = { schedule: edm, solver: dpmSolver({ method: "multistep" }), steps: 20, shape: [2000, 2], device };
    const first = await valuesOf((await sample(model, { ...options, key: key(1), dtype: "float64" })).x);
    const again = await valuesOf((await sample(model, { ...options, key: key(1), dtype: "float64" })).x);
    expect(first).toEqual(again);
    for (const [dimension, mean] of SINGLE_GAUSSIAN.means[0].entries()) {
      const values = first.filter((_, index) => index % 2 === dimension);
      const average = values.reduce((total, value) => total + value, 0) / 2000;
      const variance = values.reduce((total, value) => total + (value - average) ** 2, 0) / 2000;
      // Four standard errors of 2000 draws with a variance of 0.25, and the error of 20 steps.
      expect(Math.abs(average - mean)).toBeLessThan(0.05);
      expect(Math.abs(variance - 0.25)).toBeLessThan(0.05);
    }
    await expect(sample(model, { ...options, dtype: "float64" })).rejects.toThrow(/noise, or key, shape and device/);
  });

  it("answers the data predicted at the end with finalDenoise, for one more evaluation", async () => {
    const solver = ddim();
    const { x: before, evaluations } = await testStates(device, THREE_GAUSSIANS, solver, { steps: 5 });
    const after = await testStates(device, THREE_GAUSSIANS, solver, { steps: 5, finalDenoise: true });
    expect([evaluations, after.evaluations]).toEqual([5, 6]);
    using x = device.tensor(Float64Array.from(before), [2, 2]);
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
    using data = await evaluator(model, { schedule })(x, 1e-3, "data");
    expect(largestDifference(after.x, await valuesOf(materialise(data)))).toBeLessThan(1e-14);
  });

  it("stops before the first step when aborted beforehand", async () => {
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const signal = AbortSignal.abort();
    const before = device.memory().tensors;
    const result = await sample(model, { schedule, solver: ddim(), steps: 5, noise, signal });
    expect([result.reason, result.steps, result.evaluations]).toEqual(["aborted", 0, 0]);
    expect(result.remedy).toMatch(/resume/);
    expect(await valuesOf(result.x)).toEqual(TEST_NOISE);
    const state = result.state!;
    const { x } = await sample(model, { schedule, solver: ddim(), steps: 5, resume: state });
    expect(await valuesOf(x)).toEqual((await testStates(device, THREE_GAUSSIANS, ddim(), { steps: 5 })).x);
    expect(device.memory().tensors).toBe(before);
  });

  describe("with guidance", () => {
    it("without a classifier follows ε_u + w(ε_c − ε_u) in one pass, and asks the conditional model alone for w = 1", async () => {
      using conditional = mixtureModel(SINGLE_GAUSSIAN, { schedule, device });
      using unconditional = mixtureModel(THREE_GAUSSIANS, { schedule, device });
      using x = device.tensor(TEST_NOISE, [2, 2]);
      for (const scale of [0, 1, 7.5]) {
        let asked = 0;
        const counted = (state: Tensor, time: number) => {
          asked++;
          return unconditional.predict(state, time);
        };
        const evaluate = evaluator(conditional, {
          schedule,
          guidance: { kind: "classifier-free", unconditional: counted, scale },
        });
        using found = await evaluate(x, 0.4, "noise");
        const [c, u] = [await valuesOf(conditional.predict(x, 0.4)), await valuesOf(unconditional.predict(x, 0.4))];
        const expected = u.map((value, index) => value + scale * (c[index] - value));
        expect(largestDifference(await valuesOf(materialise(found)), expected)).toBeLessThan(1e-13);
        expect(asked).toBe(scale === 1 ? 0 : 1);
      }
    });

    it("mixes models of different predictions", async () => {
      using unconditional = mixtureModel(THREE_GAUSSIANS, { schedule, device });
      using x = device.tensor(TEST_NOISE, [2, 2]);
      const guidance = (model: Parameters<typeof sample>[0]) =>
        ({ kind: "classifier-free", unconditional: model, scale: 3 }) as const;
      const evaluate = (model: Parameters<typeof sample>[0]) =>
        evaluator(answering("velocity", SINGLE_GAUSSIAN), { schedule, guidance: guidance(model) })(x, 0.4, "data");
      using a = await evaluate(unconditional);
      using b = await evaluate(answering("score"));
      expect(largestDifference(await valuesOf(materialise(a)), await valuesOf(materialise(b)))).toBeLessThan(1e-12);
    });

    it("by a classifier follows ε − w σ ∇ ln p, the gradient of a differentiable log-probability, in every prediction", async () => {
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
      using x = device.tensor(TEST_NOISE, [2, 2]);
      // ln softmax(x)₀, whose gradient is (1 − p, −(1 − p)).
      const gradient = classifierGradient((state) =>
        sum(slice(logSoftmax(state, { axis: 1 }), [null, [0, 1]]), { axes: 1 }),
      );
      const guidance = { kind: "classifier", gradient, scale: 2 } as const;
      const noise = await valuesOf(model.predict(x, 0.4));
      const sigma = schedule.sigma(0.4);
      const expected = noise.map((value, index) => {
        const [first, second] = [TEST_NOISE[index - (index % 2)], TEST_NOISE[index - (index % 2) + 1]];
        const rest = 1 / (1 + Math.exp(first - second));
        return value - 2 * sigma * (index % 2 === 0 ? rest : -rest);
      });
      const evaluate = evaluator(model, { schedule, guidance });
      for (const prediction of ["noise", "data", "velocity", "score"] as const) {
        using found = await evaluate(x, 0.4, prediction);
        const [ofState, ofNoise] = conversion("noise", prediction, { alpha: schedule.alpha(0.4), sigma });
        const wanted = expected.map((value, index) => ofState * TEST_NOISE[index] + ofNoise * value);
        expect(largestDifference(await valuesOf(materialise(found)), wanted)).toBeLessThan(1e-12);
      }
    });
  });

  describe("with thresholds", () => {
    it("clamps to the quantile of each example and scales back, as PyTorch's quantile has it", async () => {
      const values = Float64Array.from({ length: 22 }, (_, index) => (index < 11 ? index - 2 : 0.05 * index));
      using x = device.tensor(values, [2, 11]);
      const found = await valuesOf(thresholded(x, { quantile: 0.95 }));
      // |x| of the first example, sorted: 0 1 1 2 2 3 4 5 6 7 8; the 0.95 quantile is halfway between 7 and 8. The second stays below 1.05.
      const second = values.slice(11).toSorted();
      const limits = [7.5, Math.max(1, (second[9] + second[10]) / 2)];
      const expected = values.map((value, index) => {
        const limit = limits[index < 11 ? 0 : 1];
        return Math.min(limit, Math.max(-limit, value)) / limit;
      });
      expect(largestDifference(found, expected)).toBeLessThan(1e-14);
      const clamped = await valuesOf(thresholded(x, { kind: "clamp", bound: 2 }));
      expect(
        largestDifference(
          clamped,
          values.map((value) => Math.min(2, Math.max(-2, value))),
        ),
      ).toBe(0);
    });

    it("keeps samples of solvers written in data within bounds, and is refused by others", async () => {
      const options = { steps: 8, threshold: { kind: "clamp", bound: 0.5 } } as const;
      const { x } = await testStates(device, THREE_GAUSSIANS, dpmSolver({ method: "multistep" }), options);
      // All data are within the bound; what is left of the noise is σ/α ≈ 0.01 of it.
      expect(Math.max(...x.map(Math.abs))).toBeLessThan(0.55);
      await expect(testStates(device, THREE_GAUSSIANS, dpmSolver(), options)).rejects.toThrow(/threshold/);
      for (const threshold of [{ quantile: 0 }, { quantile: 1.1 }, { bound: 0 }, { kind: "soft" as "clamp" }])
        await expect(testStates(device, THREE_GAUSSIANS, unipc(), { steps: 8, threshold })).rejects.toThrow(
          /options\.threshold/,
        );
    });
  });

  it("makes a step one pass: conversions, guidance and history are coefficients", async () => {
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const given = (state: Tensor) => state.device.zeros(state.shape, "float64");
    const guidance = { kind: "classifier-free", unconditional: given, scale: 2 } as const;
    const kernels = async (steps: number) => {
      const before = device.work().kernels;
      const options = {
        schedule,
        solver: dpmSolver({ method: "multistep" }),
        steps,
        noise,
        guidance,
        checkFinite: false,
      };
      (await sample(given, options)).x.dispose();
      return device.work().kernels - before;
    };
    expect((await kernels(12)) - (await kernels(11))).toBe(1);
  });
});
