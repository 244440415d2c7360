import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { diagonalScanCarryShader, diagonalScanShader } from "#kernels/diagonal-scan";
import type { DiagonalScanOptions } from "./options.ts";

/** As in the shaders. */
const WORKGROUP_SIZE = 64;

/** Invocations that keep a large GPU busy. */
const ENOUGH = 1 << 16;

export const diagonalScanWebGpu: WebGpuImplementation<DiagonalScanOptions> = {
  run({ inputs: [a, b], outputs: [x], dispatch, scratch, clear }, { reverse }) {
    if (x.size === 0) return;
    const [length, states] = x.shape.slice(-2);
    const lines = x.size / length;
    const chunk = chunkOf(length, lines);
    const chunks = Math.ceil(length / chunk);
    const size = lines * chunks;
    const carry = scratch(8 * size);
    const pass = (isFinal: number) =>
      dispatch({
        code: diagonalScanShader,
        constants: { is_final: isFinal },
        bindings: [a, b, x, carry],
        uniforms: Uint32Array.of(length, states, chunk, chunks, reverse ? 1 : 0, size),
        workgroups: workgroupsFor(size, WORKGROUP_SIZE),
      });
    if (chunks === 1) clear(carry);
    else {
      pass(0);
      dispatch({
        code: diagonalScanCarryShader,
        bindings: [a, carry],
        uniforms: Uint32Array.of(states, chunk, chunks, lines),
        workgroups: workgroupsFor(lines, WORKGROUP_SIZE),
      });
    }
    pass(1);
  },
};

/** Samples of a chunk, a power of two: so few that all units of the GPU have work, but not so few that the pass over chunks takes longer than those over samples. */
function chunkOf(length: number, lines: number): number {
  let chunk = 16;
  while (chunk < length && (chunk * chunk < length || (lines * length) / chunk > ENOUGH)) chunk *= 2;
  return chunk;
}
