import { type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { normalizeAxes, sizeOf, stridesOf } from "../../shape.ts";
import type { ReduceOptions, Reduction } from "./reductions.ts";

/** Visits every element once, in order; `output` is shape and dtype of the result. */
export function reduceReference(
  x: ReferenceArray,
  { operation, axes }: ReduceOptions,
  output: TensorSpec,
): ReferenceArray {
  const lists: number[][] = Array.from({ length: sizeOf(output.shape) }, () => []);
  const reduced = normalizeAxes("reduce", x.shape.length, axes);
  const kept = x.shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent));
  const strides = stridesOf(x.shape);
  const keptStrides = stridesOf(kept).map((stride, axis) => (reduced.includes(axis) ? 0 : stride));
  for (const [index, value] of x.data.entries()) {
    let target = 0;
    for (let axis = 0; axis < strides.length; axis++)
      target += (Math.floor(index / strides[axis]) % x.shape[axis]) * keptStrides[axis];
    lists[target].push(value);
  }
  const isInteger = x.dtype === "int32" || x.dtype === "uint32";
  const reduce = isInteger && operation === "prod" ? productModulo : REFERENCES[operation];
  return referenceArray(output.dtype, output.shape, lists.map(reduce));
}

const REFERENCES: Readonly<Record<Reduction, (values: readonly number[]) => number>> = {
  sum: sumOf,
  mean: (values) => sumOf(values) / values.length,
  prod: (values) => values.reduce((product, value) => product * value, 1),
  max: (values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  min: (values) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  logSumExp: (values) => {
    const largest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const base = Number.isFinite(largest) ? largest : 0;
    return base + Math.log(sumOf(values.map((value) => Math.exp(value - base))));
  },
};

/** By halves, so that the reference is more accurate than what is compared with it. */
function sumOf(values: readonly number[]): number {
  if (values.length <= 8) return values.reduce((sum, value) => sum + value, 0);
  const half = values.length >> 1;
  return sumOf(values.slice(0, half)) + sumOf(values.slice(half));
}

function productModulo(values: readonly number[]): number {
  return values.reduce((product, value) => Math.imul(product, value), 1);
}
