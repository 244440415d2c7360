import { type Device, DivergedError, openDevice, type Tensor } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gaussianFlow, mixtureModel, SINGLE_GAUSSIAN, THREE_GAUSSIANS } from "../models/index.ts";
import { evaluator } from "./evaluator.ts";
import { encode, sample } from "./sample.ts";
import { restoreState, saveState } from "./saved-state.ts";
import { disposeState, type Solver } from "./solver.ts";
import { TEST_SCHEDULE as schedule, slopes, testErrors, testStates } from "./test-errors.ts";
import { largestDifference, TEST_NOISE } from "./test-points.ts";

/** What is claimed of a solver. */
export interface SolverClaims {
  readonly solver: Solver;
  /** Slope of the error at halved steps that is reached on both mixtures, between the last two counts. */
  readonly order: number;
  /** Counts of steps at which the slope is measured. Default 40, 80, 160. */
  readonly counts?: readonly number[];
  /** Evaluations of so many steps. Default: as many. */
  readonly evaluations?: (steps: number) => number;
  /** Exact where the noise does not change along the path: one Gaussian without variance. Default true. */
  readonly exactOnPoints?: boolean;
  /** Error after data were encoded and sampled again, in 40 steps each. Default 0.05. */
  readonly roundTrip?: number;
  /** Steps are chosen on the way, and none are asked for. Default false. */
  readonly adaptive?: boolean;
}

