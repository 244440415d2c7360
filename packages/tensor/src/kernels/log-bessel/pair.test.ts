import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { testDevices, testKernel } from "../../testing/index.ts";
import golden from "./golden.json" with { type: "json" };
import { logBesselKernel } from "./index.ts";
import { logBesselPair, logBesselPairKernel, type TensorPair } from "./pair.ts";
import { hostBessel } from "./reference.ts";

await testKernel(logBesselPairKernel);

/** What a GPU can hold with both parts: x from 1e-30 on, whose second part is no subnormal. */
const rows = golden.rows.filter(([v, x]) => x < 1e30 && (v === 0 || v > 1e-30));
const SPACING = 2 ** -23;

for (const { label, open } of await testDevices()) {
  if (label.startsWith("tensorflow")) continue;

  describe(`log-bessel on ${label}`, () => {
    it.each([
      ["logI", 2],
      ["logK", 3],
    ] as const)("has %s in float32 to 5e-7", { timeout: 120_000 }, async (name, index) => {
      await using device = await open();
      const v = device.tensor(Float32Array.from(rows, (row) => row[0]));
      const x = device.tensor(Float32Array.from(rows, (row) => row[1]));
      const values = await logBesselKernel.run([v, x], { function: name })[0].data();
      const givenV = await v.data();
      const givenX = await x.data();
      for (const [at, value] of values.entries()) {
        // Of the numbers that were given, after rounding to float32.
        const expected = hostBessel(name, givenV[at], givenX[at]);
        const bound = 5e-7 * Math.max(1, Math.abs(expected));
        expect(Math.abs(value - expected), `${name} of ${rows[at][0]}, ${rows[at][1]}; column ${index}`).toBeLessThan(
          bound,
        );
      }
    });

    it.each([
      ["logI", 2],
      ["logK", 3],
    ] as const)("has %s in pairs of float32 to 1e-13", { timeout: 120_000 }, async (name, index) => {
      await using device = await open();
      const upload = (at: number): TensorPair => {
        const values = rows.map((row) => row[at]);
        const high = device.tensor(Float32Array.from(values)) as Tensor<"float32">;
        return [high, device.tensor(Float32Array.from(values, (value) => value - Math.fround(value)))];
      };
      const [order, x] = [upload(0), upload(1)];
      const [high, low] = await Promise.all(logBesselPair(name, order, x).map((each) => each.data()));
      for (const [at, [v, argument]] of rows.entries()) {
        const expected = rows[at][index];
        // The numbers given carry 48 bits of mpmath's.
        const rounding = SPACING ** 2 * 4 * (Math.hypot(v, argument) + v * Math.asinh(v / argument));
        const bound = 1e-13 * Math.max(1, Math.abs(expected)) + rounding;
        expect(Math.abs(high[at] + low[at] - expected), `${name} of ${v}, ${argument}`).toBeLessThan(bound);
      }
    });

    it("refuses what it cannot take, naming the argument", async () => {
      await using device = await open();
      device.scope(() => {
        const pair = (count: number): TensorPair => [
          device.zeros([count], "float32"),
          device.zeros([count], "float32"),
        ];
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => logBesselPair("ratioI" as never, pair(2), pair(2)), "log-bessel-pair: function");
        refuses(() => logBesselPair("logI", [pair(2)[0], pair(3)[0]], pair(2)), "log-bessel-pair: order");
        refuses(
          () => logBesselPair("logI", pair(2), [device.zeros([2], "int32") as never, pair(2)[0]]),
          "log-bessel-pair: x",
        );
      });
    });
  });
}
