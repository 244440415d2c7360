import { planBenchmark } from "../plan-benchmark.ts";
import { sparsifyKernel } from "../sparsify-plan/index.ts";
import { planThresholdKernel } from "./index.ts";

/** Entries per row, as the paper has for plans that are not unique. */
const PER_ROW = 15;

export const planThresholdBenchmark = planBenchmark(planThresholdKernel, {
  prepare: ({ cost, potentials, regularization, size }) => ({
    inputs: [cost, potentials],
    options: { regularization, count: PER_ROW * size },
  }),
  async validate({ cost, potentials, regularization, size }, bound) {
    const count = PER_ROW * size;
    const [offsets, ...rest] = sparsifyKernel.run([cost, potentials, ...bound], { regularization, capacity: count });
    const kept = (await offsets.data())[size];
    for (const tensor of [offsets, ...rest]) tensor.dispose();
    if (kept !== count) throw new Error(`the threshold keeps ${kept} entries instead of ${count}`);
  },
});
