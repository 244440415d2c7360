import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { mixtureScoreShader } from "#kernels/mixture-score";
import { componentFactors, type MixtureScoreOptions } from "./options.ts";

/** Rows of a workgroup, as in gpu.wgsl. */
const ROWS = 16;

export const mixtureScoreWebGpu: WebGpuImplementation<MixtureScoreOptions> = {
  dtypes: ["float32"],
  run({ inputs, outputs, dispatch, upload }, options) {
    const [rows, dimensions] = inputs[0].shape;
    if (rows === 0) return;
    const { bias, halfPrecision, ofState, ofMean, shift } = componentFactors(options, dimensions);
    const factors = new Float32Array(4 * bias.length);
    for (let k = 0; k < bias.length; k++) factors.set([bias[k], halfPrecision[k], ofState[k], ofMean[k]], 4 * k);
    const uniforms = new DataView(new ArrayBuffer(32));
    for (const [index, value] of [rows, dimensions, bias.length].entries()) uniforms.setUint32(4 * index, value, true);
    uniforms.setFloat32(12, options.alpha, true);
    uniforms.setFloat32(16, shift, true);
    dispatch({
      code: mixtureScoreShader,
      bindings: [...inputs, upload(factors), ...outputs],
      uniforms,
      workgroups: workgroupsFor(rows, ROWS),
    });
  },
};
