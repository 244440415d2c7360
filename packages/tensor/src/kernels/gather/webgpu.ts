import { gatherShader } from "#kernels";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type GatherOptions, gatherGeometry } from "./geometry.ts";

const WORKGROUP_SIZE = 256;

export const gatherWebGpu: WebGpuImplementation<GatherOptions> = {
  run({ inputs: [x, indices], outputs: [y], dispatch }, { axis }) {
    const { extent, count, inner } = gatherGeometry(x.shape, indices.shape, axis);
    const width = inner % 4 === 0 ? 4 : 1;
    const size = y.size / width;
    dispatch({
      code: gatherShader,
      entryPoint: width === 4 ? "vectors" : "words",
      bindings: [x, indices, y],
      uniforms: Uint32Array.of(extent, count, inner / width, size),
      workgroups: workgroupsFor(size, WORKGROUP_SIZE),
    });
  },
};
