import type { WebGpuImplementation } from "@ansatz/tensor";
import { choleskyShader } from "#kernels/cholesky";
import { matrixShape } from "../../matrix-shape.ts";
import { shaderOf } from "../element-shader.ts";

/** Order of the diagonal blocks and side of the tiles of an update, as in gpu.wgsl. */
const BLOCK = 16;

/** Rows that a workgroup solves for, as in gpu.wgsl. */
const ROWS = 64;

/** Most workgroups along an axis. */
const MOST_GROUPS = 65535;

export const choleskyWebGpu: WebGpuImplementation<null> = {
  dtypes: ["float32", "complex64", "int32"],
  run(call, _) {
    const [a] = call.inputs;
    const code = shaderOf(a.dtype, choleskyShader);
    const [factor, info] = call.outputs;
    const { rows: n, batches } = matrixShape("cholesky: a", a);
    call.clear(info);
    if (factor.size === 0) return;
    for (let first = 0; first < batches; first += MOST_GROUPS) {
      const count = Math.min(MOST_GROUPS, batches - first);
      const step = (entryPoint: string, k: number, x: number, y = 1) =>
        call.dispatch({
          code,
          entryPoint,
          bindings: [a, factor, info],
          uniforms: Uint32Array.of(n, k, first, 0),
          workgroups: [x, y, count],
        });
      const tiles = (extent: number) => Math.ceil(extent / BLOCK);
      step("copy", 0, tiles(n), tiles(n));
      for (let k = 0; k < n; k += BLOCK) {
        step("factor_block", k, 1);
        const rest = n - k - BLOCK;
        if (rest <= 0) break;
        step("solve_rows", k, Math.ceil(rest / ROWS));
        step("update", k, tiles(rest), tiles(rest));
      }
      step("finish", 0, tiles(n), tiles(n));
    }
  },
};
