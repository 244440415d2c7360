import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { csrProductShader } from "#kernels/csr-product";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

export const csrProductWebGpu: WebGpuImplementation<null> = {
  run({ inputs: [values, x, pointers, columns], outputs: [y], dispatch, clear }) {
    if (y.size === 0) return;
    const [extent, width] = x.shape;
    if (values.size === 0) {
      clear(y);
      return;
    }
    dispatch({
      code: csrProductShader,
      bindings: [values, x, pointers, columns, y],
      uniforms: Uint32Array.of(y.size, extent, width),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
