import type { LogPlanOptions } from "./log-plan.ts";

/** A field of a struct of uniforms. */
type UniformField = { readonly u32: number } | { readonly f32: number };

/** The struct Parameters of the plan kernels: rows, columns, 1/ε and what else a kernel needs. */
export function planUniforms(
  [rows, columns]: readonly number[],
  { regularization }: LogPlanOptions,
  ...more: readonly UniformField[]
): DataView {
  return packUniforms([{ u32: rows }, { u32: columns }, { f32: 1 / regularization }, ...more]);
}

/** Fields one after the other, four bytes each. */
export function packUniforms(fields: readonly UniformField[]): DataView {
  const view = new DataView(new ArrayBuffer(4 * fields.length));
  for (const [index, field] of fields.entries()) {
    if ("u32" in field) view.setUint32(4 * index, field.u32, true);
    else view.setFloat32(4 * index, field.f32, true);
  }
  return view;
}