/** The tests every solver passes; call once at the top of its test. */
export function testSolver({
  solver,
  order,
  counts = [40, 80, 160],
  evaluations = (steps) => steps,
  exactOnPoints = true,
  roundTrip = 0.05,
  adaptive = false,
}: SolverClaims): void {
  const asked = (steps: number) => (adaptive ? {} : { steps });
  describe(`${solver.name}, as every solver,`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await openDevice("cpu", { threads: 1 });
    });
    afterAll(() => device.dispose());

    if (!adaptive)
      it(`has order ${order}`, async () => {
        for (const mixture of [SINGLE_GAUSSIAN, THREE_GAUSSIANS]) {
          const found = slopes(await testErrors(device, mixture, solver, counts));
          expect(found.at(-1)).toBeGreaterThan(order - 0.2);
        }
      });

    if (exactOnPoints)
      it("is exact where the noise does not change along the path", async () => {
        const point = { weights: [1], means: [[1, -0.5]], variances: [0] };
        const exact = gaussianFlow(point, TEST_NOISE, { schedule });
        const { x } = await testStates(device, point, solver, asked(8));
        // Rounding, times the e^h of a step and the 1/α ≈ 150 of the start.
        expect(largestDifference(x, exact)).toBeLessThan(1e-10);
      });

    it("makes as many evaluations as it says, the same result every time, and leaves no tensor behind", async () => {
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
      using noise = device.tensor(TEST_NOISE, [2, 2]);
      const results: Float64Array[] = [];
      for (const steps of [6, 6, 11]) {
        const before = device.memory().tensors;
        let calls = 0;
        const counted = (x: Tensor, time: number) => {
          calls++;
          return model.predict(x, time);
        };
        const result = await sample(counted, { schedule, solver, noise, ...asked(steps) });
        expect(result.reason).toBe("completed");
        expect(result.evaluations).toBe(calls);
        if (!adaptive) expect(calls).toBe(evaluations(steps));
        results.push((await result.x.data()) as Float64Array);
        result.x.dispose();
        expect(device.memory().tensors).toBe(before);
      }
      expect(results[0]).toEqual(results[1]);
    });

    it("goes on from a state that was stored as JSON after every step, and after an abort, with the same result to the bit", async () => {
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
      using noise = device.tensor(TEST_NOISE, [2, 2]);
      const { x: expected } = await testStates(device, THREE_GAUSSIANS, solver, asked(7));
      const before = device.memory().tensors;
      const plan = solver.plan({ schedule, ...asked(7) });
      const evaluate = evaluator(model, { schedule });
      let state = plan.init(noise);
      while (!state.done) {
        const saved = JSON.parse(JSON.stringify(await saveState(state)));
        disposeState(state);
        state = await plan.step(restoreState(saved, device), evaluate);
      }
      expect(await state.x.data()).toEqual(expected);
      disposeState(state);
      const controller = new AbortController();
      const options = { schedule, solver, noise, ...asked(7) };
      const onProgress = ({ step }: { readonly step: number }) => step === 3 && controller.abort();
      const stopped = await sample(model, { ...options, signal: controller.signal, onProgress });
      expect([stopped.reason, stopped.steps]).toEqual(["aborted", 3]);
      stopped.x.dispose();
      const { x } = await sample(model, { ...options, resume: stopped.state! });
      expect(await x.data()).toEqual(expected);
      x.dispose();
      expect(device.memory().tensors).toBe(before);
    });

    it("encodes data, and samples them again", async () => {
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
      const points = Float64Array.of(-0.9, 1.3, 2.1, -0.1, -0.3, -2.2);
      using data = device.tensor(points, [3, 2]);
      const encoded = await encode(model, { schedule, solver, data, ...asked(40) });
      using noise = encoded.x;
      const decoded = await sample(model, { schedule, solver, noise, ...asked(40) });
      using x = decoded.x;
      expect(largestDifference((await x.data()) as Float64Array, points)).toBeLessThan(roundTrip);
    });

    it("refuses what is no problem, before any evaluation", async () => {
      using noise = device.tensor(TEST_NOISE, [2, 2]);
      const never = () => {
        throw new Error("evaluated");
      };
      const run = (options: object) => sample(never, { schedule, solver, noise, ...asked(4), ...options });
      const cases: readonly (readonly [object, RegExp])[] = [
        [{ start: 1.5 }, /start/],
        [{ end: -0.1 }, /end/],
        [{ start: 0.5, end: 0.5 }, /end/],
        [{ start: 0.1, end: 0.5 }, /start: expected a time after the end|range of λ/],
        [{ guidance: { kind: "classifier-free", unconditional: never, scale: Number.NaN } }, /guidance\.scale/],
        ...(adaptive
          ? []
          : ([
              [{ steps: 0 }, /steps/],
              [{ steps: Number.NaN }, /steps/],
              [{ steps: undefined, grid: [1, 0.9, 0.7, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1] }, /grid\[3\]/],
              [{ steps: undefined, grid: [1, 0.9, 0.7, 0.8, 0.5, 0.4, 0.3, 0.2, 0.1] }, /grid\[3\]/],
            ] as const)),
      ];
      for (const [options, message] of cases) await expect(run(options)).rejects.toThrow(message);
      using broken = device.tensor(Float64Array.of(1, Number.NaN, 0, 0), [2, 2]);
      await expect(run({ noise: broken })).rejects.toThrow(/initial state: expected finite/);
    });

    it("reports answers of another shape, and answers that are not finite with the step", async () => {
      using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
      using noise = device.tensor(TEST_NOISE, [2, 2]);
      const before = device.memory().tensors;
      const run = (predict: (x: Tensor, time: number) => Tensor) =>
        sample(predict, { schedule, solver, noise, ...asked(8) });
      await expect(run((x) => device.zeros([x.shape[0]], "float64"))).rejects.toThrow(/the model's answer/);
      const failing = (x: Tensor, time: number) =>
        time > 0.5 ? model.predict(x, time) : device.full(x.shape, Number.NaN, "float64");
      const error = await run(failing).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(DivergedError);
      expect(error.iteration).toBeGreaterThan(0);
      expect(error.message).toMatch(/at iteration \d+: .* not finite/);
      error.lastIterate.dispose();
      expect(device.memory().tensors).toBe(before);
    });
  });

  describe(`${solver.name} in float32`, async () => {
    for (const { label, open } of await testDevices())
      it(`is as in float64, on ${label}`, async () => {
        const exact = await openDevice("cpu", { threads: 1 });
        const { x: expected } = await testStates(exact, THREE_GAUSSIANS, solver, asked(6));
        await exact.dispose();
        await using device = await open();
        using model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float32" });
        using noise = device.tensor(Float32Array.from(TEST_NOISE), [2, 2]);
        const result = await sample(model, { schedule, solver, noise, ...asked(6) });
        using x = result.x;
        // 2⁻²⁴ times the 1/α ≈ 150 of the start, the sensitivity of the flow, and the weights of history.
        expect(largestDifference(await x.data(), expected)).toBeLessThan(2e-3);
      });
  });
}
