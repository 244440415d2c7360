import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/point-cloud-sweep";
import { METRIC_CODES, type PointCloudSweepOptions } from "./options.ts";

/** As in cpu.as.ts. */
const CHUNK = 256;
const ROWS = 16;

/** Entries worth a thread: 30 µs at 1 ns per entry. */
const GRAIN_ENTRIES = 1 << 15;

export const pointCloudSweepCpu: CpuImplementation<PointCloudSweepOptions> = {
  module: cpuModule,
  run({ inputs, outputs, parallel, scratch, upload }, { metric, regularization, grid }) {
    const [x, y] = inputs;
    const [rows, dimension] = x.shape;
    const [, columns] = y.shape;
    const blocks = Math.ceil(rows / ROWS);
    const arrays = upload(Uint32Array.from([...inputs, ...outputs], ({ pointer }) => pointer));
    const buffers = scratch(blocks * (2 * CHUNK + 3 * ROWS) * 8);
    const type = x.dtype === "float32" ? "f32" : "f64";
    parallel(
      `point_cloud_sweep_${type}`,
      [arrays, METRIC_CODES[metric], buffers, dimension, rows, columns, regularization, grid],
      blocks,
      Math.ceil(GRAIN_ENTRIES / (ROWS * columns)),
    );
  },
};
