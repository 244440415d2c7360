import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { vandermondePowersShader, vandermondeShader, vandermondeTransposedShader } from "#kernels/vandermonde";
import type { VandermondeOptions } from "./options.ts";

/** As in the shaders. */
const WORKGROUP_SIZE = 64;
const STEPS = 16;

export const vandermondeWebGpu: WebGpuImplementation<VandermondeOptions> = {
  run({ inputs: [z, w], outputs: [y], dispatch }, { length }) {
    if (y.size === 0) return;
    const groups = Math.ceil(length / STEPS);
    const size = (y.size / length) * groups;
    dispatch({
      code: vandermondePowersShader + vandermondeShader,
      bindings: [z, w, y],
      uniforms: Uint32Array.of(z.shape[z.shape.length - 1], length, groups, size),
      workgroups: workgroupsFor(size, WORKGROUP_SIZE),
    });
  },
};

export const transposedVandermondeWebGpu: WebGpuImplementation<null> = {
  run({ inputs: [z, k], outputs: [y], dispatch }) {
    if (y.size === 0) return;
    const length = k.shape[k.shape.length - 1];
    dispatch({
      code: vandermondePowersShader + vandermondeTransposedShader,
      bindings: [z, k, y],
      uniforms: Uint32Array.of(z.shape[z.shape.length - 1], length, Math.ceil(length / WORKGROUP_SIZE), y.size),
      workgroups: workgroupsFor(y.size, 1),
    });
  },
};
