import { type BenchmarkPlan, expectClose, planBenchmark, sumTolerance } from "../plan-benchmark.ts";
import { planMarginalsKernel } from "../plan-marginals/index.ts";
import { halfSweepKernel } from "./index.ts";
import type { HalfSweepOptions } from "./options.ts";

export const halfSweepBenchmark = planBenchmark<HalfSweepOptions>(halfSweepKernel, {
  prepare: ({ cost, potentials, logMarginals, regularization, grid }) => ({
    inputs: [cost, potentials, logMarginals],
    options: { axis: "rows", regularization, grid },
  }),
  async validate(plan, [moved]) {
    const sums = await rowSums(plan, moved);
    for (const sum of sums) expectClose("a row of the plan", sum, 1 / plan.size, sumTolerance(plan));
  },
});

async function rowSums({ cost, regularization, size }: BenchmarkPlan, moved: BenchmarkPlan["potentials"]) {
  const outputs = planMarginalsKernel.run([cost, moved], { regularization });
  const sums = (await outputs[0].data()).slice(0, size);
  for (const output of outputs) output.dispose();
  return sums;
}
