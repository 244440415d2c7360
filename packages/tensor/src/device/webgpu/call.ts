import type { DType } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";

/**
 * An array in a GPU storage buffer, starting at byte 0. `bool` takes four bytes per element (u32, 0 or 1).
 * It is bound in whole vec4s, at least one, so that arrays of any length can be read by vectors: take the length from uniforms, `arrayLength` may exceed it by up to three elements.
 */
export interface WebGpuArray {
  readonly buffer: GPUBuffer;
  readonly shape: Shape;
  readonly size: number;
  readonly dtype: DType;
}

export interface WebGpuDispatch {
  /** Names the dispatch in errors; the kernel's name when omitted. */
  readonly label?: string;
  /** Complete WGSL. Pipelines are cached by (code, entry point, constants). */
  readonly code: string;
  /** Default `"main"`. */
  readonly entryPoint?: string;
  /** WGSL `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Storage buffers of group 0, bindings 0, 1, …; their access mode is what the WGSL declares. */
  readonly bindings: readonly (WebGpuArray | GPUBuffer)[];
  /** Uniform parameters, bound after the storage buffers; laid out as the WGSL struct wants them (a multiple of 16 bytes is made by padding). */
  readonly uniforms?: ArrayBufferView;
  /** Workgroups in x, y, z; each ≤ 65535. Nothing is dispatched when one is 0. */
  readonly workgroups: readonly [number, number?, number?];
}

/** What a webgpu implementation gets. Dispatches run in the order recorded. */
export interface WebGpuCall {
  readonly inputs: readonly WebGpuArray[];
  readonly outputs: readonly WebGpuArray[];
  readonly limits: GPUSupportedLimits;
  readonly features: ReadonlySet<string>;
  dispatch(dispatch: WebGpuDispatch): void;
  /** A storage buffer of arbitrary contents that returns to the pool when the call's work is done. */
  scratch(bytes: number): GPUBuffer;
  /** Copies host data (strides, axes) into a scratch storage buffer. */
  upload(values: ArrayBufferView): GPUBuffer;
  /** Fills a whole array or buffer with zero bytes, in order with the dispatches. */
  clear(array: WebGpuArray | GPUBuffer): void;
}

/** Workgroups for `count` one-dimensional invocations, spread over x and y where x alone would exceed 65535. WGSL recovers the index as `id.x + id.y * groups.x * size`. */
export function workgroupsFor(count: number, workgroupSize: number): [number, number, number] {
  const groups = Math.ceil(count / workgroupSize);
  if (groups <= 65535) return [groups, 1, 1];
  const y = Math.ceil(groups / 65535);
  return [Math.ceil(groups / y), y, 1];
}
