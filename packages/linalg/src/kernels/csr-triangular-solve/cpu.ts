import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/csr-triangular-solve";
import { SUFFIX } from "../../workspace.ts";
import type { CsrTriangularSolveOptions } from "./options.ts";

export const csrTriangularSolveCpu: CpuImplementation<CsrTriangularSolveOptions> = {
  module: cpuModule,
  run({ inputs, outputs: [x], invoke }, { lower, transpose }) {
    const parameters = [...inputs, x].map(({ pointer }) => pointer);
    const suffix = SUFFIX[x.dtype as FloatDType];
    invoke(`csr_triangular_solve_${suffix}`, ...parameters, x.size, lower ? 1 : 0, transpose ? 1 : 0);
  },
};
