import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { mixtureDrawShader } from "#kernels/mixture-draw";
import { packUniforms } from "../log-plan/uniforms.ts";
import { mixtureCode } from "../mixture/shader.ts";
import type { MixtureDrawOptions } from "./options.ts";

const WORKGROUP = 64;

export const mixtureDrawWebGpu: WebGpuImplementation<MixtureDrawOptions> = {
  dtypes: ["float32"],
  run({ inputs, outputs, dispatch }, { regularization }) {
    const [points, uniforms, noise, offsets, quadratic, linear, rotations] = inputs;
    const [count, dimension] = points.shape;
    dispatch({
      code: mixtureCode(dimension, rotations !== undefined, mixtureDrawShader),
      bindings: [points, uniforms, noise, offsets, quadratic, linear, rotations ?? quadratic, outputs[0]],
      uniforms: packUniforms([{ u32: count }, { u32: offsets.shape[0] }, { f32: regularization }]),
      workgroups: workgroupsFor(count, WORKGROUP),
    });
  },
};
