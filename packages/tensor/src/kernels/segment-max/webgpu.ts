import type { DType } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { reduceByDestination } from "../scatter/webgpu.ts";
import type { SegmentMaxOptions } from "./options.ts";

/** Numbers of the maxima in scatter/gpu.wgsl. */
const KINDS: Readonly<Partial<Record<DType, number>>> = { float32: 2, int32: 3, uint32: 4 };

export const segmentMaxWebGpu: WebGpuImplementation<SegmentMaxOptions> = {
  dtypes: ["float32", "int32", "uint32"],
  run(call, { segments, sorted }) {
    const [updates, indices] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const geometry = { outer: 1, extent: segments, count: indices.size, inner: sizeOf(y.shape.slice(1)) };
    reduceByDestination(call, { updates, indices, y, geometry, kind: KINDS[y.dtype]!, along: false, sorted });
  },
};
