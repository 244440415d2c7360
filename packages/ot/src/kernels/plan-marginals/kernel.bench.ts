import { expectClose, planBenchmark, sumTolerance } from "../plan-benchmark.ts";
import { planMarginalsKernel } from "./index.ts";

export const planMarginalsBenchmark = planBenchmark(planMarginalsKernel, {
  prepare: ({ cost, potentials, regularization }) => ({ inputs: [cost, potentials], options: { regularization } }),
  async validate(plan, outputs) {
    const { size } = plan;
    const [sums, , histogram] = await Promise.all(outputs.map(async (output) => Array.from(await output.data())));
    // The last half-sweep has scaled the columns.
    for (const sum of sums.slice(size)) expectClose("a column of the plan", sum, 1 / size, sumTolerance(plan));
    expectClose(
      "the mass",
      sums.slice(0, size).reduce((a, b) => a + b, 0),
      1,
      sumTolerance(plan),
    );
    expectClose(
      "the number of entries",
      histogram.reduce((a, b) => a + b, 0),
      size * size,
      0,
    );
  },
});
