import { discoveredExp2ProgramShader, discoveredExp2Shader } from "#kernels/discovered-exp2";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

export const discoveredExp2WebGpu: WebGpuImplementation<undefined> = {
  run({ inputs: [x], outputs: [y], dispatch }) {
    dispatch({
      code: discoveredExp2ProgramShader + discoveredExp2Shader,
      bindings: [x, y],
      uniforms: Uint32Array.of(x.size),
      workgroups: workgroupsFor(x.size, WORKGROUP_SIZE),
    });
  },
};
