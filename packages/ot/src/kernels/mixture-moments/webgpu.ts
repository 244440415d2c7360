import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { mixtureMomentsMeansShader, mixtureMomentsShader } from "#kernels/mixture-moments";
import { mixtureCode } from "../mixture/shader.ts";

const WORKGROUP = 64;

export const mixtureMomentsWebGpu: WebGpuImplementation<Record<string, never>> = {
  dtypes: ["float32"],
  run({ inputs, outputs, dispatch, scratch }) {
    const [points, offsets, centers, quadratic, linear, rotations] = inputs;
    const [logSums, mass, first, second] = outputs;
    const [count, dimension] = points.shape;
    const [components] = offsets.shape;
    const rotated = rotations !== undefined;
    const weights = scratch(4 * count * components);
    dispatch({
      code: mixtureCode(dimension, rotated, mixtureMomentsShader),
      bindings: [points, offsets, centers, quadratic, linear, rotations ?? quadratic, logSums, weights],
      uniforms: Uint32Array.of(count, components),
      workgroups: workgroupsFor(count, WORKGROUP),
    });
    const means = components * (1 + dimension + (rotated ? dimension ** 2 : dimension));
    dispatch({
      label: "mixture-moments: means",
      code: mixtureMomentsMeansShader,
      bindings: [points, centers, weights, mass, first, second],
      uniforms: Uint32Array.of(count, components, dimension, rotated ? 1 : 0),
      workgroups: workgroupsFor(means, WORKGROUP),
    });
  },
};
