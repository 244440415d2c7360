import { scatterDestinationsShader, scatterReplaceShader, scatterShader } from "#kernels/scatter";
import { type WebGpuArray, type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import type { DType } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { sortPairs } from "../argsort/bitonic.ts";
import { wordsPerElement } from "../gather/webgpu.ts";
import { nextPowerOfTwo } from "../reduce/webgpu.ts";
import { type ScatterGeometry, type ScatterOptions, scatterGeometry } from "./geometry.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 256;

/** Updates of one result that are worth another invocation. */
const WORTHWHILE_UPDATES = 8;

const SUM_KINDS: Readonly<Partial<Record<DType, number>>> = { float32: 0, complex64: 0, int32: 1, uint32: 1 };

export const scatterWebGpu: WebGpuImplementation<ScatterOptions> = {
  run(call, options) {
    const [updates, indices, x] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const geometry = scatterGeometry(y.shape, indices.shape, options);
    if (options.mode === "set") setLast(call, updates, indices, x, y, geometry, options.along);
    else reduceByDestination(call, { updates, indices, x, y, geometry, kind: SUM_KINDS[y.dtype]!, ...options });
  },
};

export interface SegmentReduction {
  readonly updates: WebGpuArray;
  readonly indices: WebGpuArray;
  /** Combined with what the updates give. */
  readonly x?: WebGpuArray | undefined;
  readonly y: WebGpuArray;
  readonly geometry: ScatterGeometry;
  /** Number of the operation in gpu.wgsl. */
  readonly kind: number;
  readonly along: boolean;
  readonly sorted?: boolean | undefined;
}

/** Sorts the updates by destination, unless they are, and reduces each destination's in a fixed order. */
export function reduceByDestination(
  call: WebGpuCall,
  { updates, indices, x, y, geometry, kind, along, sorted = false }: SegmentReduction,
): void {
  const words = wordsPerElement(y.dtype);
  const count = along ? updates.size : geometry.count;
  const isSorted = sorted && !along;
  const padded = isSorted ? count : nextPowerOfTwo(count);
  const pairs = call.scratch(8 * padded);
  const layout = { words, padded, size: y.size * words, hasStart: x !== undefined };
  call.dispatch({
    code: scatterDestinationsShader,
    entryPoint: along ? "destinations_along" : "destinations",
    bindings: [indices, pairs],
    uniforms: parametersOf(geometry, layout),
    workgroups: workgroupsFor(padded, WORKGROUP_SIZE),
  });
  if (!isSorted) sortPairs(call, pairs, 1, padded);

  // With an index each, elements go to single elements of the flat result.
  const flat = along
    ? { outer: 1, extent: y.size, count, inner: words }
    : { ...geometry, inner: geometry.inner * words };
  const starts = call.scratch(4 * (flat.extent + 1));
  call.dispatch({
    code: scatterDestinationsShader,
    entryPoint: "segment_starts",
    bindings: [pairs, starts],
    uniforms: parametersOf(flat, layout),
    workgroups: workgroupsFor(flat.extent + 1, WORKGROUP_SIZE),
  });
  const average = count / flat.extent / WORTHWHILE_UPDATES;
  const lanes = 2 ** Math.min(8, Math.max(0, Math.floor(Math.log2(average))));
  call.dispatch({
    code: scatterShader,
    entryPoint: "reduce_segments",
    constants: { kind },
    bindings: [updates, pairs, starts, x ?? updates, y],
    uniforms: parametersOf(flat, { ...layout, lanes }),
    workgroups: workgroupsFor(layout.size, WORKGROUP_SIZE / lanes),
  });
}

/** Finds the last update of each destination by an atomic maximum, then copies it there. */
function setLast(
  call: WebGpuCall,
  updates: WebGpuArray,
  indices: WebGpuArray,
  x: WebGpuArray | undefined,
  y: WebGpuArray,
  geometry: ScatterGeometry,
  along: boolean,
): void {
  const words = wordsPerElement(y.dtype);
  const last = call.scratch(4 * (along ? y.size : geometry.extent));
  const uniforms = parametersOf(geometry, { words, padded: 0, size: y.size * words, hasStart: x !== undefined });
  call.clear(last);
  call.dispatch({
    code: scatterDestinationsShader,
    entryPoint: along ? "last_updates_along" : "last_updates",
    bindings: [indices, last],
    uniforms,
    workgroups: workgroupsFor(indices.size, WORKGROUP_SIZE),
  });
  call.dispatch({
    code: scatterReplaceShader,
    entryPoint: along ? "replace_along" : "replace",
    bindings: [updates, last, x ?? updates, y],
    uniforms,
    workgroups: workgroupsFor(y.size * words, WORKGROUP_SIZE),
  });
}

interface Layout {
  readonly words: number;
  readonly padded: number;
  readonly size: number;
  readonly hasStart: boolean;
  /** Default: 1. */
  readonly lanes?: number;
}

function parametersOf({ outer, extent, count, inner }: ScatterGeometry, layout: Layout): Uint32Array {
  const { words, padded, size, hasStart, lanes = 1 } = layout;
  return Uint32Array.of(outer, extent, count, inner, words, padded, size, hasStart ? 1 : 0, lanes);
}
