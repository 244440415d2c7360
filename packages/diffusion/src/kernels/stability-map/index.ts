import { type DType, defineKernel, InvalidInputError, isFloat, type TensorSpec } from "@ansatz/tensor";
import { randomStabilityMapCase, stabilityMapCases } from "./cases.ts";
import { stabilityMapCpu } from "./cpu.ts";
import type { StabilityMapOptions } from "./options.ts";
import { stabilityMapReference } from "./reference.ts";
import { stabilityMapWebGpu } from "./webgpu.ts";

export type { StabilityMapOptions } from "./options.ts";

/** Scratch memory of the implementations is made for this degree. */
const HIGHEST_DEGREE = 6;

/**
 * Growth per step of an explicit linear multistep method on y′ = λ y, for z = step size · λ on a grid of the complex plane: the largest modulus of a root of r^m + Σ_k (a_k − z b_k) r^(m−k).
 *
 * Inputs: a `[m]`, coefficients of E, …, E^m (E shifts back by a step) in the recurrence of states, where that of E⁰ is 1; b `[m]`, those of the slopes. Finite; m from 1 to 6; float32 or float64.
 * Output: `[rows, columns]`, the first row has the largest imaginary part. Absolute error (1 + max |a − z b|) · 2⁻⁴⁰ (float32: 2⁻²⁰) and what rounding makes of multiple roots.
 */
export const stabilityMapKernel = defineKernel<StabilityMapOptions>({
  name: "stability-map",
  summary: "Growth per step of a linear multistep method over the complex plane.",
  infer,
  cost(inputs, options) {
    const degree = inputs[0].shape[0];
    const { rows, columns } = options;
    const bytes = inputs[0].dtype === "float32" ? 4 : 8;
    const tests = inputs[0].dtype === "float32" ? 20 : 40;
    return { flops: rows * columns * tests * (6 * degree * degree), bytes: bytes * (rows * columns + 2 * degree) };
  },
  reference: stabilityMapReference,
  cpu: stabilityMapCpu,
  webgpu: stabilityMapWebGpu,
  tensorflow: "hundreds of small operations: each of its 20 halvings is a recursion over the coefficients",
  derivatives: "the largest root is found by halving intervals, which has no derivative",
  cases: stabilityMapCases,
  randomCase: randomStabilityMapCase,
  tolerance,
});

function infer([state, slope]: readonly TensorSpec[], options: StabilityMapOptions): readonly TensorSpec[] {
  const { shape, dtype } = state;
  if (shape.length !== 1 || shape[0] < 1 || shape[0] > HIGHEST_DEGREE)
    throw new InvalidInputError("stability-map: a", `a vector of 1 … ${HIGHEST_DEGREE} coefficients`, shape);
  if (!isFloat(dtype)) throw new InvalidInputError("stability-map: a", "float32 or float64", dtype);
  if (slope?.dtype !== dtype || slope.shape.length !== 1 || slope.shape[0] !== shape[0])
    throw new InvalidInputError("stability-map: b", `${dtype} [${shape}]`, slope && `${slope.dtype} [${slope.shape}]`);
  for (const name of ["rows", "columns"] as const)
    if (!Number.isInteger(options[name]) || options[name] < 0)
      throw new InvalidInputError(`stability-map: ${name}`, "an integer ≥ 0", options[name]);
  for (const name of ["real", "imaginary"] as const)
    if (options[name].length !== 2 || !options[name].every(Number.isFinite))
      throw new InvalidInputError(`stability-map: ${name}`, "two finite numbers", options[name]);
  return [{ shape: [options.rows, options.columns], dtype }];
}

function tolerance(dtype: DType) {
  // Half the digits, as the modulus of a double root moves by the root of a rounding error; where the largest root is simple, what the halvings leave of Cauchy's bound.
  return dtype === "float32" ? { relative: 1e-3, absolute: 1e-3 } : { relative: 1e-7, absolute: 1e-7 };
}
