import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/diagonal-scan";
import type { DiagonalScanOptions } from "./options.ts";

/** As in cpu.as.ts. */
const BLOCK_BYTES = 64;
const BAND_BYTES = 1024;

/** Rows of states that are longer are done row by row in place of block by block. */
const LONG_ROW = 512;

/** A long sequence of few states is cut into segments for the threads. By the shape alone, so that results do not depend on the number of threads. */
const FEW_UNITS = 4;
const SEGMENT = 2048;

/** Steps of a block worth a thread: 40 µs. */
const GRAIN_STEPS = 1 << 13;

export const diagonalScanCpu: CpuImplementation<DiagonalScanOptions> = {
  module: cpuModule,
  run({ inputs: [a, b], outputs: [x], scratch, invoke, parallel }, { reverse }) {
    if (x.size === 0) return;
    const [suffix, bytes] = x.dtype === "complex64" ? ["f32", 8] : ["f64", 16];
    const [length, states] = x.shape.slice(-2);
    const examples = x.size / (length * states);
    if (states * bytes > LONG_ROW) {
      const bands = Math.ceil((states * bytes) / BAND_BYTES);
      const parameters = [a.pointer, b.pointer, x.pointer, length, states, reverse ? 1 : 0];
      const grain = Math.ceil((GRAIN_STEPS * BLOCK_BYTES) / (length * Math.min(BAND_BYTES, states * bytes)));
      parallel(`diagonal_scan_bands_${suffix}`, parameters, examples * bands, grain);
      return;
    }
    const units = examples * Math.ceil((states * bytes) / BLOCK_BYTES);
    const isCut = units < FEW_UNITS && length >= 2 * SEGMENT;
    const segmentLength = isCut ? SEGMENT : length;
    const segments = Math.ceil(length / segmentLength);
    const grain = Math.ceil(GRAIN_STEPS / segmentLength);
    const carry = isCut ? scratch(examples * segments * states * bytes) : 0;
    const pass = (isFinal: number) =>
      parallel(
        `diagonal_scan_units_${suffix}`,
        [a.pointer, b.pointer, x.pointer, carry, length, states, segmentLength, segments, reverse ? 1 : 0, isFinal],
        units * segments,
        grain,
      );
    if (isCut) {
      pass(0);
      invoke(`diagonal_scan_carries_${suffix}`, a.pointer, carry, examples, states, segmentLength, segments);
    }
    pass(1);
  },
};
