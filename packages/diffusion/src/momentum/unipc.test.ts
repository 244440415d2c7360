import { type Device, openDevice, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gaussianFlow, mixtureModel, THREE_GAUSSIANS } from "../models/index.ts";
import { TEST_SCHEDULE as schedule, slopes, testErrors, testStates } from "../sampling/test-errors.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import { unipc } from "../unipc/index.ts";
import { type MomentumUnipcOptions, momentumUnipc } from "./unipc.ts";

describe("UniPC with momentum", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each([1, 2, 3, 4] as const)("is UniPC with β = 1, of order %d", async (order) => {
    for (const variant of ["bh1", "bh2", "vary"] as const) {
      const solvers = [momentumUnipc({ damping: 1, order, variant }), unipc({ order, variant })];
      const [own, plain] = await Promise.all(
        solvers.map((solver) => testStates(device, THREE_GAUSSIANS, solver, { steps: 9 })),
      );
      expect(largestDifference(own.x, plain.x)).toBeLessThan(1e-11);
    }
  });

  for (const averaged of ["data", "data-over-sigma"] as const)
    it.each([true, false])(`averages ${averaged}; the predictor's too: %s`, async (predictorMomentum) => {
      const damping = 0.7;
      const { x, times } = await recursion(device, { steps: 7, damping, predictorMomentum, averaged });
      const solver = momentumUnipc({ damping, order: 1, predictorMomentum, averaged });
      const found = await testStates(device, THREE_GAUSSIANS, solver, { grid: times });
      expect(largestDifference(found.x, x)).toBeLessThan(1e-11);
    });

  it("follows constant predictions exactly only where it averages the data", async () => {
    const point = { weights: [1], means: [[1, -0.5]], variances: [0] };
    const exact = gaussianFlow(point, TEST_NOISE, { schedule });
    const errorOf = async (averaged: "data" | "data-over-sigma") =>
      largestDifference((await testStates(device, point, momentumUnipc({ averaged }), { steps: 8 })).x, exact);
    expect(await errorOf("data")).toBeLessThan(1e-10);
    expect(await errorOf("data-over-sigma")).toBeGreaterThan(0.1);
  });

  it("is of order 1, as all heavy balls", async () => {
    const errors = await testErrors(device, THREE_GAUSSIANS, momentumUnipc({ damping: 0.7 }), [80, 160, 320]);
    for (const slope of slopes(errors)) expect(Math.abs(slope - 1)).toBeLessThan(0.2);
  });

  it("refuses settings out of range", () => {
    expect(() => momentumUnipc({ damping: 2 })).toThrow("options.damping");
    expect(() => momentumUnipc({ order: 5 as 4 })).toThrow("options.order");
    expect(() => momentumUnipc({ averaged: "noise" as "data" })).toThrow("options.averaged");
    expect(() => momentumUnipc({ variant: "bh3" as "bh2" })).toThrow("options.variant");
  });
});

/** The authors' algorithm of order 1 (B(h) = e^h − 1) written out, on plain numbers. */
async function recursion(
  device: Device,
  options: Required<Pick<MomentumUnipcOptions, "damping" | "predictorMomentum" | "averaged">> & {
    readonly steps: number;
  },
) {
  const { steps, damping, predictorMomentum, averaged } = options;
  const model = mixtureModel(THREE_GAUSSIANS, { schedule, device, dtype: "float64" });
  const [from, to] = schedule.timeRange.map((time) => schedule.halfLogSnr(time));
  const times = Array.from({ length: steps + 1 }, (_, i) => schedule.timeAt(from + ((to - from) * i) / steps));
  type Values = Float64Array<ArrayBuffer>;
  const dataAt = async (x: Values, time: number) => {
    using state = device.tensor(x, [2, 2]);
    using noise = model.predict(state, time) as Tensor;
    const values = await noise.data();
    return x.map((value, k) => (value - schedule.sigma(time) * values[k]) / schedule.alpha(time));
  };
  const mean = (average: Values | undefined, value: Values) =>
    average ? value.map((each, k) => (1 - damping) * average[k] + damping * each) : value;
  let x = Float64Array.from(TEST_NOISE);
  let data = await dataAt(x, times[0]);
  let predictor: Values | undefined;
  let corrector: Values | undefined;
  for (let i = 0; i < steps; i++) {
    const [time, next] = [times[i], times[i + 1]];
    const [sigma, factor] = [
      averaged === "data" ? 1 : schedule.sigma(next),
      Math.expm1(schedule.halfLogSnr(time) - schedule.halfLogSnr(next)),
    ];
    const moved = (average: Values) =>
      x.map((value, k) => {
        const carry = schedule.sigma(next) / schedule.sigma(time);
        return carry * value - sigma * schedule.alpha(next) * factor * average[k];
      });
    predictor = mean(
      predictorMomentum ? predictor : undefined,
      data.map((value) => value / sigma),
    );
    const predicted = moved(predictor);
    if (i === steps - 1) {
      x = predicted;
      break;
    }
    const ahead = await dataAt(predicted, next);
    corrector = mean(
      corrector,
      data.map((value, k) => (value + (ahead[k] - value) / 2) / sigma),
    );
    x = moved(corrector);
    data = ahead;
  }
  model[Symbol.dispose]();
  return { x, times };
}
