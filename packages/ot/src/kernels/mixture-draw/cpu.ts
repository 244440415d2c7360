import { bytesPerElement, type CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/mixture-draw";
import { packedStride, suffixOf } from "../mixture/mixture.ts";
import type { MixtureDrawOptions } from "./options.ts";

/** Points that share working memory. */
const CHUNK = 64;

/** Multiply-adds worth a thread: 30 µs at some 0.5 ns. */
const GRAIN_OPERATIONS = 1 << 16;

export const mixtureDrawCpu: CpuImplementation<MixtureDrawOptions> = {
  module: cpuModule,
  run(call, { regularization }) {
    const [points, uniforms, noise, offsets, quadratic, linear, rotations] = call.inputs;
    const [count, dimension] = points.shape;
    const [components] = offsets.shape;
    const dtype = points.dtype === "float32" ? "float32" : "float64";
    const bytes = bytesPerElement(dtype);
    const suffix = suffixOf(dtype);
    const stride = packedStride(components, dtype);
    const table = call.scratch((1 + 2 * dimension) * stride * bytes);
    const packedRotations = rotations ? call.scratch(dimension ** 2 * stride * bytes) : 0;
    call.invoke(
      `mixture_draw_pack_${suffix}`,
      ...[offsets, quadratic, linear].map(({ pointer }) => pointer),
      rotations?.pointer ?? 0,
      ...[table, packedRotations, components, dimension, stride],
    );
    const chunks = Math.ceil(count / CHUNK);
    const work = call.scratch(chunks * ((dimension + 1) * stride + dimension + 4) * bytes);
    const perPoint = stride * (16 + 2 * dimension + (rotations ? dimension ** 2 : 0));
    const arrays = [points.pointer, uniforms.pointer, noise.pointer, table, packedRotations, work];
    const numbers = [components, dimension, stride, CHUNK, count, regularization];
    call.parallel(
      `mixture_draw_${suffix}`,
      [...arrays, call.outputs[0].pointer, ...numbers],
      chunks,
      Math.ceil(GRAIN_OPERATIONS / (CHUNK * perPoint)),
    );
  },
};
