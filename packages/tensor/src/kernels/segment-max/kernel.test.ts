import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import { caseRandom, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { segmentMax, segmentMaxKernel } from "./index.ts";

await testKernel(segmentMaxKernel);

await testDerivatives(
  "segmentMax",
  (x, ids) => segmentMax(x, ids, 3),
  [caseRandom(1).array([6, 2], "float64"), referenceArray("int32", [6], [2, 0, 2, 1, 0, 2])],
  { devices: ["webgpu"] },
);

for (const { label, open } of await testDevices())
  describe(`segmentMax on ${label}`, () => {
    it("refuses what does not fit, naming the argument", async () => {
      await using device = await open();
      device.scope(() => {
        const x = device.zeros([2, 3], "float32");
        const ids = device.zeros([2], "int32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => segmentMax(device.zeros([2], "bool"), ids, 2), "segmentMax: x");
        refuses(() => segmentMax(device.zeros([], "float32"), ids, 2), "segmentMax: x");
        refuses(() => segmentMax(x, device.zeros([2], "float32"), 2), "segmentMax: segmentIds");
        refuses(() => segmentMax(x, device.zeros([3], "int32"), 2), "segmentMax: segmentIds");
        refuses(() => segmentMax(x, ids, 0), "segmentMax: segments");
        refuses(() => segmentMax(x, ids, 1.5), "segmentMax: segments");
      });
    });
  });
