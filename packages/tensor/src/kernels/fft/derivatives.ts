import type { Derivatives } from "../../differentiation/primitive.ts";
import { fftKernel } from "./index.ts";
import type { FftOptions } from "./transform.ts";

/**
 * Adjoints in the inner product Re Σ conj(a) b: that of the sum with exponents of one sign is the sum with those of the other, with the same factor; that of real numbers to half a spectrum
 * is half a spectrum to real numbers, in which an entry counts as often as it was weighted.
 */
export const fftDerivatives: Derivatives<FftOptions> = {
  structure: "linear",
  reverse: ([cotangent], { inputs: [x], options }) => fftKernel.run([cotangent!], adjointOf(options, x.shape)),
};

function adjointOf(options: FftOptions, shape: readonly number[]): FftOptions {
  const { kind, axes } = options;
  if (kind === "complex") return { ...options, inverse: !options.inverse };
  if (kind === "real") return { ...options, kind: "half", inverse: true, length: shape[axes[axes.length - 1]] };
  return { ...options, kind: "real", inverse: false };
}
