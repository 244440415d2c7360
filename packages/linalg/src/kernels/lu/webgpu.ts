import type { WebGpuImplementation } from "@ansatz/tensor";
import { luShader } from "#kernels/lu";
import { matrixShape } from "../../matrix-shape.ts";
import { shaderOf } from "../element-shader.ts";

/** Columns of a panel and side of the tiles of an update, as in gpu.wgsl. */
const BLOCK = 16;

/** Columns that a workgroup finishes, as in gpu.wgsl. */
const COLUMNS = 64;

/** Most workgroups along an axis. */
const MOST_GROUPS = 65535;

export const luWebGpu: WebGpuImplementation<null> = {
  dtypes: ["float32", "complex64", "int32"],
  run(call) {
    const [a] = call.inputs;
    const code = shaderOf(a.dtype, luShader);
    const [factors, permutation, status] = call.outputs;
    const { rows, columns, batches } = matrixShape("lu: a", a);
    const count = Math.min(rows, columns);
    const exchanges = call.scratch(4 * Math.max(1, batches * count));
    const tiles = (extent: number) => Math.ceil(extent / BLOCK);
    for (let first = 0; first < batches; first += MOST_GROUPS) {
      const matrices = Math.min(MOST_GROUPS, batches - first);
      const step = (entryPoint: string, k: number, x: number, y = 1) =>
        call.dispatch({
          code,
          entryPoint,
          bindings: [a, factors, permutation, status, exchanges],
          uniforms: Uint32Array.of(rows, columns, first, k),
          workgroups: [x, y, matrices],
        });
      step("copy", 0, Math.max(1, tiles(columns)), Math.max(1, tiles(rows)));
      for (let k = 0; k < count; k += BLOCK) {
        step("factor_panel", k, 1);
        if (columns > BLOCK) step("finish_columns", k, Math.ceil(columns / COLUMNS));
        const width = Math.min(BLOCK, count - k);
        step("update", k, tiles(columns - k - width), tiles(rows - k - width));
      }
    }
  },
};
