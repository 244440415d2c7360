import { type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { sparseConjugateShader } from "#kernels/sparse-conjugate";
import { packUniforms } from "../log-plan/uniforms.ts";
import type { SparseConjugateOptions } from "./options.ts";

export const sparseConjugateWebGpu: WebGpuImplementation<SparseConjugateOptions> = {
  dtypes: ["float32", "int32"],
  run({ inputs, outputs, dispatch, scratch }, { maximumEntries, regularizer, regularization, columnInput }) {
    const [batches, columns, rows] = inputs[0].shape;
    if (batches * columns === 0) return;
    dispatch({
      code: sparseConjugateShader,
      bindings: [...inputs, ...outputs, scratch(batches * columns * maximumEntries * 8)],
      uniforms: packUniforms([
        { u32: rows },
        { u32: columns },
        { u32: batches * columns },
        { u32: maximumEntries },
        { f32: regularization },
        { u32: Number(regularizer === "entropic") },
        { u32: Number(columnInput === "masses") },
      ]),
      workgroups: workgroupsFor(batches * columns, 1),
    });
  },
};
