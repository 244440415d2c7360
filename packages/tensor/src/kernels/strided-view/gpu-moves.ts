import { stridedViewShader } from "#kernels/strided-view";
import { type WebGpuArray, type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import { isComplex } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import { moveAxes, type Strides } from "./moves.ts";

const WORKGROUP_SIZE = 256;

/** `moveOnCpu` on a GPU. */
export function moveOnGpu(
  { dispatch, upload }: WebGpuCall,
  shape: Shape,
  x: WebGpuArray,
  from: Strides,
  y: WebGpuArray,
  to: Strides,
): void {
  const words = isComplex(x.dtype) ? 2 : 1;
  const size = shape.reduce((product, extent) => product * extent, words);
  if (size === 0) return;
  const inWords = (strides: readonly number[]) => [...strides.map((stride) => stride * words), 1];
  const axes = moveAxes([...shape, words], inWords(from.strides), inWords(to.strides));
  dispatch({
    code: stridedViewShader,
    bindings: [x, y, upload(Int32Array.from(axes.flatMap((axis) => [axis.extent, axis.from, axis.to])))],
    uniforms: Uint32Array.of(size, axes.length, from.offset * words, to.offset * words),
    workgroups: workgroupsFor(size, WORKGROUP_SIZE),
  });
}
