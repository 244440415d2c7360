import { benchmarkKernel } from "@ansatz/tensor";
import { benchmarkInput, mixtureSizes } from "../mixture/mixture-benchmark.ts";
import { mixturePathsKernel } from "./index.ts";

const STEPS = 50;

export const mixturePathsBenchmark = benchmarkKernel(mixturePathsKernel, {
  cases: mixtureSizes([
    { count: 1000, components: 50, dimension: 2 },
    { count: 200, components: 50, dimension: 16 },
  ]).map(({ name, dtype, count, components, dimension }) => ({
    name: `${name}, ${STEPS} steps`,
    inputs: [
      benchmarkInput(dtype, [count, dimension]),
      benchmarkInput(dtype, [count, STEPS, dimension]),
      benchmarkInput(dtype, [STEPS, components]),
      benchmarkInput(dtype, [STEPS, components, dimension], [-0.5, 0]),
      benchmarkInput(dtype, [STEPS, components, dimension], [-1, 1]),
    ],
    options: { regularization: 0.5, stepSize: 1 / STEPS, every: STEPS },
  })),
});
