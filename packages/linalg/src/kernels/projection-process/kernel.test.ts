import { key, openDevice } from "@ansatz/tensor";
import { testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { projectionProcessKernel, sampleProjectionProcess } from "./index.ts";

await testKernel(projectionProcessKernel);

describe("sampleProjectionProcess", () => {
  it("draws each set of candidates as often as the determinants of the process say, for complex functions", async () => {
    // Two discrete Fourier modes on five candidates, all of equal weight: |det|² depends on the distance alone.
    const count = 5;
    const rows = [0, 1].flatMap((mode) =>
      Array.from({ length: count }, (_, i) => {
        const angle = (2 * Math.PI * mode * i) / count;
        return [Math.cos(angle) / Math.sqrt(count), Math.sin(angle) / Math.sqrt(count)];
      }),
    );
    await using device = await openDevice("cpu");
    using functions = device.tensor(Float64Array.from(rows.flat()), [2, count], "complex128");
    const samples = 20_000;
    using chosen = sampleProjectionProcess(functions, { key: key(3), samples });
    const pairs = new Float64Array(count * count);
    const values = await chosen.data();
    for (let sample = 0; sample < samples; sample++) pairs[values[2 * sample] * count + values[2 * sample + 1]]++;
    let square = 0;
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) {
        // |e^{iθ_j} − e^{iθ_i}|² / M², over the two orders.
        const probability = (2 - 2 * Math.cos((2 * Math.PI * (i - j)) / count)) / count ** 2 / 2;
        if (i === j) expect(pairs[i * count + j]).toBe(0);
        else square += (pairs[i * count + j] - samples * probability) ** 2 / (samples * probability);
      }
    // χ² with 19 degrees of freedom exceeds 44 with probability 10⁻³.
    expect(square).toBeLessThan(44);
  });

  it("draws candidates of no weight never, and all where there are as many functions", async () => {
    await using device = await openDevice("cpu");
    using few = device.tensor(Float64Array.of(0, 0.6, 0, 0.8, 0, 0, -0.8, 0, 0.6, 0), [2, 5]);
    using some = sampleProjectionProcess(few, { key: key(1), samples: 50 });
    expect(Array.from(await some.data()).every((index) => index === 1 || index === 3)).toBe(true);
    using unit = device.tensor(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), [3, 3]);
    using all = sampleProjectionProcess(unit, { key: key(1) });
    expect(Array.from(await all.data()).sort()).toEqual([0, 1, 2]);
  });

  it("refuses more functions than candidates", async () => {
    await using device = await openDevice("cpu");
    expect(() => sampleProjectionProcess(device.zeros([3, 2], "float64"), { key: key(1) })).toThrow(
      "at most as many functions",
    );
  });
});
