import type { DType, TypedArray } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";

/** One package's compiled kernels: two WebAssembly builds of the same AssemblyScript sources, as base64. Generated, see `#kernels`. */
export interface CpuModule {
  /** The package's name; also its identity within a process. */
  readonly name: string;
  /** Build with fused multiply-add (relaxed SIMD). */
  readonly relaxedSimd: string;
  /** Build for engines without relaxed SIMD. */
  readonly simd: string;
}

/** An array in the heap that all packages' kernels share. */
export interface CpuArray {
  /** Byte address, a multiple of 64. Unsigned: may exceed 2^31. */
  readonly pointer: number;
  readonly shape: Shape;
  readonly size: number;
  readonly dtype: DType;
  /** A view for plain TypeScript code; valid until the next allocation. */
  view(): TypedArray;
}

/** What a cpu implementation gets. */
export interface CpuCall {
  readonly inputs: readonly CpuArray[];
  /** Uninitialised; the implementation writes every element. */
  readonly outputs: readonly CpuArray[];
  /** Threads that `parallel` may use, including this one. */
  readonly threads: number;
  /** Calls a function exported by the package's AssemblyScript. Addresses are passed as numbers. Returns its result. */
  invoke(name: string, ...parameters: number[]): number;
  /**
   * Splits [0, count) among threads: calls `name(...parameters, begin, end)` on disjoint ranges that cover it, in no particular order, and returns when all are done.
   * `grain` is the smallest range worth a thread (measured: forking and joining costs about 15 µs, so a grain takes at least 30 µs);
   * with count ≤ grain, or one thread, it is a plain call on this thread. At most 14 parameters.
   */
  parallel(name: string, parameters: readonly number[], count: number, grain: number): void;
  /**
   * Like `parallel`, for a function that was generated: the export `run` of a WebAssembly module that imports the heap as `env.memory`, and functions of the
   * package's AssemblyScript from `kernels`. `build` is called once per key and process.
   */
  parallelGenerated(
    key: string,
    build: (sharedMemory: boolean) => Uint8Array<ArrayBuffer>,
    parameters: readonly number[],
    count: number,
    grain: number,
  ): void;
  /** Address of `bytes` of uninitialised memory, freed when the call returns. */
  scratch(bytes: number): number;
  /** Copies small host data (strides, axes, extents) into scratch memory and returns its address. */
  upload(values: Int32Array | Uint32Array | Float32Array | Float64Array): number;
}
