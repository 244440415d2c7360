import { cumsumOffsetsShader, cumsumShader } from "#kernels/cumsum";
import { type WebGpuArray, type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import { componentsPerElement, isDifferentiable } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type LineGeometry, lineGeometry } from "../arg-extremum/geometry.ts";
import { nextPowerOfTwo } from "../reduce/webgpu.ts";
import type { CumsumOptions } from "./options.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

/** Neighbouring lines that a workgroup takes side by side at least, where there are so many: they fill two cache lines. */
const NEIGHBOURS = 64;

/** Rows that follow each other in an invocation. */
const ITEMS = 8;

export const cumsumWebGpu: WebGpuImplementation<CumsumOptions> = {
  dtypes: ["float32", "complex64", "int32", "uint32"],
  run(call, { axis, reverse, exclusive }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const geometry = lineGeometry("cumsum", x.shape, axis);
    const lines = { ...geometry, inner: geometry.inner * componentsPerElement(x.dtype) };
    scan(call, x, y, lines, { reverse, exclusive, isFloat: isDifferentiable(x.dtype) });
  },
};

interface ScanOptions {
  readonly reverse: boolean;
  readonly exclusive: boolean;
  readonly isFloat: boolean;
}

/** Scans blocks, then the totals of the blocks in the same way, and adds these to the blocks. */
function scan(
  call: WebGpuCall,
  x: WebGpuArray | GPUBuffer,
  y: WebGpuArray | GPUBuffer,
  { outer, length, inner }: LineGeometry,
  { reverse, exclusive, isFloat }: ScanOptions,
): void {
  const mostLanes = WORKGROUP_SIZE / Math.min(NEIGHBOURS, nextPowerOfTwo(inner));
  const lanes = Math.min(mostLanes, nextPowerOfTwo(length / ITEMS));
  const columns = WORKGROUP_SIZE / lanes;
  const rows = lanes * ITEMS;
  const blocks = Math.ceil(length / rows);
  const lines = outer * inner;
  const totals = call.scratch(4 * outer * blocks * inner);
  const constants = { is_float: isFloat ? 1 : 0 };
  const [isReverse, isExclusive] = [reverse ? 1 : 0, exclusive ? 1 : 0];
  call.dispatch({
    code: cumsumShader,
    constants,
    bindings: [x, y, totals],
    uniforms: Uint32Array.of(length, inner, blocks, lines, columns, ITEMS, isReverse, isExclusive),
    workgroups: workgroupsFor(blocks * Math.ceil(lines / columns), 1),
  });
  if (blocks === 1) return;
  const offsets = call.scratch(4 * outer * blocks * inner);
  scan(call, totals, offsets, { outer, length: blocks, inner }, { reverse: false, exclusive: true, isFloat });
  const size = outer * length * inner;
  call.dispatch({
    code: cumsumOffsetsShader,
    constants,
    bindings: [offsets, y],
    uniforms: Uint32Array.of(length, inner, blocks, rows, isReverse, size),
    workgroups: workgroupsFor(size, WORKGROUP_SIZE),
  });
}
