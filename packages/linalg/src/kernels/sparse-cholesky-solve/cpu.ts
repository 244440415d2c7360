import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/sparse-cholesky-solve";
import { SUFFIX } from "../../workspace.ts";

export const sparseCholeskySolveCpu: CpuImplementation<null> = {
  module: cpuModule,
  run({ inputs: [factor, b, starts, rowPointers, rows], outputs: [x], parallel }) {
    x.view().set(b.view());
    const [count, n] = x.shape;
    if (x.size === 0) return;
    const supernodes = starts.size - 1;
    parallel(
      `sparse_cholesky_solve_${SUFFIX[x.dtype as FloatDType]}`,
      [factor.pointer, factor.size, starts.pointer, rowPointers.pointer, rows.pointer, supernodes, x.pointer, n],
      count,
      1,
    );
  },
};
