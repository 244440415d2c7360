import {
  bytesPerElement,
  type ComplexDType,
  complexDType,
  type DType,
  type FloatDType,
  isComplex,
  isFloat,
  partDType,
} from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type TensorSpec, type Tolerance } from "../../kernel.ts";
import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { complex } from "../complex-parts/index.ts";
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

/** Where the factor 1 / n, n being the number of points of a transform, goes: to the inverse transform, to the forward one, or its root to both. */
export type FourierNorm = "backward" | "forward" | "ortho";

export interface FourierOptions {
  /** Axes to transform; negative ones count from the end. Default: the last. */
  readonly axes?: number | readonly number[];
  /** Default: `"backward"`, as in NumPy. */
  readonly norm?: FourierNorm;
}

/**
 * Discrete Fourier transform along one or more axes: X_k = Σ_j x_j exp(−2πi j k / n), as NumPy's `fft` and `fftn`.
 *
 * Any length takes O(n log n): products of primes up to 31 by mixed radices, others by a chirp (Bluestein). The error relative to the root mean square of the result is a few ulp,
 * growing as √log n. NaN and infinities reach every entry of their line, as NaN or infinities of either part, and no other line. (WebGPU does not promise the former.)
 * `cpu` takes complex64 and complex128, `webgpu` complex64; there is none on `tensorflow`.
 * On `webgpu` a length, or of a chirp up to four times it, is at most the square of a sixteenth of the bytes of workgroup memory: 2²⁰ of 16 KiB, 2²² of 32.
 *
 * @param x complex; real numbers are taken as complex ones, for which `rfft` does half the work.
 * @returns a tensor of the same shape, complex.
 * @throws InvalidInputError for integers, an axis that does not exist or is repeated, none at all, no elements along one, or an unknown norm; UnsupportedError where the device cannot.
 */
export function fft(x: Tensor, options: FourierOptions = {}): Tensor<ComplexDType> {
  return complexTransform("fft", x, options, false);
}

/**
 * The inverse of `fft` with the same options: x_j = (1 / n) Σ_k X_k exp(2πi j k / n).
 *
 * @throws as `fft`.
 */
export function ifft(x: Tensor, options: FourierOptions = {}): Tensor<ComplexDType> {
  return complexTransform("ifft", x, options, true);
}

/**
 * Discrete Fourier transform of real numbers, as NumPy's `rfft` and `rfftn`: of the last axis given, only the first ⌊n/2⌋ + 1 entries, the others being their conjugates; along the other axes
 * a complex transform. See `fft`.
 *
 * @param x float32 or float64.
 * @returns complex64 or complex128.
 * @throws InvalidInputError for another dtype; else as `fft`.
 */
export function rfft(x: Tensor, options: FourierOptions = {}): Tensor<ComplexDType> {
  const axes = axesOf("rfft", x, options);
  const points = sizeOf(axes.map((axis) => x.shape[axis]));
  const scale = scaleOf("rfft", options, points, false);
  const length = x.shape[axes[axes.length - 1]];
  return fftKernel.run([x], {
    kind: "real",
    inverse: false,
    axes,
    length,
    pairWeight: 1,
    scale,
  })[0] as Tensor<ComplexDType>;
}

/**
 * The inverse of `rfft` with the same options: real numbers from half a spectrum. Imaginary parts that would make them complex are ignored: those of entry 0 and, of an even length, of the last.
 *
 * @param x complex64 or complex128.
 * @param options.length of the last axis of the result, which the half spectrum leaves open: 2 (m − 1) or 2m − 1 for m entries. Default: 2 (m − 1), as in NumPy; 1 for a single entry.
 * @returns float32 or float64.
 * @throws InvalidInputError for another dtype or length; else as `fft`.
 */
export function irfft(x: Tensor, options: FourierOptions & { readonly length?: number } = {}): Tensor<FloatDType> {
  const axes = axesOf("irfft", x, options);
  const last = axes[axes.length - 1];
  const length = options.length ?? Math.max(1, 2 * (x.shape[last] - 1));
  const points = sizeOf(axes.map((axis) => (axis === last ? length : x.shape[axis])));
  const scale = scaleOf("irfft", options, points, true);
  return fftKernel.run([x], {
    kind: "half",
    inverse: true,
    axes,
    length,
    pairWeight: 2,
    scale,
  })[0] as Tensor<FloatDType>;
}

function complexTransform(name: string, x: Tensor, options: FourierOptions, inverse: boolean): Tensor<ComplexDType> {
  const axes = axesOf(name, x, options);
  if (!isComplex(x.dtype) && !isFloat(x.dtype))
    throw new InvalidInputError(`${name}: x`, "complex or float numbers (use cast; rfft takes real ones)", x.dtype);
  const scale = scaleOf(name, options, sizeOf(axes.map((axis) => x.shape[axis])), inverse);
  const settings = { kind: "complex", inverse, axes, length: 0, pairWeight: 1, scale } as const;
  return x.device.scope(() => {
    const given = isComplex(x.dtype) ? x : complex(x, x.device.zeros(x.shape, x.dtype));
    return fftKernel.run([given], settings)[0] as Tensor<ComplexDType>;
  });
}

/** Axes counted from 0, in the order given. */
function axesOf(name: string, { rank }: Tensor, { axes = -1 }: FourierOptions): number[] {
  normalizeAxes(name, rank, axes);
  return (typeof axes === "number" ? [axes] : axes).map((axis) => (axis < 0 ? axis + rank : axis));
}

function scaleOf(name: string, { norm = "backward" }: FourierOptions, points: number, inverse: boolean): number {
  if (norm === "ortho") return 1 / Math.sqrt(points);
  if (norm !== "backward" && norm !== "forward")
    throw new InvalidInputError(`${name}: norm`, `"backward", "forward" or "ortho"`, norm);
  return (norm === "backward") === inverse ? 1 / points : 1;
}

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
