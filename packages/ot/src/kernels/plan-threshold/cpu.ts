import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/plan-threshold";
import type { PlanThresholdOptions } from "./options.ts";

/** Digits of keys, as in cpu.as.ts. */
const DIGITS = 1 << 16;

export const planThresholdCpu: CpuImplementation<PlanThresholdOptions> = {
  module: cpuModule,
  run({ inputs: [cost, potentials], outputs: [threshold, ties], invoke, scratch }, { regularization, count }) {
    const [rows, columns] = cost.shape;
    const type = cost.dtype === "float32" ? "f32" : "f64";
    const eta = 1 / regularization;
    const histogram = scratch(DIGITS * 4);
    const plan = [cost.pointer, potentials.pointer, histogram] as const;
    invoke(`plan_threshold_count_${type}`, ...plan, rows, columns, eta);
    const digit = invoke("plan_threshold_digit", histogram, count);
    const keys = scratch(invoke("plan_threshold_size", histogram, digit) * 8);
    const outputs = [threshold.pointer, ties.pointer] as const;
    invoke(`plan_threshold_select_${type}`, ...plan, keys, ...outputs, rows, columns, eta, digit, count);
  },
};
