import { bytesPerElement, type WebGpuImplementation } from "@ansatz/tensor";
import { projectionProcessShader } from "#kernels/projection-process";
import { matrixShape } from "../../matrix-shape.ts";
import { shaderOf } from "../element-shader.ts";

/** Invocations of a workgroup, as in gpu.wgsl. */
const THREADS = 256;

/** Most workgroups along an axis. */
const MOST_GROUPS = 65535;

export const projectionProcessWebGpu: WebGpuImplementation<null> = {
  dtypes: ["float32", "complex64", "int32"],
  run(call) {
    const [features, uniforms] = call.inputs;
    const [chosen] = call.outputs;
    const { rows: size, columns: count, dtype } = matrixShape("projectionProcess: functions", features);
    const [samples] = uniforms.shape;
    if (chosen.size === 0) return;
    const residuals = call.scratch(4 * samples * count);
    const directions = call.scratch(bytesPerElement(dtype) * samples * size ** 2);
    const code = shaderOf(dtype, projectionProcessShader);
    for (let first = 0; first < samples; first += MOST_GROUPS) {
      const own = Math.min(MOST_GROUPS, samples - first);
      const dispatch = (entryPoint: string, step: number, groups: number) =>
        call.dispatch({
          code,
          entryPoint,
          bindings: [features, uniforms, chosen, residuals, directions],
          uniforms: Uint32Array.of(size, count, first, step),
          workgroups: [groups, own, 1],
        });
      const groups = Math.ceil(count / THREADS);
      dispatch("measure", 0, groups);
      for (let step = 0; step < size; step++) {
        dispatch("choose", step, 1);
        if (step + 1 < size) dispatch("update", step, groups);
      }
    }
  },
};
