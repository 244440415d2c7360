import { argExtremumShader } from "#kernels/arg-extremum";
import { argsortKeyShader } from "#kernels/argsort";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { SORT_KINDS } from "../argsort/webgpu.ts";
import { nextPowerOfTwo } from "../reduce/webgpu.ts";
import { type ArgExtremumOptions, lineGeometry } from "./geometry.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

/** Rows that one invocation goes through; longer lines are cut into parts. */
const ROWS_PER_INVOCATION = 64;

/** Rows that make another invocation worth it. */
const WORTHWHILE_ROWS = 4;

/** Lines side by side in a workgroup, at most: neighbours that fill two cache lines. */
const MAXIMUM_COLUMNS = 64;

const CODE = `${argsortKeyShader}\n${argExtremumShader}`;

export const argExtremumWebGpu: WebGpuImplementation<ArgExtremumOptions> = {
  dtypes: ["float32", "int32", "uint32", "bool"],
  run({ inputs: [x], outputs: [y], dispatch, scratch }, { operation, axis }) {
    if (y.size === 0) return;
    const { outer, length, inner } = lineGeometry(operation, x.shape, axis);
    const columns = Math.min(MAXIMUM_COLUMNS, nextPowerOfTwo(inner));
    const lanes = Math.min(WORKGROUP_SIZE / columns, nextPowerOfTwo(length / WORTHWHILE_ROWS));
    const part = Math.min(length, ROWS_PER_INVOCATION * lanes);
    const parts = Math.ceil(length / part);
    const size = outer * parts * inner;
    const outputs = WORKGROUP_SIZE / lanes;
    const best = scratch(8 * size);
    const shared = {
      code: CODE,
      constants: { kind: SORT_KINDS[x.dtype]!, descending: operation === "argmin" ? 1 : 0 },
      uniforms: Uint32Array.of(length, inner, part, parts, size, outputs),
    };
    dispatch({ ...shared, entryPoint: "parts", bindings: [x, best], workgroups: workgroupsFor(size, outputs) });
    dispatch({
      ...shared,
      entryPoint: "lines",
      bindings: [best, y],
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
