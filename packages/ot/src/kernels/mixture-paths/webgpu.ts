import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { mixturePathsShader } from "#kernels/mixture-paths";
import { packUniforms } from "../log-plan/uniforms.ts";
import { mixtureCode } from "../mixture/shader.ts";
import type { MixturePathsOptions } from "./options.ts";

const WORKGROUP = 64;

export const mixturePathsWebGpu: WebGpuImplementation<MixturePathsOptions> = {
  dtypes: ["float32"],
  run({ inputs, outputs, dispatch }, { regularization, stepSize, every }) {
    const [starts, noise, offsets, quadratic, linear, rotations] = inputs;
    const [count, dimension] = starts.shape;
    const [steps, components] = offsets.shape;
    dispatch({
      code: mixtureCode(dimension, rotations !== undefined, mixturePathsShader),
      bindings: [starts, noise, offsets, quadratic, linear, rotations ?? quadratic, outputs[0]],
      uniforms: packUniforms([
        { u32: count },
        { u32: components },
        { u32: steps },
        { u32: every },
        { f32: regularization },
        { f32: stepSize },
      ]),
      workgroups: workgroupsFor(count, WORKGROUP),
    });
  },
};
