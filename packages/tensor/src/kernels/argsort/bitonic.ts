import { argsortBitonicShader } from "#kernels/argsort";
import { type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";

/** As in bitonic.wgsl. */
const BLOCK = 1024;
const WORKGROUP_SIZE = 256;

/**
 * Sorts `lines` lines of (key, position) pairs of u32, each `length` (a power of two) long, by key and then by position.
 * Source: Batcher, "Sorting networks and their applications" (AFIPS 1968); stages that fit a workgroup's memory run there in one dispatch.
 */
export function sortPairs(
  { dispatch }: Pick<WebGpuCall, "dispatch">,
  pairs: GPUBuffer,
  lines: number,
  length: number,
): void {
  const total = lines * length;
  const step = (entryPoint: string, invocations: number, perGroup: number, stage = 0, distance = 0) =>
    dispatch({
      code: argsortBitonicShader,
      entryPoint,
      bindings: [pairs],
      uniforms: Uint32Array.of(total, length, stage, distance),
      workgroups: workgroupsFor(invocations, perGroup),
    });
  step("sort_block", total, BLOCK);
  for (let stage = 2 * BLOCK; stage <= length; stage *= 2) {
    for (let distance = stage / 2; distance >= BLOCK; distance /= 2)
      step("merge_step", total / 2, WORKGROUP_SIZE, stage, distance);
    step("merge_within_blocks", total, BLOCK, stage);
  }
}
