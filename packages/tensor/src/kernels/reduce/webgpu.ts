import { reduceShader } from "#kernels/reduce";
import { type WebGpuArray, workgroupsFor } from "../../device/webgpu/call.ts";
import type { DType } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { normalizeAxes } from "../../shape.ts";
import { passesOf } from "./passes.ts";
import type { ReduceOptions, Reduction } from "./reductions.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

/** Results side by side in a workgroup, at most, when columns are reduced: neighbours that fill two cache lines. */
const MAXIMUM_COLUMNS = 64;

/** Rows that one invocation goes through; longer reductions are cut into parts. */
const ROWS_PER_INVOCATION = 64;

/** Rows that make another invocation worth it. */
const WORTHWHILE_ROWS = 4;

/** Numbers of the operations in gpu.wgsl; bools are 0 and 1 of uint32. */
const OPERATIONS: Readonly<Record<Reduction, Partial<Record<DType, number>>>> = {
  sum: { float32: 0, int32: 1, uint32: 1, bool: 1 },
  mean: { float32: 0 },
  prod: { float32: 2, int32: 3, uint32: 3 },
  max: { float32: 4, int32: 6, uint32: 8, bool: 8 },
  min: { float32: 5, int32: 7, uint32: 9, bool: 9 },
  logSumExp: { float32: 10 },
};

export const reduceWebGpu: WebGpuImplementation<ReduceOptions> = {
  run({ inputs: [x], outputs: [y], dispatch, scratch }, { operation, axes }) {
    if (y.size === 0) return;
    const passes = passesOf(x.shape, normalizeAxes(operation, x.shape.length, axes), partRows);
    let source: WebGpuArray | GPUBuffer = x;
    for (const [index, { outer, reduced, inner, part, parts }] of passes.entries()) {
      const isLast = index === passes.length - 1;
      const size = outer * parts * inner;
      const target: WebGpuArray | GPUBuffer = isLast ? y : scratch(size * 4);
      const outputs = WORKGROUP_SIZE / lanesFor(part, inner);
      const parameters = new DataView(new ArrayBuffer(32));
      for (const [position, value] of [reduced, inner, part, parts, size, outputs].entries())
        parameters.setUint32(4 * position, value, true);
      parameters.setFloat32(24, isLast && operation === "mean" ? x.size / y.size : 1, true);
      dispatch({
        code: reduceShader,
        constants: { operation: OPERATIONS[operation][x.dtype]! },
        bindings: [source, target],
        uniforms: parameters,
        workgroups: workgroupsFor(size, outputs),
      });
      source = target;
    }
  },
};

/** Invocations that share a result: a power of two. */
function lanesFor(rows: number, inner: number): number {
  const columns = Math.min(MAXIMUM_COLUMNS, nextPowerOfTwo(inner));
  return Math.min(WORKGROUP_SIZE / columns, nextPowerOfTwo(rows / WORTHWHILE_ROWS));
}

function partRows(_outer: number, reduced: number, inner: number): number {
  return ROWS_PER_INVOCATION * lanesFor(reduced, inner);
}

/** The least power of two that is not below x, and not below 1. */
export function nextPowerOfTwo(x: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, x)));
}
