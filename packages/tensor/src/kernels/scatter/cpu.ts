import { cpuModule } from "#kernels/scatter";
import { bytesPerElement, componentsPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type ScatterOptions, scatterGeometry } from "./geometry.ts";

/** Columns are shared among threads in blocks of at least this many bytes, a cache line. */
const BLOCK_BYTES = 64;

/** Elements worth a thread, updated or copied: 30 µs and more. */
const GRAIN_ELEMENTS = 1 << 15;

/** Sums of int32 and uint32 have the same bits. */
const SUM_SUFFIX: Readonly<Record<string, string>> = {
  float32: "f32",
  complex64: "f32",
  float64: "f64",
  complex128: "f64",
  int32: "i32",
  uint32: "i32",
};

export const scatterCpu: CpuImplementation<ScatterOptions> = {
  module: cpuModule,
  run({ inputs: [updates, indices, x], outputs: [y], threads, parallel }, options) {
    if (y.size === 0) return;
    const { outer, extent, count, inner } = scatterGeometry(y.shape, indices.shape, options);
    const bytes = bytesPerElement(y.dtype);
    const parts = componentsPerElement(y.dtype);
    const { blocks, block } = columnBlocks(outer, inner, bytes, threads);
    const grain = Math.ceil(GRAIN_ELEMENTS / ((extent + count) * block));
    const shared = [updates.pointer, indices.pointer, x?.pointer ?? 0, y.pointer, extent, count];
    const name = `scatter_${options.mode}${options.along ? "_along" : ""}`;
    if (options.mode === "set") {
      parallel(name, [...shared, inner, bytes, block, blocks], outer * blocks, grain);
      return;
    }
    // Without an index of its own, a complex number is two columns.
    const columns = options.along ? [inner, parts, block, blocks] : [inner * parts, block * parts, blocks];
    parallel(`${name}_${SUM_SUFFIX[y.dtype]}`, [...shared, ...columns], outer * blocks, grain);
  },
};

/** Cuts the columns into as many blocks as it takes to keep the threads busy: each of them goes through all indices, in order, so that sums do not depend on the cut. */
export function columnBlocks(
  outer: number,
  inner: number,
  bytes: number,
  threads: number,
): { blocks: number; block: number } {
  const most = Math.max(1, Math.floor((inner * bytes) / BLOCK_BYTES));
  const wanted = threads === 1 ? 1 : Math.min(most, Math.ceil(threads / outer));
  const block = Math.ceil(inner / wanted);
  return { blocks: Math.ceil(inner / block), block };
}
