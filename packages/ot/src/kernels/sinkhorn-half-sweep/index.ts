import { defineKernel, type KernelCase, type ReferenceArray, referenceArray, type TensorSpec } from "@ansatz/tensor";
import { checkFloats, planExtents, referenceLogPlan } from "../log-plan/log-plan.ts";
import { continuousPlanCase, planCase } from "../log-plan/plan-case.ts";
import { halfSweepCpu } from "./cpu.ts";
import type { HalfSweepOptions } from "./options.ts";
import { halfSweepTensorFlow } from "./tensorflow.ts";
import { halfSweepWebGpu } from "./webgpu.ts";

export type { HalfSweepOptions } from "./options.ts";

/**
 * Half a sweep of Sinkhorn's iteration in the log domain: moves the potentials of one side so that the plan meets the marginal of that side.
 *
 * Inputs: cost `[m, n]`; potentials `[parts, m + n]`; logarithms of both marginals `[m + n]`, rows first. Finite numbers.
 * Outputs: the moved potentials `[parts, m + n]`, those of the other side unchanged; what the rows (or columns) of the plan summed to before, `[m]` or `[n]`.
 * Source: "Accelerating Sinkhorn Algorithm with Sparse Newton Iterations", algorithm 1, in the form x ← x + ε (log r − log P1), which keeps float32 exact
 * to the size of the step instead of that of the potential.
 */
export const halfSweepKernel = defineKernel<HalfSweepOptions>({
  name: "sinkhorn-half-sweep",
  summary: "Scales the rows or the columns of an entropic transport plan to their marginal, in the log domain.",
  infer,
  cost(inputs, options) {
    const { rows, columns, dtype } = planExtents("sinkhorn-half-sweep", inputs, options);
    // x + y − C, times 1/ε, minus 1, exp, and one addition to the sum.
    return {
      flops: 6 * rows * columns,
      bytes: (dtype === "float32" ? 4 : 8) * (rows * columns + 4 * (rows + columns)),
    };
  },
  reference,
  cpu: halfSweepCpu,
  webgpu: halfSweepWebGpu,
  tensorflow: halfSweepTensorFlow,
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const [rows, columns] = [random.integer(1, 70), random.integer(1, 70)];
    const { inputs, options } = continuousPlanCase(random, dtype, rows, columns);
    const logMarginals = random.array([rows + columns], dtype);
    const axis = random.pick(["rows", "columns"] as const);
    return {
      name: `${axis} of ${dtype} [${rows}, ${columns}]`,
      inputs: [...inputs, logMarginals],
      options: { ...options, axis, grid: 2 ** -3 },
    };
  },
  // Exponents up to 100 in size are rounded in float32 to 4·10⁻⁶, which the sums inherit; the potentials do times ε ≤ 1. float64 likewise, 2²⁹ times finer.
  tolerance: (dtype) =>
    dtype === "float32" ? { relative: 2e-5, absolute: 1e-5 } : { relative: 1e-13, absolute: 1e-13 },
});

function infer(inputs: readonly TensorSpec[], options: HalfSweepOptions): readonly TensorSpec[] {
  const { rows, columns, dtype } = planExtents("sinkhorn-half-sweep", inputs, options);
  checkFloats("sinkhorn-half-sweep", "logMarginals", inputs[2], dtype, [rows + columns]);
  return [
    { shape: inputs[1].shape, dtype },
    { shape: [options.axis === "rows" ? rows : columns], dtype },
  ];
}

function reference(inputs: readonly ReferenceArray[], options: HalfSweepOptions): readonly ReferenceArray[] {
  const [cost, potentials, logMarginals] = inputs;
  const [rows, columns] = cost.shape;
  const logPlan = referenceLogPlan(inputs, options);
  const byRows = options.axis === "rows";
  const moved = Float64Array.from(potentials.data);
  const logSums = byRows
    ? Array.from({ length: rows }, (_, row) => logSumExp(logPlan.subarray(row * columns, (row + 1) * columns)))
    : Array.from({ length: columns }, (_, column) =>
        logSumExp(logPlan.filter((_, index) => index % columns === column)),
      );
  for (const [index, logSum] of logSums.entries()) {
    const position = byRows ? index : rows + index;
    movePotential(
      moved,
      position,
      options.regularization * (logMarginals.data[position] - logSum),
      potentials,
      options.grid,
    );
  }
  return [
    referenceArray(potentials.dtype, potentials.shape, moved),
    referenceArray(cost.dtype, [logSums.length], logSums.map(Math.exp)),
  ];
}

function movePotential(
  moved: Float64Array,
  position: number,
  step: number,
  { shape: [parts, length] }: ReferenceArray,
  grid: number,
): void {
  if (parts === 1) {
    moved[position] += step;
    return;
  }
  const remainder = moved[length + position] + step;
  const shift = Math.round(remainder / grid) * grid;
  moved[position] += shift;
  moved[length + position] = remainder - shift;
}

function logSumExp(values: Float64Array): number {
  const maximum = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return maximum + Math.log(values.reduce((sum, value) => sum + Math.exp(value - maximum), 0));
}

function cases(): readonly KernelCase<HalfSweepOptions>[] {
  const sizes = [
    [1, 1],
    [1, 7],
    [9, 1],
    [5, 33],
    [130, 67],
  ];
  return (["float32", "float64"] as const).flatMap((dtype) =>
    (["rows", "columns"] as const).flatMap((axis) =>
      [
        ...sizes.map(([rows, columns]) => ({ shift: 0, ...planCase(dtype, rows, columns) })),
        // Everything underflows, or overflows, unless sums are taken relative to their maximum.
        ...[-100, 100].map((shift) => ({ shift, ...planCase(dtype, 6, 19, shift) })),
      ].map(({ inputs, options, shift }) => ({
        name: `${axis} of ${dtype} [${inputs[0].shape}]${shift ? `, potentials of ${shift}` : ""}`,
        inputs: [
          ...inputs,
          referenceArray(dtype, [inputs[1].shape[1]], new Float64Array(inputs[1].shape[1]).fill(-2.01)),
        ],
        options: { ...options, axis, grid: 2 ** -3 },
      })),
    ),
  );
}
