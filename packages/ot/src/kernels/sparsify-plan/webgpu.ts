import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { logPlanShader } from "#kernels/log-plan";
import { sparsifyPlanShader } from "#kernels/sparsify-plan";
import { planUniforms } from "../log-plan/uniforms.ts";
import type { SparsifyOptions } from "./options.ts";

/** As in gpu.wgsl. */
const THREADS = 64;
const SEGMENT = 64;

export const sparsifyWebGpu: WebGpuImplementation<SparsifyOptions> = {
  dtypes: ["float32", "int32"],
  run({ inputs, outputs, dispatch, scratch, clear }, options) {
    const [rows, columns] = inputs[0].shape;
    const [, indices, values] = outputs;
    const segments = rows * Math.ceil(columns / SEGMENT);
    const counts = scratch((2 * rows + columns + 2 * segments) * 4);
    for (const array of [indices, values, counts]) clear(array);
    const uniforms = planUniforms([rows, columns], options, { u32: options.capacity });
    const run = (entryPoint: string, workgroups: [number, number?, number?]) =>
      dispatch({
        code: logPlanShader + sparsifyPlanShader,
        entryPoint,
        bindings: [...inputs, ...outputs, counts],
        uniforms,
        workgroups,
      });
    run("count_segments", workgroupsFor(segments, THREADS));
    run("count_rows", [Math.ceil(rows / THREADS)]);
    run("scan_rows", [1]);
    run("write_segments", workgroupsFor(segments, THREADS));
    run("count_columns", [Math.ceil(rows / THREADS)]);
    run("scan_columns", [1]);
    run("scatter_columns", [Math.ceil(rows / THREADS)]);
    run("sort_columns", [Math.ceil(columns / THREADS)]);
  },
};
