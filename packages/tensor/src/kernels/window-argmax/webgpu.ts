import { windowArgmaxShader } from "#kernels/window-argmax";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type WindowArgmaxOptions, windowGeometry } from "./index.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

export const windowArgmaxWebGpu: WebGpuImplementation<WindowArgmaxOptions> = {
  run({ inputs: [x], outputs: [y], dispatch }, options) {
    if (y.size === 0) return;
    const { input, window, output, stride, before } = windowGeometry(x.shape, options);
    const triples = [input, window, output, stride, before].flatMap((triple) => [...triple, 0]);
    dispatch({
      code: windowArgmaxShader,
      bindings: [x, y],
      uniforms: Int32Array.of(y.size, 0, 0, 0, ...triples),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
