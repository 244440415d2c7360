import type { WebGpuImplementation } from "@ansatz/tensor";
import { solveTriangularShader } from "#kernels/solve-triangular";
import { matrixShape } from "../../matrix-shape.ts";
import { shaderOf } from "../element-shader.ts";
import type { SolveTriangularOptions } from "./options.ts";

/** Unknowns solved for at a time, columns of a workgroup, and rows that one updates; as in gpu.wgsl. */
const BLOCK = 16;
const COLUMNS = 64;

/** Most workgroups along an axis. */
const MOST_GROUPS = 65535;

export const solveTriangularWebGpu: WebGpuImplementation<SolveTriangularOptions> = {
  dtypes: ["float32", "complex64"],
  run(call, { lower, transpose, unitDiagonal }) {
    const [t, b] = call.inputs;
    const code = shaderOf(t.dtype, solveTriangularShader);
    const [x] = call.outputs;
    if (x.size === 0) return;
    const { rows: n, columns, batches } = matrixShape("solveTriangular: b", b);
    const forward = lower !== transpose;
    for (let first = 0; first < batches; first += MOST_GROUPS) {
      const count = Math.min(MOST_GROUPS, batches - first);
      const step = (entryPoint: string, k: number, groups: readonly [number, number]) =>
        call.dispatch({
          code,
          entryPoint,
          bindings: [t, b, x],
          uniforms: Uint32Array.of(n, columns, first, k, Number(forward), Number(transpose), Number(unitDiagonal), 0),
          workgroups: [...groups, count],
        });
      step("copy", 0, [Math.ceil(columns / COLUMNS), Math.ceil(n / BLOCK)]);
      const blocks = Math.ceil(n / BLOCK);
      for (let index = 0; index < blocks; index++) {
        const k = BLOCK * (forward ? index : blocks - 1 - index);
        step("solve_block", k, [Math.ceil(columns / COLUMNS), 1]);
        const rest = forward ? n - k - BLOCK : k;
        if (rest > 0) step("update", k, [Math.ceil(columns / COLUMNS), Math.ceil(rest / BLOCK)]);
      }
    }
  },
};
