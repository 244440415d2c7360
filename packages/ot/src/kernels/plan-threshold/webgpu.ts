import type { WebGpuImplementation } from "@ansatz/tensor";
import { logPlanShader } from "#kernels/log-plan";
import { planThresholdShader } from "#kernels/plan-threshold";
import { planUniforms } from "../log-plan/uniforms.ts";
import type { PlanThresholdOptions } from "./options.ts";

/** Workgroups that count, each with a histogram of its own: enough to fill a large GPU, and not more than have 4096 entries each. */
const COUNTING_WORKGROUPS = 1024;
const ENTRIES_PER_WORKGROUP = 4096;

/** Bytes of the struct State of gpu.wgsl. */
const STATE_BYTES = (256 + 2) * 4;

export const planThresholdWebGpu: WebGpuImplementation<PlanThresholdOptions> = {
  dtypes: ["float32", "int32"],
  run({ inputs, outputs, dispatch, scratch, clear }, options) {
    const [rows, columns] = inputs[0].shape;
    const state = scratch(STATE_BYTES);
    clear(state);
    for (const shift of [24, 16, 8, 0]) {
      const uniforms = planUniforms([rows, columns], options, { u32: options.count }, { u32: shift });
      const shader = { code: logPlanShader + planThresholdShader, bindings: [...inputs, ...outputs, state], uniforms };
      dispatch({
        ...shader,
        entryPoint: "count_digits",
        workgroups: [Math.min(Math.ceil((rows * columns) / ENTRIES_PER_WORKGROUP), COUNTING_WORKGROUPS)],
      });
      dispatch({ ...shader, entryPoint: "take_digit", workgroups: [1] });
    }
  },
};
