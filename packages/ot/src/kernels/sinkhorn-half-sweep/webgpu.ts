import type { WebGpuImplementation } from "@ansatz/tensor";
import { logPlanShader } from "#kernels/log-plan";
import { sinkhornHalfSweepShader } from "#kernels/sinkhorn-half-sweep";
import { planUniforms } from "../log-plan/uniforms.ts";
import type { HalfSweepOptions } from "./options.ts";

/** Rows, or columns, of a workgroup; as in gpu.wgsl. */
const TILE = 16;

export const halfSweepWebGpu: WebGpuImplementation<HalfSweepOptions> = {
  dtypes: ["float32"],
  run({ inputs, outputs, dispatch }, options) {
    const [rows, columns] = inputs[0].shape;
    const byRows = options.axis === "rows";
    dispatch({
      code: logPlanShader + sinkhornHalfSweepShader,
      entryPoint: byRows ? "sweep_rows" : "sweep_columns",
      bindings: [...inputs, ...outputs],
      uniforms: planUniforms([rows, columns], options, { f32: options.regularization }, { f32: options.grid }),
      workgroups: [Math.ceil((byRows ? rows : columns) / TILE)],
    });
  },
};
