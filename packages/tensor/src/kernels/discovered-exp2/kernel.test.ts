import { describe, expect, it } from "vitest";
import { openDevice } from "../../device/open.ts";
import { InvalidInputError } from "../../errors.ts";
import { discoveredExp2Program } from "../../function-discovery/discovered.ts";
import { evaluate } from "../../function-discovery/evaluate.ts";
import { exportSource, type SourceLanguage } from "../../function-discovery/export-source.ts";
import { countOperations } from "../../function-discovery/program.ts";
import { targets } from "../../function-discovery/targets.ts";
import { verifyEveryFloat32 } from "../../function-discovery/verify.ts";
import { testKernel } from "../../testing/index.ts";
import { discoveredExp2, discoveredExp2Kernel } from "./index.ts";
import { exp2OfFraction } from "./program.ts";

await testKernel(discoveredExp2Kernel);

const FLOAT32 = { format: "float32", fma: "separate" } as const;
const ULP = { kind: "ulp", format: "float32" } as const;

describe("the discovered program", () => {
  it.each([
    ["typescript", "program.ts"],
    ["assemblyscript", "program.as.ts"],
    ["wgsl", "program.wgsl"],
  ] as const)("is, in %s, what its export writes", async (language: SourceLanguage, file) => {
    const summary = `2^x on [0, 1), ${countOperations(discoveredExp2Program)} operations.`;
    const source = exportSource(discoveredExp2Program, {
      language,
      name: "exp2OfFraction",
      format: "float32",
      summary,
    });
    await expect(source).toMatchFileSnapshot(`./${file}`);
  });

  it("has the same bits in TypeScript and in the kernel", async () => {
    await using device = await openDevice("cpu");
    const x = Float32Array.from({ length: 1001 }, (_, k) => k / 1001);
    using y = discoveredExp2(device.tensor(x));
    const expected = x.map((each) => exp2OfFraction(each));
    expect(await y.data()).toEqual(expected);
    expect(x.map((each) => evaluate(discoveredExp2Program, each, FLOAT32))).toEqual(expected);
  });

  it("is below one unit in the last place for every argument next to both ends", async () => {
    for (const interval of [
      [2 ** -24, 2 ** -24 * (1 + 2 ** -7)],
      [1 - 2 ** -6, 1 - 2 ** -24],
      [0.8125, 0.828125],
    ] as const) {
      const { error, count } = await verifyEveryFloat32(discoveredExp2Program, targets.exp2, {
        measure: ULP,
        interval,
      });
      expect(error).toBeLessThan(1);
      expect(count).toBeGreaterThan(50_000);
    }
  });

  it("says how many numbers it has seen, and where it is worst", async () => {
    const interval = [1, 1 + 9 * 2 ** -23] as const;
    const { count, at } = await verifyEveryFloat32(discoveredExp2Program, targets.exp2, { measure: ULP, interval });
    expect(count).toBe(10);
    expect(at).toBeGreaterThanOrEqual(1);
    await expect(
      verifyEveryFloat32(discoveredExp2Program, targets.exp2, { measure: ULP, interval: [0, 1] }),
    ).rejects.toThrow(InvalidInputError);
    const signal = AbortSignal.abort();
    await expect(
      verifyEveryFloat32(discoveredExp2Program, targets.exp2, { measure: ULP, interval, signal }),
    ).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("takes float32 only", async () => {
    await using device = await openDevice("cpu");
    using x = device.zeros([2], "float64");
    expect(() => discoveredExp2(x)).toThrow(InvalidInputError);
  });
});
