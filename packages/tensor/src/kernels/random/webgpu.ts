import { randomShader } from "#kernels/random";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import type { RandomKernelOptions } from "./options.ts";

const WORKGROUP_SIZE = 256;

export const randomWebGpu: WebGpuImplementation<RandomKernelOptions> = {
  run({ inputs: [key], outputs: [y], dispatch }, { distribution }) {
    const blocks = Math.ceil(y.size / 4);
    dispatch({
      code: randomShader,
      entryPoint: distribution === "uniform" ? "uniform_numbers" : distribution,
      bindings: [key, y],
      uniforms: Uint32Array.of(blocks),
      workgroups: workgroupsFor(blocks, WORKGROUP_SIZE),
    });
  },
};
