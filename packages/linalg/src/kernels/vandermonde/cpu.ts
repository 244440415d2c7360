import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/vandermonde";
import type { VandermondeOptions } from "./options.ts";

/** As in cpu.as.ts. */
const BLOCK = 1024;

/** Terms worth a thread: 40 µs. */
const GRAIN_TERMS = 1 << 15;

const suffixOf = (dtype: string) => (dtype === "complex64" ? "f32" : "f64");

export const vandermondeCpu: CpuImplementation<VandermondeOptions> = {
  module: cpuModule,
  run({ inputs: [z, w], outputs: [y], parallel }, { length }) {
    if (y.size === 0) return;
    const nodes = z.shape[z.shape.length - 1];
    const blocks = Math.ceil(length / BLOCK);
    parallel(
      `vandermonde_blocks_${suffixOf(z.dtype)}`,
      [z.pointer, w.pointer, y.pointer, nodes, length],
      (y.size / length) * blocks,
      Math.ceil(GRAIN_TERMS / (Math.max(1, nodes) * Math.min(BLOCK, length))),
    );
  },
};

export const transposedVandermondeCpu: CpuImplementation<null> = {
  module: cpuModule,
  run({ inputs: [z, k], outputs: [y], scratch, parallel }) {
    if (y.size === 0) return;
    const nodes = z.shape[z.shape.length - 1];
    const length = k.shape[k.shape.length - 1];
    parallel(
      `vandermonde_nodes_${suffixOf(z.dtype)}`,
      [z.pointer, k.pointer, y.pointer, scratch(16 * y.size), nodes, length],
      y.size,
      Math.ceil(GRAIN_TERMS / Math.max(1, length)),
    );
  },
};
