import { takeAlongAxisShader } from "#kernels/take-along-axis";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { wordsPerElement } from "../gather/webgpu.ts";
import { type AlongAxisOptions, alongAxisGeometry } from "./geometry.ts";

const WORKGROUP_SIZE = 256;

export const takeAlongAxisWebGpu: WebGpuImplementation<AlongAxisOptions> = {
  run({ inputs: [x, indices], outputs: [y], dispatch }, { axis }) {
    const { extent, count, inner } = alongAxisGeometry(x.shape, indices.shape, axis);
    dispatch({
      code: takeAlongAxisShader,
      bindings: [x, indices, y],
      uniforms: Uint32Array.of(extent, count, inner, wordsPerElement(x.dtype), y.size),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
