import { openDevice } from "@ansatz/tensor";
import { testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { tuckerPointsKernel } from "./index.ts";

await testKernel(tuckerPointsKernel);

describe("tucker-points", () => {
  const options = { lower: [-1, -1, -1], upper: [1, 1, 1] } as const;
  const specs = (core: number[], dtype: "float32" | "float64" = "float64") =>
    [[5, 3], [4, 2], [4, 2], [4, 2], core].map((shape) => ({ shape, dtype }));

  it("refuses factors whose columns are not the core's extents, and empty boxes", () => {
    expect(() => tuckerPointsKernel.infer(specs([2, 3, 2]), options)).toThrow(/factor 1/);
    expect(() => tuckerPointsKernel.infer(specs([2, 2, 2]), { ...options, upper: [1, -1, 1] })).toThrow(/axis 1/);
    expect(tuckerPointsKernel.infer(specs([2, 2, 2]), options)).toEqual([{ shape: [5], dtype: "float64" }]);
  });

  it("gives the same on one thread and on two", async () => {
    const results: number[][] = [];
    for (const threads of [1, 2]) {
      await using device = await openDevice("cpu", { threads });
      const numbers = (shape: number[]) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        return device.tensor(
          Float64Array.from({ length: size }, (_, at) => Math.sin(at + 1)),
          shape,
        );
      };
      const inputs = [
        [9001, 3],
        [9, 8],
        [9, 8],
        [9, 8],
        [8, 8, 8],
      ].map(numbers);
      const [values] = tuckerPointsKernel.run(inputs, options);
      results.push(Array.from((await values.data()) as Float64Array));
      for (const tensor of [...inputs, values]) tensor.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  });
});
