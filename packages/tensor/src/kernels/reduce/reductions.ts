import type { DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import { normalizeAxes, sizeOf } from "../../shape.ts";

export type Reduction = "sum" | "mean" | "prod" | "max" | "min" | "logSumExp";

export interface AxesOptions {
  /** Axes to reduce; negative ones count from the last. Default: all. */
  readonly axes?: number | readonly number[] | undefined;
  /** Whether reduced axes stay in the shape, with extent 1. Default: false. */
  readonly keepDimensions?: boolean | undefined;
}

export interface ReduceOptions extends AxesOptions {
  readonly operation: Reduction;
}

interface ReductionFacts {
  readonly dtypes: readonly DType[];
  /** The value of an empty reduction; without one, an empty reduction is an error. */
  readonly identity?: number;
  /** Operations per element; an exponential, a comparison and a subtraction count as one each. */
  readonly flops: number;
}

const FLOATS: readonly DType[] = ["float32", "float64"];
const NUMBERS: readonly DType[] = [...FLOATS, "int32", "uint32"];
const ALL: readonly DType[] = [...NUMBERS, "bool"];

export const REDUCTIONS: Readonly<Record<Reduction, ReductionFacts>> = {
  sum: { dtypes: ALL, identity: 0, flops: 1 },
  mean: { dtypes: FLOATS, flops: 1 },
  prod: { dtypes: NUMBERS, identity: 1, flops: 1 },
  max: { dtypes: ALL, flops: 1 },
  min: { dtypes: ALL, flops: 1 },
  logSumExp: { dtypes: FLOATS, identity: Number.NEGATIVE_INFINITY, flops: 4 },
};

/** Shape and dtype of a reduction's result. @throws InvalidInputError */
export function inferReduction(x: TensorSpec, { operation, axes, keepDimensions = false }: ReduceOptions): TensorSpec {
  const facts = Object.hasOwn(REDUCTIONS, operation) ? REDUCTIONS[operation] : undefined;
  if (!facts) throw new InvalidInputError("reduce: operation", Object.keys(REDUCTIONS).join(", "), operation);
  if (!facts.dtypes.includes(x.dtype))
    throw new InvalidInputError(`${operation}: x`, `a tensor of ${facts.dtypes.join(", ")}`, x.dtype);
  const reduced = normalizeAxes(operation, x.shape.length, axes);
  const kept = x.shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent));
  const shape = keepDimensions ? kept : kept.filter((_, axis) => !reduced.includes(axis));
  if (facts.identity === undefined && sizeOf(x.shape) === 0 && sizeOf(shape) > 0)
    throw new InvalidInputError(`${operation}: x`, "at least one element to reduce", `shape [${x.shape}]`);
  return { shape, dtype: operation === "sum" && x.dtype === "bool" ? "int32" : x.dtype };
}
