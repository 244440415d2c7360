import { windowArgmaxShader, windowArgmaxWindowsShader } from "#kernels/window-argmax";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type WindowOptions, windowGeometry, windowUniforms } from "./windows.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

export const windowArgmaxWebGpu: WebGpuImplementation<WindowOptions> = {
  run({ inputs: [x], outputs: [y], dispatch }, options) {
    if (y.size === 0) return;
    dispatch({
      code: windowArgmaxWindowsShader + windowArgmaxShader,
      bindings: [x, y],
      uniforms: windowUniforms(y.size, windowGeometry(x.shape, options)),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
