import { benchmarkKernel } from "@ansatz/tensor";
import { benchmarkInput, mixtureSizes } from "../mixture/mixture-benchmark.ts";
import { mixtureDrawKernel } from "./index.ts";

export const mixtureDrawBenchmark = benchmarkKernel(mixtureDrawKernel, {
  cases: mixtureSizes([
    { count: 10_000, components: 50, dimension: 2 },
    { count: 2000, components: 50, dimension: 16 },
  ]).map(({ name, dtype, count, components, dimension }) => ({
    name,
    inputs: [
      benchmarkInput(dtype, [count, dimension]),
      benchmarkInput(dtype, [count], [0.01, 0.99]),
      benchmarkInput(dtype, [count, dimension]),
      benchmarkInput(dtype, [components]),
      benchmarkInput(dtype, [components, dimension], [0.1, 0.2]),
      benchmarkInput(dtype, [components, dimension]),
    ],
    options: { regularization: 1 },
  })),
  // Where the cumulative weight comes within rounding of the uniform number devices may differ: the first points, which do not, are checked.
  expected(benchmarkCase, inputs) {
    const [{ data }] = mixtureDrawKernel.reference(inputs, benchmarkCase.options);
    return Array.from({ length: 64 }, (_, index) => ({ index, value: data[index] }));
  },
});
