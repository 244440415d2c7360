import { poolingShader } from "#kernels/pooling";
import { windowArgmaxWindowsShader } from "#kernels/window-argmax";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { windowGeometry, windowUniforms } from "../window-argmax/windows.ts";
import type { PoolingKernelOptions } from "./options.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

export const poolingWebGpu: WebGpuImplementation<PoolingKernelOptions> = {
  run({ inputs: [x], outputs: [y], dispatch }, options) {
    if (y.size === 0) return;
    dispatch({
      code: windowArgmaxWindowsShader + poolingShader,
      constants: { is_maximum: options.operation === "max" ? 1 : 0, includes_padding: options.includePadding ? 1 : 0 },
      bindings: [x, y],
      uniforms: windowUniforms(y.size, windowGeometry(x.shape, options)),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
