import { planBenchmark } from "../plan-benchmark.ts";
import { planThresholdKernel } from "../plan-threshold/index.ts";
import { sparsifyKernel } from "./index.ts";

/** Entries per row, as adaptive sparsity keeps midway. */
const PER_ROW = 8;

export const sparsifyBenchmark = planBenchmark(sparsifyKernel, {
  prepare: ({ cost, potentials, regularization, size }) => {
    const count = PER_ROW * size;
    const bound = planThresholdKernel.run([cost, potentials], { regularization, count });
    return { inputs: [cost, potentials, ...bound], options: { regularization, capacity: count } };
  },
  async validate({ size }, [offsets, , values]) {
    const ends = await offsets.data();
    for (const kept of [ends[size], ends[2 * size + 1]])
      if (kept !== PER_ROW * size) throw new Error(`${kept} entries are kept instead of ${PER_ROW * size}`);
    const entries = await values.data();
    const half = entries.length / 2;
    const [byRow, byColumn] = [entries.slice(0, half), entries.slice(half)].map((part) => part.toSorted());
    if (byRow.some((value, index) => value !== byColumn[index]))
      throw new Error("rows and columns have different entries");
  },
});
