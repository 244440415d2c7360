import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/relaxation-solve";
import type { RelaxationSolveOptions } from "./options.ts";

const METHODS = ["sor", "ssor", "ssor-cg"];

export const relaxationSolveCpu: CpuImplementation<RelaxationSolveOptions> = {
  module: cpuModule,
  run(call, { method, tolerance, maximumIterations, relativeTo, backwardFirst }) {
    const [values, pointers, columns, b, start, relaxations] = call.inputs;
    const [x, iterations, status] = call.outputs;
    if (relaxations.size === 0) return;
    const room = call.scratch(Math.max(8, 4 * 8 * x.size));
    const flags = Number(relativeTo === "right-hand side") + 2 * Number(backwardFirst);
    const problem = call.upload(
      Uint32Array.of(
        ...[values, pointers, columns, b, start, relaxations, x, iterations, status].map(({ pointer }) => pointer),
        room,
        b.size,
        METHODS.indexOf(method),
        maximumIterations,
        flags,
        call.upload(Float64Array.of(tolerance)),
      ),
    );
    call.parallel("relaxation_solve", [problem], relaxations.size, 1);
  },
};
