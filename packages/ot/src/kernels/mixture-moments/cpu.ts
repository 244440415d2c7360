import { bytesPerElement, type CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/mixture-moments";
import { packedStride, suffixOf } from "../mixture/mixture.ts";

/** Chunks of points at most, so that accumulators stay small; and points in a chunk at least. Neither depends on the number of threads: results do not either. */
const LARGEST_CHUNKS = 16;
const SMALLEST_CHUNK = 16;

/** Multiply-adds worth a thread: 30 µs at some 0.5 ns. */
const GRAIN_OPERATIONS = 1 << 16;

export const mixtureMomentsCpu: CpuImplementation<Record<string, never>> = {
  module: cpuModule,
  run(call) {
    const [points, offsets, centers, quadratic, linear, rotations] = call.inputs;
    const [logSums, weights, first, second] = call.outputs;
    const [count, dimension] = points.shape;
    const [components] = offsets.shape;
    const dtype = points.dtype === "float32" ? "float32" : "float64";
    const bytes = bytesPerElement(dtype);
    const suffix = suffixOf(dtype);
    const stride = packedStride(components, dtype);
    const table = call.scratch((1 + 2 * dimension) * stride * bytes);
    const packedCenters = call.scratch(dimension * stride * bytes);
    const packedRotations = rotations ? call.scratch(dimension ** 2 * stride * bytes) : 0;
    call.invoke(
      `mixture_moments_pack_${suffix}`,
      ...[offsets, centers, quadratic, linear].map(({ pointer }) => pointer),
      rotations?.pointer ?? 0,
      ...[table, packedCenters, packedRotations, components, dimension, stride],
    );
    const chunk = Math.max(SMALLEST_CHUNK, Math.ceil(count / LARGEST_CHUNKS));
    const chunks = Math.ceil(count / chunk);
    const perPoint = stride * (rotations ? 2 * dimension ** 2 + 16 : 3 * dimension + 16);
    const rows = 1 + dimension + (rotations ? dimension ** 2 : dimension);
    const accumulators = call.scratch(chunks * rows * stride * bytes);
    const work = call.scratch(chunks * 4 * (stride + 1) * bytes);
    call.parallel(
      `mixture_moments_${suffix}`,
      [points.pointer, table, packedCenters, packedRotations, logSums.pointer, accumulators, work].concat([
        count,
        chunk,
        dimension,
        stride,
      ]),
      chunks,
      Math.ceil(GRAIN_OPERATIONS / (perPoint * chunk)),
    );
    call.invoke(
      `mixture_moments_finish_${suffix}`,
      ...[accumulators, chunks, count, components, dimension, stride, rotations ? 1 : 0],
      ...[weights, first, second].map(({ pointer }) => pointer),
    );
  },
};
