import type { WebGpuImplementation } from "@ansatz/tensor";
import { stabilityMapShader } from "#kernels/stability-map";
import type { StabilityMapOptions } from "./options.ts";

/** As in gpu.wgsl. */
const SIDE = 8;

/** As in reference.ts. */
const HALVINGS = 20;

export const stabilityMapWebGpu: WebGpuImplementation<StabilityMapOptions> = {
  dtypes: ["float32"],
  run(call, { rows, columns, real, imaginary }) {
    const [state, slope] = call.inputs;
    const uniforms = new Uint32Array(8);
    uniforms.set([rows, columns, state.size, HALVINGS]);
    const [top, down] = rows > 1 ? [imaginary[1], (imaginary[0] - imaginary[1]) / (rows - 1)] : [imaginary[0], 0];
    const step = columns > 1 ? (real[1] - real[0]) / (columns - 1) : 0;
    new Float32Array(uniforms.buffer, 16).set([real[0], step, top, down]);
    call.dispatch({
      code: stabilityMapShader,
      bindings: [state, slope, call.outputs[0]],
      uniforms,
      workgroups: [Math.ceil(columns / SIDE), Math.ceil(rows / SIDE)],
    });
  },
};
