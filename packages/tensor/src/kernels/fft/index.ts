import { bytesPerElement, complexDType, type DType, isComplex, isFloat, partDType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type TensorSpec, type Tolerance } from "../../kernel.ts";
import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import { fftCases, randomFftCase } from "./cases.ts";
import { fftCpu } from "./cpu.ts";
import { fftDerivatives } from "./derivatives.ts";
import { fftReference } from "./reference.ts";
import { type FftOptions, halfLength } from "./transform.ts";
import { fftWebGpu } from "./webgpu.ts";

/** Discrete Fourier transforms over any axes, see `fft`, `ifft`, `rfft` and `irfft`. */
export const fftKernel = defineKernel<FftOptions>({
  name: "fft",
  summary: "Discrete Fourier transform over any axes, of complex numbers, of real ones to half a spectrum, and back.",
  infer,
  cost,
  reference: (inputs, options) => [fftReference(inputs[0], infer(inputs, options)[0], options)],
  cpu: fftCpu,
  webgpu: fftWebGpu,
  tensorflow: "the tensorflow device holds no complex numbers",
  derivatives: fftDerivatives,
  cases: fftCases,
  randomCase: randomFftCase,
  tolerance,
});

/** The public function whose work it is. */
function nameOf({ kind, inverse }: FftOptions): string {
  if (kind === "complex") return inverse ? "ifft" : "fft";
  return kind === "real" ? "rfft" : "irfft";
}

function infer([{ shape, dtype }]: readonly TensorSpec[], options: FftOptions): readonly TensorSpec[] {
  const { kind, axes, length } = options;
  const name = nameOf(options);
  if (kind === "real" ? !isFloat(dtype) : !isComplex(dtype))
    throw new InvalidInputError(
      `${name}: x`,
      kind === "real" ? "float32 or float64" : "complex64 or complex128",
      dtype,
    );
  if (axes.length === 0) throw new InvalidInputError(`${name}: axes`, "at least one axis", axes);
  normalizeAxes(name, shape.length, axes);
  const last = axes[axes.length - 1];
  const extents = axes.map((axis) => shape[axis]);
  if (extents.includes(0)) throw new InvalidInputError(`${name}: x`, "at least one element along every axis", shape);
  if (kind === "complex") return [{ shape, dtype }];
  if (kind === "real")
    return [{ shape: shape.with(last, halfLength(shape[last])), dtype: complexDType(dtype as "float32" | "float64") }];
  if (!Number.isInteger(length) || length < 1 || halfLength(length) !== shape[last]) {
    const even = 2 * (shape[last] - 1);
    throw new InvalidInputError(
      `${name}: length`,
      `${even > 0 ? `${even} or ` : ""}${even + 1}, for ${shape[last]} entries of half a spectrum`,
      length,
    );
  }
  return [{ shape: shape.with(last, length), dtype: partDType(dtype as "complex64" | "complex128") }];
}

/** Numbers that one result depends on. */
function pointsOf(shape: Shape, { axes, kind, length }: FftOptions): number {
  const last = axes[axes.length - 1];
  return sizeOf(axes.map((axis) => (kind === "half" && axis === last ? length : shape[axis])));
}

/** 5 n log₂ n for n complex numbers, half of that for real ones: the customary count, whatever the algorithm. */
function cost(inputs: readonly TensorSpec[], options: FftOptions) {
  const specs = [...inputs, ...infer(inputs, options)];
  const points = pointsOf(specs[0].shape, options);
  const size = Math.max(
    ...specs.map(({ shape, dtype }) => (isFloat(dtype) || options.kind === "complex" ? sizeOf(shape) : 0)),
  );
  return {
    flops: (options.kind === "complex" ? 5 : 2.5) * size * Math.log2(points),
    bytes: specs.reduce((total, { shape, dtype }) => total + sizeOf(shape) * bytesPerElement(dtype), 0),
  };
}

function tolerance(dtype: DType, [{ shape }]: readonly TensorSpec[], options: FftOptions): Tolerance {
  const u = dtype === "float32" || dtype === "complex64" ? 2 ** -24 : 2 ** -53;
  const points = pointsOf(shape, options);
  // Each of log₂ n stages errs by a few u relative to the root mean square of its results (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", section 24.1), in the end √n for
  // standard normal numbers; the chirp takes two transforms of four times the length. Single results stray from the mean by five standard deviations.
  return {
    relative: 0,
    absolute: 4 * u * (Math.log2(points) + 3) * Math.sqrt(points) * options.pairWeight * options.scale,
  };
}
