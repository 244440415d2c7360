import { benchmarkKernel } from "@ansatz/tensor";
import { benchmarkInput, mixtureSizes } from "../mixture/mixture-benchmark.ts";
import { mixtureMomentsKernel } from "./index.ts";

export const mixtureMomentsBenchmark = benchmarkKernel(mixtureMomentsKernel, {
  cases: mixtureSizes([
    { count: 128, components: 50, dimension: 2 },
    { count: 128, components: 50, dimension: 64 },
    { count: 128, components: 500, dimension: 2 },
  ]).map(({ name, dtype, count, components, dimension }) => ({
    name,
    inputs: [
      benchmarkInput(dtype, [count, dimension]),
      benchmarkInput(dtype, [components]),
      benchmarkInput(dtype, [components, dimension]),
      benchmarkInput(dtype, [components, dimension], [-0.5 / dimension, 0]),
      benchmarkInput(dtype, [components, dimension], [-1 / dimension, 1 / dimension]),
    ],
    options: {},
  })),
});
