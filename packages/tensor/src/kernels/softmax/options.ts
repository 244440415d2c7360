import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import { normalizeAxes } from "../../shape.ts";

/** How often an element is read and written, and how often exponentiated; see `softmax`. */
export const SOFTMAX_ALGORITHMS = ["two-pass", "three-pass-recompute", "three-pass-reload", "online"] as const;

export type SoftmaxAlgorithm = (typeof SOFTMAX_ALGORITHMS)[number];

export interface SoftmaxKernelOptions {
  /** Axis along which results add up to 1; a negative one counts from the end. */
  readonly axis: number;
  readonly algorithm: SoftmaxAlgorithm | "auto";
  /** Whether the result is the logarithm of softmax, which has one algorithm: `"auto"`. */
  readonly logarithm: boolean;
}

/** Shape and dtype of the result. @throws InvalidInputError */
export function inferSoftmax({ shape, dtype }: TensorSpec, options: SoftmaxKernelOptions): TensorSpec {
  const { axis, algorithm, logarithm } = options;
  const name = logarithm ? "logSoftmax" : "softmax";
  if (dtype !== "float32" && dtype !== "float64")
    throw new InvalidInputError(`${name}: x`, "a tensor of float32, float64", dtype);
  if (shape.length === 0) throw new InvalidInputError(`${name}: x`, "a tensor of rank 1 or more", "a scalar");
  const [position] = normalizeAxes(name, shape.length, axis);
  if (shape[position] === 0)
    throw new InvalidInputError(`${name}: x`, "at least one element along the axis", `shape [${shape}]`);
  const allowed: readonly string[] = logarithm ? ["auto"] : ["auto", ...SOFTMAX_ALGORITHMS];
  if (!allowed.includes(algorithm)) throw new InvalidInputError(`${name}: algorithm`, allowed.join(", "), algorithm);
  return { shape, dtype };
}
