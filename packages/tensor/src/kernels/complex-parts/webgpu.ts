import { complexPartsShader } from "#kernels/complex-parts";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import type { ComplexPartsOperation, ComplexPartsOptions } from "./options.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;
const NUMBERS: Readonly<Record<ComplexPartsOperation, number>> = { real: 0, imag: 1, conj: 2, complex: 3 };

export const complexPartsWebGpu: WebGpuImplementation<ComplexPartsOptions> = {
  run({ inputs, outputs: [y], dispatch }, { operation }) {
    if (y.size === 0) return;
    dispatch({
      code: complexPartsShader,
      constants: { operation: NUMBERS[operation] },
      bindings: [inputs[0], inputs[1] ?? inputs[0], y],
      uniforms: Uint32Array.of(y.size),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
