import { bytesPerElement, type CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/mixture-paths";
import { packedStride, suffixOf } from "../mixture/mixture.ts";
import type { MixturePathsOptions } from "./options.ts";

/** Particles that share working memory. */
const CHUNK = 16;

/** Multiply-adds worth a thread: 30 µs at some 0.5 ns. */
const GRAIN_OPERATIONS = 1 << 16;

export const mixturePathsCpu: CpuImplementation<MixturePathsOptions> = {
  module: cpuModule,
  run(call, { regularization, stepSize, every }) {
    const [starts, noise, offsets, quadratic, linear, rotations] = call.inputs;
    const [count, dimension] = starts.shape;
    const [steps, components] = offsets.shape;
    const dtype = starts.dtype === "float32" ? "float32" : "float64";
    const bytes = bytesPerElement(dtype);
    const suffix = suffixOf(dtype);
    const stride = packedStride(components, dtype);
    const tables = call.scratch(steps * (1 + 2 * dimension) * stride * bytes);
    const packedRotations = rotations ? call.scratch(dimension ** 2 * stride * bytes) : 0;
    call.invoke(
      `mixture_paths_pack_${suffix}`,
      ...[offsets, quadratic, linear].map(({ pointer }) => pointer),
      rotations?.pointer ?? 0,
      ...[tables, packedRotations, steps, components, dimension, stride],
    );
    const chunks = Math.ceil(count / CHUNK);
    const work = call.scratch(chunks * ((dimension + 1) * stride + 2 * dimension + 4) * bytes);
    const perParticle = steps * stride * (16 + 4 * dimension + (rotations ? 2 * dimension ** 2 : 0));
    const arrays = [starts.pointer, noise.pointer, tables, packedRotations, work, call.outputs[0].pointer];
    call.parallel(
      `mixture_paths_${suffix}`,
      [...arrays, steps, every, dimension, stride, count, regularization, stepSize, CHUNK],
      chunks,
      Math.ceil(GRAIN_OPERATIONS / (CHUNK * perParticle)),
    );
  },
};
