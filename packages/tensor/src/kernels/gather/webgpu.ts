import { gatherShader } from "#kernels/gather";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import { bytesPerElement, type DType } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type GatherOptions, gatherGeometry } from "./geometry.ts";

const WORKGROUP_SIZE = 256;

/** 32-bit words per element; a bool takes one on this device. */
export function wordsPerElement(dtype: DType): number {
  return Math.max(4, bytesPerElement(dtype)) / 4;
}

export const gatherWebGpu: WebGpuImplementation<GatherOptions> = {
  run({ inputs: [x, indices], outputs: [y], dispatch }, { axis }) {
    const { extent, count, inner } = gatherGeometry(x.shape, indices.shape, axis);
    const words = inner * wordsPerElement(x.dtype);
    const width = words % 4 === 0 ? 4 : 1;
    const size = (y.size * wordsPerElement(x.dtype)) / width;
    dispatch({
      code: gatherShader,
      entryPoint: width === 4 ? "vectors" : "words",
      bindings: [x, indices, y],
      uniforms: Uint32Array.of(extent, count, words / width, size),
      workgroups: workgroupsFor(size, WORKGROUP_SIZE),
    });
  },
};
