import { defineKernel, type KernelCase, type ReferenceArray, referenceArray, type TensorSpec } from "@ansatz/tensor";
import { type LogPlanOptions, planExtents, referenceLogPlan } from "../log-plan/log-plan.ts";
import { planCase, randomPlanCase } from "../log-plan/plan-case.ts";
import { planMarginalsCpu } from "./cpu.ts";
import { BINS, binOf } from "./histogram.ts";
import { planMarginalsTensorFlow } from "./tensorflow.ts";
import { planMarginalsWebGpu } from "./webgpu.ts";

/**
 * One pass over the plan P = exp((x + y − C)/ε − 1) that is never stored: what it sums to, what it costs, and how large its entries are.
 *
 * Inputs: cost `[m, n]`; potentials `[parts, m + n]`. Finite numbers.
 * Outputs: row sums, then column sums `[m + n]`; Σⱼ CᵢⱼPᵢⱼ per row `[m]`; number of entries per bin of log P, int32 `[BINS]`, see histogram.ts.
 */
export const planMarginalsKernel = defineKernel<LogPlanOptions>({
  name: "plan-marginals",
  summary: "Marginals, cost and a histogram of the entries of an entropic transport plan, in one pass.",
  infer,
  cost(inputs, options) {
    const { rows, columns, dtype } = planExtents("plan-marginals", inputs, options);
    // x + y − C, times 1/ε, minus 1, exp; one addition to either sum; one multiplication and addition to the cost.
    return {
      flops: 9 * rows * columns,
      bytes: (dtype === "float32" ? 4 : 8) * (rows * columns + 3 * (rows + columns)) + 4 * BINS,
    };
  },
  reference,
  cpu: planMarginalsCpu,
  webgpu: planMarginalsWebGpu,
  tensorflow: planMarginalsTensorFlow,
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const [rows, columns] = [random.integer(1, 150), random.integer(1, 150)];
    return { name: `${dtype} [${rows}, ${columns}]`, ...randomPlanCase(random, dtype, rows, columns) };
  },
  // log P is exact in these cases; exp is within 1 ulp (WGSL: 3 + 2 |x| of them), and sums of positive numbers lose a few more. Entries below
  // e⁻⁵² = 3·10⁻²³, of which there are at most 150 in a sum, may be left out. Counts are exact.
  tolerance(dtype) {
    if (dtype === "int32") return { relative: 0, absolute: 0 };
    return dtype === "float32" ? { relative: 1e-5, absolute: 1e-20 } : { relative: 1e-14, absolute: 1e-20 };
  },
});

function infer(inputs: readonly TensorSpec[], options: LogPlanOptions): readonly TensorSpec[] {
  const { rows, columns, dtype } = planExtents("plan-marginals", inputs, options);
  return [
    { shape: [rows + columns], dtype },
    { shape: [rows], dtype },
    { shape: [BINS], dtype: "int32" },
  ];
}

function reference(inputs: readonly ReferenceArray[], options: LogPlanOptions): readonly ReferenceArray[] {
  const [cost] = inputs;
  const [rows, columns] = cost.shape;
  const sums = new Float64Array(rows + columns);
  const rowCosts = new Float64Array(rows);
  const histogram = new Int32Array(BINS);
  for (const [index, logPlan] of referenceLogPlan(inputs, options).entries()) {
    const row = Math.floor(index / columns);
    const mass = Math.exp(logPlan);
    sums[row] += mass;
    sums[rows + (index % columns)] += mass;
    rowCosts[row] += mass * cost.data[index];
    histogram[binOf(logPlan)]++;
  }
  return [
    referenceArray(cost.dtype, [rows + columns], sums),
    referenceArray(cost.dtype, [rows], rowCosts),
    referenceArray("int32", [BINS], histogram),
  ];
}

function cases(): readonly KernelCase<LogPlanOptions>[] {
  const sizes = [
    [1, 1],
    [1, 7],
    [9, 1],
    [64, 64],
    [65, 129],
    [200, 3],
  ];
  return (["float32", "float64"] as const).flatMap((dtype) => [
    ...sizes.map(([rows, columns]) => ({ name: `${dtype} [${rows}, ${columns}]`, ...planCase(dtype, rows, columns) })),
    { name: `${dtype}, entries above 1`, ...planCase(dtype, 5, 9, 4) },
    { name: `${dtype}, entries that vanish`, ...planCase(dtype, 5, 9, -40) },
  ]);
}
