import { type Device, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dpmSolver } from "../dpm-solver/index.ts";
import { SINGLE_GAUSSIAN, THREE_GAUSSIANS } from "../models/index.ts";
import { testSolver } from "../sampling/battery.ts";
import { ddim } from "../sampling/ddim.ts";
import { slopes, testErrors, testStates } from "../sampling/test-errors.ts";
import { largestDifference } from "../sampling/test-points.ts";
import { type UnipcOptions, unipc } from "./index.ts";

testSolver({ solver: unipc(), order: 3 });
testSolver({ solver: unipc({ order: 2, prediction: "noise", variant: "bh1" }), order: 2 });
testSolver({ solver: unipc({ order: 2, variant: "vary" }), order: 2 });

describe("unipc", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  const difference = async (a: Parameters<typeof testStates>[2], b: Parameters<typeof testStates>[2]) =>
    largestDifference(
      (await testStates(device, THREE_GAUSSIANS, a, { steps: 8 })).x,
      (await testStates(device, THREE_GAUSSIANS, b, { steps: 8 })).x,
    );

  it("without its corrector is a known multistep solver", async () => {
    const predictor = (options: UnipcOptions) => unipc({ ...options, corrector: false });
    expect(await difference(predictor({ order: 1 }), ddim())).toBeLessThan(1e-12);
    for (const prediction of ["noise", "data"] as const) {
      const multistep = { method: "multistep", prediction, lowerOrderFinal: true } as const;
      const pairs = [
        [predictor({ order: 2, prediction }), dpmSolver({ ...multistep, order: 2 })],
        [
          predictor({ order: 2, prediction, variant: "vary" }),
          dpmSolver({ ...multistep, order: 2, variant: "taylor" }),
        ],
        [
          predictor({ order: 3, prediction, variant: "vary" }),
          dpmSolver({ ...multistep, order: 3, variant: "taylor" }),
        ],
      ] as const;
      for (const [a, b] of pairs) expect(await difference(a, b)).toBeLessThan(1e-12);
    }
  });

  it("gains an order by its corrector", async () => {
    for (const order of [1, 2] as const) {
      const plain = await testErrors(device, SINGLE_GAUSSIAN, unipc({ order, corrector: false }), [40, 80, 160]);
      const corrected = await testErrors(device, SINGLE_GAUSSIAN, unipc({ order }), [40, 80, 160]);
      expect(slopes(plain).at(-1)).toBeLessThan(order + 0.3);
      expect(slopes(corrected).at(-1)).toBeGreaterThan(order + 0.7);
    }
  });

  it.each<UnipcOptions>([{ order: 5 as 4 }, { variant: "bh3" as "bh1" }, { prediction: "score" as "noise" }])(
    "refuses %j",
    (options) => expect(() => unipc(options)).toThrow(/options\./),
  );
});
