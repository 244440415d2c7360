import type { WebGpuImplementation } from "@ansatz/tensor";
import { gaussianAccumulationShader } from "#kernels/gaussian-accumulation";

/** Side of a tile, as in gpu.wgsl. */
const TILE = 16;

export const gaussianAccumulationWebGpu: WebGpuImplementation<null> = {
  dtypes: ["float32"],
  run({ inputs, outputs: [values], dispatch, clear }) {
    const [, charges, exponents, , x, y, z] = inputs;
    if (values.size === 0) return;
    if (charges.size * exponents.size === 0) {
      clear(values);
      return;
    }
    dispatch({
      code: gaussianAccumulationShader,
      bindings: [...inputs, values],
      uniforms: Uint32Array.of(charges.size, exponents.size, y.size, z.size),
      workgroups: [Math.ceil(z.size / TILE), Math.ceil(y.size / TILE), x.size],
    });
  },
};
