import { castShader } from "#kernels/cast";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { ComplexDType, DType } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import type { CastOptions } from "./options.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

/** Numbers of the kinds of elements in gpu.wgsl. The device has no float64. */
const KINDS: Readonly<Record<Exclude<DType, "float64" | ComplexDType>, number>> = {
  float32: 0,
  int32: 1,
  uint32: 2,
  bool: 3,
};

export const castWebGpu: WebGpuImplementation<CastOptions> = {
  dtypes: ["float32", "int32", "uint32", "bool"],
  run({ inputs: [x], outputs: [y], dispatch }) {
    const kind = (dtype: DType) => KINDS[dtype as keyof typeof KINDS];
    dispatch({
      code: castShader,
      constants: { source: kind(x.dtype), destination: kind(y.dtype) },
      bindings: [x, y],
      uniforms: Uint32Array.of(x.size),
      workgroups: workgroupsFor(x.size, WORKGROUP_SIZE),
    });
  },
};
