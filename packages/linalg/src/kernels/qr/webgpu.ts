import { bytesPerElement, type WebGpuImplementation } from "@ansatz/tensor";
import { qrShader } from "#kernels/qr";
import { matrixShape } from "../../matrix-shape.ts";
import { shaderOf } from "../element-shader.ts";
import type { QrOptions } from "./options.ts";

/** Columns that a workgroup reflects, as in gpu.wgsl. */
const COLUMNS = 64;

/** Side of the tiles that are copied, as in gpu.wgsl. */
const TILE = 16;

/** Most workgroups along an axis. */
const MOST_GROUPS = 65535;

export const qrWebGpu: WebGpuImplementation<QrOptions> = {
  dtypes: ["float32", "complex64", "int32"],
  run(call, { pivoting }) {
    const [a] = call.inputs;
    const code = shaderOf(a.dtype, qrShader);
    const [q, r] = call.outputs;
    const { rows, columns, batches, dtype } = matrixShape("qr: a", a);
    const kept = q.shape[q.shape.length - 1];
    const count = Math.min(rows, columns);
    const bytes = bytesPerElement(dtype);
    const work = call.scratch(bytes * Math.max(1, batches * rows * columns));
    const taus = call.scratch(bytes * Math.max(1, batches * count));
    const lengths = call.scratch(4 * Math.max(1, batches * columns));
    const order = pivoting ? call.outputs[2] : call.scratch(4 * Math.max(1, batches * columns));
    for (let first = 0; first < batches; first += MOST_GROUPS) {
      const matrices = Math.min(MOST_GROUPS, batches - first);
      const step = (entryPoint: string, k: number, x: number, y = 1) =>
        call.dispatch({
          code,
          entryPoint,
          bindings: [a, q, r, work, taus, lengths, order],
          uniforms: Uint32Array.of(rows, columns, kept, first, k, Number(pivoting), 0, 0),
          workgroups: [x, y, matrices],
        });
      const tiles = (extent: number) => Math.ceil(extent / TILE);
      const across = (from: number, to: number) => Math.ceil(Math.max(0, to - from) / COLUMNS);
      step("begin", 0, tiles(columns), Math.max(1, tiles(rows)));
      for (let k = 0; k < count; k++) {
        if (pivoting) step("measure", k, across(k, columns));
        step("reflect", k, 1);
        step("apply", k, across(k + 1, columns));
      }
      step("split", 0, tiles(Math.max(columns, kept)), tiles(rows));
      for (let k = count - 1; k >= 0; k--) step("apply_to_q", k, across(k, kept));
    }
  },
};
