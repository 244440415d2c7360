import type { WebGpuImplementation } from "@ansatz/tensor";
import { pointCloudSweepShader } from "#kernels/point-cloud-sweep";
import { planUniforms } from "../log-plan/uniforms.ts";
import { METRIC_CODES, type PointCloudSweepOptions } from "./options.ts";

/** Rows of a workgroup; as in gpu.wgsl. */
const TILE = 16;

export const pointCloudSweepWebGpu: WebGpuImplementation<PointCloudSweepOptions> = {
  dtypes: ["float32"],
  run({ inputs, outputs, dispatch }, options) {
    const [rows, dimension] = inputs[0].shape;
    const [, columns] = inputs[1].shape;
    dispatch({
      code: pointCloudSweepShader,
      entryPoint: "sweep",
      bindings: [...inputs, ...outputs],
      uniforms: planUniforms(
        [rows, columns],
        options,
        { f32: options.regularization },
        { f32: options.grid },
        { u32: dimension },
        { u32: METRIC_CODES[options.metric] },
      ),
      workgroups: [Math.ceil(rows / TILE)],
    });
  },
};
