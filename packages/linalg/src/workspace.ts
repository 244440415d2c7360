import type { CpuCall } from "@ansatz/tensor";
import type { MatrixDType } from "./matrix-shape.ts";

/** Room for a packed product of any size, as laid out in assembly/product.ts for float64: an edge tile, a block of A, a block of B. */
export const PRODUCT_SCRATCH_BYTES = 128 + 8 * 64 * 256 + 8 * 256 * 512;

/** Work worth sharing: forking and joining threads takes as long as some hundred thousand operations. */
const PARALLEL_FLOPS = 1 << 20;

/** Shares of the work per thread: enough to even out threads that the system runs at different speeds. */
const SLOTS_PER_THREAD = 4;

/** Suffix of the functions of a dtype. */
export const SUFFIX: Readonly<Record<MatrixDType, string>> = {
  float32: "f32",
  float64: "f64",
  complex64: "c64",
  complex128: "c128",
};

/** Areas of scratch memory of `slotBytes` each, for the threads that share a call's work; a share of the work uses one area. */
export interface Workspace {
  readonly slotBytes: number;
  readonly scratch: number;
  /** How many shares to cut a step in that has so many units of work and takes so many operations. */
  slotsFor(units: number, flops: number): number;
}

/** Memory for all steps of a call that takes `flops` operations. */
export function workspace(call: CpuCall, flops: number, slotBytes: number): Workspace {
  const shares = (work: number) => (call.threads === 1 || work < PARALLEL_FLOPS ? 1 : SLOTS_PER_THREAD * call.threads);
  return {
    slotBytes,
    scratch: call.scratch(shares(flops) * slotBytes),
    slotsFor: (units, work) => Math.max(1, Math.min(units, shares(work))),
  };
}
