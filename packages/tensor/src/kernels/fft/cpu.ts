import { cpuModule } from "#kernels/fft";
import type { CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement, complexDType, type FloatDType, isComplex, partDType } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { transformLong } from "./long.ts";
import { isPaired, linePlan, workLength } from "./plan.ts";
import { lanesOf, type Side, sweep } from "./sweep.ts";
import { type AxisTransform, type FftOptions, halfLength } from "./transform.ts";

/** Longest transform that is done in blocks of lines: two of its blocks still lie in the second cache. */
const LONGEST_IN_BLOCKS = 4096;

/** Lines fewer than a vector holds leave lanes idle; from this length on it is faster to make many short lines of them. */
const SHORTEST_SPLIT = 512;

export const fftCpu: CpuImplementation<FftOptions> = {
  module: cpuModule,
  run(call, { kind, inverse, axes, length, pairWeight, scale }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const dtype = isComplex(x.dtype) ? partDType(x.dtype) : (x.dtype as FloatDType);
    const last = axes[axes.length - 1];
    const others = axes.slice(0, -1);
    const order = kind === "real" ? [last, ...others] : axes;
    let pointer = x.pointer;
    let shape = x.shape;
    for (const [index, axis] of order.entries()) {
      const own = axis === last ? kind : "complex";
      const isLast = index === order.length - 1;
      // Only the transform to real numbers cannot be done in place in the result.
      const target = kind !== "half" || isLast ? y.pointer : index === 0 ? scratchLike(call, shape, dtype) : pointer;
      transformAxis(call, {
        kind: own,
        inverse,
        length: own === "half" ? length : shape[axis],
        pairWeight,
        dtype,
        outer: sizeOf(shape.slice(0, axis)),
        inner: sizeOf(shape.slice(axis + 1)),
        source: pointer,
        target,
        scale: isLast ? scale : 1,
      });
      pointer = target;
      if (own === "real") shape = y.shape;
    }
  },
};

function scratchLike(call: CpuCall, shape: Shape, dtype: FloatDType): number {
  return call.scratch(sizeOf(shape) * bytesPerElement(complexDType(dtype)));
}

function transformAxis(call: CpuCall, transform: AxisTransform): void {
  const { kind, length, dtype, outer, inner } = transform;
  const work = workLength({ kind, length });
  if (work > LONGEST_IN_BLOCKS || (outer * inner < lanesOf(dtype) && work >= SHORTEST_SPLIT))
    transformLong(call, transform);
  else transformInBlocks(call, transform);
}

function transformInBlocks(call: CpuCall, transform: AxisTransform): void {
  const { kind, length, dtype, outer, inner, inverse, pairWeight, source, target, scale } = transform;
  const swapped = kind === "complex" && inverse;
  sweep(call, {
    dtype,
    lines: [outer, 1, inner],
    source: { ...sideOf(transform, source, kind === "real"), swapped },
    // The plan of a paired inverse leaves real and imaginary parts exchanged.
    target: {
      ...sideOf(transform, target, kind === "half"),
      swapped: swapped || (kind === "half" && isPaired({ kind, length })),
    },
    plan: linePlan({ kind, length, pairWeight: kind === "complex" ? 1 : pairWeight, dtype }),
    scale,
  });
}

/** The lines of the real or complex array on one side of a transform. */
function sideOf(
  { kind, length, dtype, inner }: AxisTransform,
  pointer: number,
  isReal: boolean,
): Omit<Side, "swapped"> {
  const size = bytesPerElement(isReal ? dtype : complexDType(dtype));
  const extent = kind === "complex" || isReal ? length : halfLength(length);
  const stride = inner * size;
  const lineStrides = [extent * stride, 0, size] as const;
  if (!isReal || length % 2 === 1)
    return { pointer, kind: isReal ? "real" : "complex", lineStrides, stride, count: extent };
  // Neighbouring real numbers taken as the parts of a complex one.
  if (inner === 1) return { pointer, kind: "complex", lineStrides, stride: 2 * stride, count: length / 2 };
  return { pointer, kind: "pairs", lineStrides, stride: 2 * stride, count: length / 2 };
}
