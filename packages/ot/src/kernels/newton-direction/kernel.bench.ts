import { planBenchmark } from "../plan-benchmark.ts";
import { planMarginalsKernel } from "../plan-marginals/index.ts";
import { planThresholdKernel } from "../plan-threshold/index.ts";
import { sparsifyKernel } from "../sparsify-plan/index.ts";
import { newtonDirectionKernel } from "./index.ts";

/** Entries per row, as adaptive sparsity keeps midway. */
const PER_ROW = 8;

/** A fixed number, so that every call does the same work; before float32 has converged to its last digit. */
const ITERATIONS = 15;

export const newtonDirectionBenchmark = planBenchmark(newtonDirectionKernel, {
  prepare: ({ device, dtype, cost, potentials, regularization, size }) => {
    const [sums] = planMarginalsKernel.run([cost, potentials], { regularization });
    const count = PER_ROW * size;
    const bound = planThresholdKernel.run([cost, potentials], { regularization, count });
    const sparse = sparsifyKernel.run([cost, potentials, ...bound], { regularization, capacity: count });
    // Orthogonal to the gauge, as gradients are, and not smooth.
    const wave = Float64Array.from(
      { length: 2 * size },
      (_, index) => Math.cos(2 * Math.PI * 0.37 * (index % size)) / size,
    );
    const gradient = device.tensor(wave, [2 * size], dtype);
    const options = { rows: size, shift: 1e-12, tolerance: 0, maximumIterations: ITERATIONS };
    return { inputs: [sums, gradient, ...sparse], options };
  },
  async validate(_, [direction, statistics]) {
    const [residual, iterations] = await statistics.data();
    if (iterations !== ITERATIONS) throw new Error(`${iterations} iterations instead of ${ITERATIONS}`);
    if (!(residual < 1)) throw new Error(`conjugate gradients have left a residual of ${residual}`);
    if (!(await direction.data()).every(Number.isFinite)) throw new Error("the direction is not finite");
  },
});
