import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/sparse-cholesky";
import { PRODUCT_SCRATCH_BYTES, SUFFIX } from "../../workspace.ts";
import type { SparseCholeskyOptions } from "./options.ts";

/** A 64-byte line at the end of an area may be read. */
const LINE = 64;

export const sparseCholeskyCpu: CpuImplementation<SparseCholeskyOptions> = {
  module: cpuModule,
  run({ inputs, outputs: [factor, info], invoke, scratch }, { frontSize, stackSize }) {
    const [, columnPointers, , starts] = inputs;
    const bytes = factor.dtype === "float64" ? 8 : 4;
    const supernodes = starts.size - 1;
    const room = (size: number) => scratch(size + LINE);
    const failed = invoke(
      `sparse_cholesky_${SUFFIX[factor.dtype as FloatDType]}`,
      ...inputs.map(({ pointer }) => pointer),
      supernodes,
      factor.pointer,
      room(4 * columnPointers.size),
      room(4 * supernodes),
      room(bytes * frontSize ** 2),
      room(bytes * stackSize),
      room(PRODUCT_SCRATCH_BYTES),
    );
    info.view()[0] = failed;
    if (failed) factor.view().fill(Number.NaN);
  },
};
