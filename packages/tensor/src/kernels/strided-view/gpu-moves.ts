import { stridedViewShader } from "#kernels/strided-view";
import { type WebGpuArray, type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import { isComplex } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import { moveAxes, type Strides } from "./moves.ts";

const WORKGROUP_SIZE = 256;

/** `moveOnCpu` on a GPU. */
export function moveOnGpu(
  { dispatch }: WebGpuCall,
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
    code: shaderFor(axes.length),
    bindings: [x, y],
    uniforms: Int32Array.of(
      ...[size, from.offset * words, to.offset * words, 0],
      ...axes.flatMap((axis) => [axis.extent, axis.from, axis.to, 0]),
    ),
    workgroups: workgroupsFor(size, WORKGROUP_SIZE),
  });
}

/** Shaders by number of axes. */
const shaders = new Map<number, string>();

function shaderFor(rank: number): string {
  const known = shaders.get(rank);
  if (known) return known;
  const code = stridedViewShader.replace("const RANK = 1;", `const RANK = ${rank};`);
  shaders.set(rank, code);
  return code;
}
