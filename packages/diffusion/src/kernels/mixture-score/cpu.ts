import type { CpuCall, CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/mixture-score";
import { type ComponentFactors, componentFactors, type MixtureScoreOptions } from "./options.ts";

// As in cpu.as.ts.
const COMPONENT_BLOCK = 64;
const ROW_BLOCK = 32;
const STATE_ENTRIES = 4;
const TILE_ROWS = 4;
const TILE_ROW_BYTES = 32;

/** Slots per thread: enough to even out threads that the system runs at different speeds. */
const SLOTS_PER_THREAD = 4;

/** Below this, forking and joining costs more than the second thread gains. */
const PARALLEL_FLOPS = 1e6;

export const mixtureScoreCpu: CpuImplementation<MixtureScoreOptions> = {
  module: cpuModule,
  run(call, options) {
    const [x, means] = call.inputs;
    const [prediction, logDensity] = call.outputs;
    if (x.size === 0) return;
    const [rows, dimensions] = x.shape;
    const [components] = means.shape;
    const suffix = x.dtype === "float32" ? "f32" : "f64";
    const bytes = suffix === "f32" ? 4 : 8;
    const padded = (count: number) => Math.ceil((count * bytes) / TILE_ROW_BYTES) * (TILE_ROW_BYTES / bytes);
    const paddedDimensions = padded(dimensions);
    const paddedComponents = padded(components);
    const factors = componentFactors(options, dimensions, paddedComponents);
    const addresses = uploadFactors(call, factors, suffix);
    const isLarge = 6 * rows * components * dimensions > PARALLEL_FLOPS;
    const slots = isLarge ? Math.min(SLOTS_PER_THREAD * call.threads, Math.ceil(rows / ROW_BLOCK)) : 1;
    const slotNumbers = TILE_ROWS * COMPONENT_BLOCK + ROW_BLOCK * (STATE_ENTRIES + paddedDimensions);
    const slotBytes = Math.ceil((slotNumbers * bytes) / 64) * 64;
    // biome-ignore format: the order of the fields there
    const mixture = call.upload(Uint32Array.of(
      x.pointer, means.pointer, prediction.pointer, logDensity.pointer,
      rows, dimensions, components, paddedDimensions, paddedComponents,
      call.scratch(paddedComponents * dimensions * bytes), call.scratch(paddedComponents * paddedDimensions * bytes),
      ...addresses, slots, slotBytes, call.scratch(slots * slotBytes),
    ));
    call.invoke(`mixture_score_pack_${suffix}`, mixture, options.alpha);
    call.parallel(`mixture_score_${suffix}`, [mixture, factors.shift], slots, 1);
  },
};

/** Addresses of the four arrays. */
function uploadFactors(call: CpuCall, factors: ComponentFactors, suffix: "f32" | "f64"): number[] {
  const { bias, halfPrecision, ofState, ofMean } = factors;
  const { length } = bias;
  const together = suffix === "f32" ? new Float32Array(4 * length) : new Float64Array(4 * length);
  for (const [index, values] of [bias, halfPrecision, ofState, ofMean].entries()) together.set(values, index * length);
  const first = call.upload(together);
  return [0, 1, 2, 3].map((index) => first + index * length * together.BYTES_PER_ELEMENT);
}
