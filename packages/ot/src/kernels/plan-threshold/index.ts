import {
  defineKernel,
  InvalidInputError,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import { planExtents, referenceLogPlan } from "../log-plan/log-plan.ts";
import { planCase, randomPlanCase } from "../log-plan/plan-case.ts";
import { planThresholdCpu } from "./cpu.ts";
import type { PlanThresholdOptions } from "./options.ts";
import { planThresholdTensorFlow } from "./tensorflow.ts";
import { planThresholdWebGpu } from "./webgpu.ts";

export type { PlanThresholdOptions } from "./options.ts";

/**
 * The K-th largest entry of the plan, exactly, by radix selection.
 *
 * Inputs: cost `[m, n]`; potentials `[parts, m + n]`. Finite numbers.
 * Outputs: log P of that entry `[1]`; how many of the entries equal to it are among the K largest, int32 `[1]`.
 */
export const planThresholdKernel = defineKernel<PlanThresholdOptions>({
  name: "plan-threshold",
  summary: "Finds the K-th largest entry of an entropic transport plan.",
  infer,
  cost(inputs, options) {
    const { rows, columns, dtype } = planExtents("plan-threshold", inputs, options);
    return {
      flops: 4 * rows * columns,
      bytes: (dtype === "float32" ? 4 : 8) * (rows * columns + 2 * (rows + columns)),
    };
  },
  reference,
  cpu: planThresholdCpu,
  webgpu: planThresholdWebGpu,
  tensorflow: planThresholdTensorFlow,
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const [rows, columns] = [random.integer(1, 40), random.integer(1, 40)];
    const { inputs, options } = randomPlanCase(random, dtype, rows, columns);
    const count = random.integer(1, rows * columns);
    return { name: `${count} of ${dtype} [${rows}, ${columns}]`, inputs, options: { ...options, count } };
  },
  // log P is exact in these cases, so that every device selects the same entry.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

function infer(inputs: readonly TensorSpec[], options: PlanThresholdOptions): readonly TensorSpec[] {
  const { rows, columns, dtype } = planExtents("plan-threshold", inputs, options);
  const { count } = options;
  if (!Number.isInteger(count) || count < 1 || count > rows * columns)
    throw new InvalidInputError("plan-threshold: count", `an integer from 1 to ${rows * columns}`, count);
  return [
    { shape: [1], dtype },
    { shape: [1], dtype: "int32" },
  ];
}

function reference(inputs: readonly ReferenceArray[], options: PlanThresholdOptions): readonly ReferenceArray[] {
  const descending = referenceLogPlan(inputs, options).sort((a, b) => b - a);
  const threshold = descending[options.count - 1];
  const ties = options.count - descending.indexOf(threshold);
  return [referenceArray(inputs[0].dtype, [1], [threshold]), referenceArray("int32", [1], [ties])];
}

function cases(): readonly KernelCase<PlanThresholdOptions>[] {
  const sizes = [
    [1, 1, 1],
    [1, 7, 7],
    [9, 1, 1],
    [33, 65, 100],
    [33, 65, 33 * 65],
    [16, 16, 37],
  ];
  return (["float32", "float64"] as const).flatMap((dtype) =>
    sizes.map(([rows, columns, count]) => {
      // Shifted so that log P has both signs.
      const { inputs, options } = planCase(dtype, rows, columns, 2);
      return { name: `${count} of ${dtype} [${rows}, ${columns}]`, inputs, options: { ...options, count } };
    }),
  );
}
