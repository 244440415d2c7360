import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/csr-triangular-solve";
import { SUFFIX } from "../../workspace.ts";
import type { CsrTriangularSolveOptions } from "./options.ts";

export const csrTriangularSolveCpu: CpuImplementation<CsrTriangularSolveOptions> = {
  module: cpuModule,
  run({ inputs, outputs: [x], invoke }, { lower }) {
    const parameters = [...inputs, x].map(({ pointer }) => pointer);
    invoke(`csr_triangular_solve_${SUFFIX[x.dtype as FloatDType]}`, ...parameters, x.size, lower ? 1 : 0);
  },
};
