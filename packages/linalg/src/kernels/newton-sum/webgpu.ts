import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { newtonSumShader } from "#kernels/newton-sum";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 128;

export const newtonSumWebGpu: WebGpuImplementation<null> = {
  dtypes: ["float32"],
  run({ inputs: [points, sources, charges], outputs: [values], dispatch, clear }) {
    if (values.size === 0) return;
    if (charges.size === 0) {
      clear(values);
      return;
    }
    dispatch({
      code: newtonSumShader,
      bindings: [points, sources, charges, values],
      uniforms: Uint32Array.of(values.size, charges.size),
      workgroups: workgroupsFor(values.size, WORKGROUP_SIZE),
    });
  },
};
