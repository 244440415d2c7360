import type { WebGpuImplementation } from "@ansatz/tensor";
import { logPlanShader } from "#kernels/log-plan";
import { planMarginalsShader } from "#kernels/plan-marginals";
import type { LogPlanOptions } from "../log-plan/log-plan.ts";
import { planUniforms } from "../log-plan/uniforms.ts";

/** As in gpu.wgsl. */
const TILE = 64;
const COMBINE_THREADS = 64;

export const planMarginalsWebGpu: WebGpuImplementation<LogPlanOptions> = {
  dtypes: ["float32", "int32"],
  run({ inputs, outputs, dispatch, scratch, clear }, options) {
    const [rows, columns] = inputs[0].shape;
    const [rowTiles, columnTiles] = [Math.ceil(rows / TILE), Math.ceil(columns / TILE)];
    const partial = scratch((2 * columnTiles * rows + rowTiles * columns) * 4);
    clear(outputs[2]);
    const shader = {
      code: logPlanShader + planMarginalsShader,
      bindings: [...inputs, ...outputs, partial],
      uniforms: planUniforms([rows, columns], options),
    };
    dispatch({ ...shader, entryPoint: "sum_tiles", workgroups: [columnTiles, rowTiles] });
    dispatch({ ...shader, entryPoint: "combine_tiles", workgroups: [Math.ceil((rows + columns) / COMBINE_THREADS)] });
  },
};
