import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { sineNetwork } from "./experiment/sine-network.ts";
import { type LipschitzRelaxation, lipschitzBounds } from "./lipschitz.ts";
import type { Network } from "./network.ts";

/** The specification's table, from a float64 prototype: widths, radius about 0.1, constants by relaxation. */
const TABLE: readonly {
  readonly widths: readonly number[];
  readonly radius: number;
  readonly constants: Readonly<Record<LipschitzRelaxation, number>>;
}[] = [
  {
    widths: [4, 8, 8, 1],
    radius: 0.02,
    constants: { linear: 2.570802, recurjac: 3.283677, interval: 3.547482, global: 25.41 },
  },
  {
    widths: [4, 8, 8, 1],
    radius: 0.1,
    constants: { linear: 5.996255, recurjac: 8.648034, interval: 8.956511, global: 25.41 },
  },
  {
    widths: [10, 20, 20, 1],
    radius: 0.01,
    constants: { linear: 2.74648, recurjac: 3.459464, interval: 3.583743, global: 157.571 },
  },
  {
    widths: [64, 100, 100, 10],
    radius: 0.002,
    constants: { linear: 12.826233, recurjac: 64.795247, interval: 66.849584, global: 1415.074 },
  },
  {
    widths: [16, 32, 32, 32, 4],
    radius: 0.005,
    constants: { linear: 3.062043, recurjac: 13.039267, interval: 18.32432, global: 2387.09 },
  },
];

const RELAXATIONS = ["linear", "recurjac", "interval", "global"] as const;

const about = (network: Network, radius: number) => ({
  center: new Float64Array(network.inputShape[0]).fill(0.1),
  radius,
});

describe("lipschitzBounds", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(async () => {
    expect(device.memory().tensors).toBe(0);
    await device.dispose();
  });

  const constantOf = async (network: Network, radius: number, relaxation: LipschitzRelaxation = "linear") =>
    (await lipschitzBounds(network, about(network, radius), { device, relaxation })).constant[0];

  it.each(TABLE)(
    "gives the prototype's constants for $widths within $radius",
    async ({ widths, radius, constants }) => {
      for (const relaxation of RELAXATIONS) {
        const found = await constantOf(sineNetwork(widths), radius, relaxation);
        // The table's digits.
        const digits = relaxation === "global" ? 5e-4 : 1e-6;
        expect(Math.abs(found - constants[relaxation]), relaxation).toBeLessThanOrEqual(digits);
      }
    },
  );

  it("is at least four times tighter than RecurJac on the wider networks", async () => {
    for (const { widths, radius } of TABLE.slice(3)) {
      const network = sineNetwork(widths);
      const recurjac = await constantOf(network, radius, "recurjac");
      expect(recurjac / (await constantOf(network, radius))).toBeGreaterThanOrEqual(4);
    }
  });
});
