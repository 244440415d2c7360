import {
  bytesPerElement,
  complexDType,
  defineKernel,
  type FloatDType,
  InvalidInputError,
  isComplex,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
  sizeOf,
  type Tensor,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { examplesAlongBatches } from "../../examples.ts";
import { transposedVandermondeCpu, vandermondeCpu } from "./cpu.ts";
import { transposedDerivatives, vandermondeDerivatives } from "./derivatives.ts";
import type { VandermondeOptions } from "./options.ts";
import { transposedVandermondeWebGpu, vandermondeWebGpu } from "./webgpu.ts";

export type { VandermondeOptions } from "./options.ts";

const NO_COMPLEX = "the tensorflow device holds no complex numbers";

/** Real parts of sums of complex exponentials, see `exponentialSum`. Inputs: exponents [..., nodes], weights of the same shape. */
export const vandermondeKernel = defineKernel<VandermondeOptions>({
  name: "vandermonde",
  summary:
    "Real parts of sums of complex exponentials at 0, 1, 2, …: products with a Vandermonde matrix that is never stored.",
  infer([z, w], { length }) {
    checkExponents("exponentialSum: exponents", z);
    if (w.dtype !== z.dtype || w.shape.join() !== z.shape.join())
      throw new InvalidInputError("exponentialSum: weights", `${z.dtype} [${z.shape}]`, `${w.dtype} [${w.shape}]`);
    if (!Number.isInteger(length) || length < 0)
      throw new InvalidInputError("exponentialSum: length", "an integer ≥ 0", length);
    return [{ shape: [...z.shape.slice(0, -1), length], dtype: partOf(z) }];
  },
  // A complex product for the next power and a real part for the sum, of each node and power.
  cost: ([z], { length }) => ({
    flops: 8 * sizeOf(z.shape) * length,
    bytes: bytesPerElement(z.dtype) * (2 * sizeOf(z.shape) + (sizeOf(z.shape.slice(0, -1)) * length) / 2),
  }),
  reference: ([z, w], { length }) => [reference(z, w, length)],
  cpu: vandermondeCpu,
  webgpu: vandermondeWebGpu,
  tensorflow: NO_COMPLEX,
  batch: examplesAlongBatches,
  derivatives: vandermondeDerivatives,
  cases: () => caseShapes(([rows, nodes, length], dtype) => plainCase(rows, nodes, length, dtype)),
  randomCase: (random) =>
    plainCase(
      random.integer(0, 3) ? [random.integer(1, 4)] : [],
      random.integer(1, 9),
      random.integer(1, random.pick([5, 70, 300])),
      random.pick(["float32", "float64"]),
    ),
  tolerance: (dtype, [z], { length }) => toleranceOf(dtype as FloatDType, length, z.shape[z.shape.length - 1]),
});

/** Values of polynomials at complex exponentials, see `exponentialMoments`. Inputs: exponents [..., nodes], coefficients [..., length], real. */
export const transposedVandermondeKernel = defineKernel<null>({
  name: "vandermonde-transposed",
  summary: "Polynomials with real coefficients at complex exponentials: the transpose of exponentialSum.",
  infer([z, k]) {
    checkExponents("exponentialMoments: exponents", z);
    const before = z.shape.slice(0, -1);
    if (k.dtype !== partOf(z)) throw new InvalidInputError("exponentialMoments: coefficients", partOf(z), k.dtype);
    if (k.shape.length !== z.shape.length || k.shape.slice(0, -1).join() !== before.join())
      throw new InvalidInputError(
        "exponentialMoments: coefficients",
        `[${[...before, "length"]}]`,
        `shape [${k.shape}]`,
      );
    return [z];
  },
  cost: ([z, k]) => ({
    flops: 10 * sizeOf(z.shape) * k.shape[k.shape.length - 1],
    bytes: bytesPerElement(z.dtype) * (2 * sizeOf(z.shape) + sizeOf(k.shape) / 2),
  }),
  reference: ([z, k]) => [transposedReference(z, k)],
  cpu: transposedVandermondeCpu,
  webgpu: transposedVandermondeWebGpu,
  tensorflow: NO_COMPLEX,
  batch: examplesAlongBatches,
  derivatives: transposedDerivatives,
  cases: () => caseShapes(([rows, nodes, length], dtype) => transposedCase(rows, nodes, length, dtype)),
  randomCase: (random) =>
    transposedCase(
      random.integer(0, 3) ? [random.integer(1, 4)] : [],
      random.integer(1, 9),
      random.integer(1, random.pick([5, 70, 300])),
      random.pick(["float32", "float64"]),
    ),
  tolerance: (dtype, [, k]) =>
    toleranceOf(
      dtype === "complex64" ? "float32" : "float64",
      k.shape[k.shape.length - 1],
      k.shape[k.shape.length - 1],
    ),
});

/**
 * Real parts of sums of complex exponentials, y_l = Re Σ_n w_n e^(l z_n) for l = 0 … length − 1: the response to an impulse of a diagonal linear system, its convolution kernel.
 *
 * O(nodes · length) time, no memory but the result: powers are multiplied up in stretches (64 on cpu, 16 on webgpu) from exponentials of their own, whose phases are computed in float64 on
 * cpu and as integer fractions of a turn on webgpu, so that errors do not grow with l but by those of z itself. Differentiable in z and w to any order.
 *
 * @param exponents z, complex64 or complex128 [..., nodes]; real parts ≤ 0 unless the sums may overflow. On webgpu |Im z| < 10⁶.
 * @param weights w, of the same shape and dtype.
 * @returns y, float32 or float64 [..., length].
 * @throws InvalidInputError when shapes or dtypes do not fit, for a length that is no integer ≥ 0; UnsupportedError on tensorflow.
 */
export function exponentialSum(exponents: Tensor, weights: Tensor, length: number): Tensor<FloatDType> {
  return vandermondeKernel.run([exponents, weights], { length })[0] as Tensor<FloatDType>;
}

/**
 * Polynomials with real coefficients at complex exponentials, y_n = Σ_l k_l e^(l z_n): a discrete Laplace transform, the transpose of `exponentialSum`, and as it in cost and accuracy.
 *
 * @param exponents z, complex64 or complex128 [..., nodes].
 * @param coefficients k, float32 or float64 [..., length].
 * @returns y, of the shape and dtype of `exponents`.
 * @throws InvalidInputError when shapes or dtypes do not fit; UnsupportedError on tensorflow.
 */
export function exponentialMoments(exponents: Tensor, coefficients: Tensor): Tensor {
  return transposedVandermondeKernel.run([exponents, coefficients], null)[0];
}

function partOf({ dtype }: TensorSpec): FloatDType {
  return dtype === "complex64" ? "float32" : "float64";
}

function checkExponents(argument: string, { dtype, shape }: TensorSpec): void {
  if (!isComplex(dtype)) throw new InvalidInputError(argument, "complex64 or complex128", dtype);
  if (shape.length === 0) throw new InvalidInputError(argument, "[..., nodes]", "a scalar");
}

function toleranceOf(dtype: FloatDType, length: number, terms: number): Tolerance {
  // Exponentials, tables and up to 64 products err by some tens of units in each term, of size 1 and of both signs; in float64 phases l Im z, up to 4 l, err by half a unit of their own.
  const units = dtype === "float32" ? 80 * 2 ** -24 : (80 + 8 * length) * 2 ** -53;
  return { relative: 0, absolute: units * 4 * (1 + Math.sqrt(terms)) };
}

/** e^(l z) as parts; 1 for l = 0 even where z is infinite. */
function powerOf(re: number, im: number, l: number): readonly [number, number] {
  if (l === 0) return [1, 0];
  const size = Math.exp(l * re);
  return [size * Math.cos(l * im), size * Math.sin(l * im)];
}

function reference(z: ReferenceArray, w: ReferenceArray, length: number): ReferenceArray {
  const nodes = z.shape[z.shape.length - 1];
  const rows = sizeOf(z.shape.slice(0, -1));
  const y = new Float64Array(rows * length);
  for (let row = 0; row < rows; row++)
    for (let at = 2 * row * nodes; at < 2 * (row + 1) * nodes; at += 2)
      for (let l = 0; l < length; l++) {
        const [re, im] = powerOf(z.data[at], z.data[at + 1], l);
        y[row * length + l] += w.data[at] * re - w.data[at + 1] * im;
      }
  return referenceArray(partOf(z), [...z.shape.slice(0, -1), length], y);
}

function transposedReference(z: ReferenceArray, k: ReferenceArray): ReferenceArray {
  const nodes = z.shape[z.shape.length - 1];
  const length = k.shape[k.shape.length - 1];
  const y = new Float64Array(z.data.length);
  for (let node = 0; node < z.data.length / 2; node++)
    for (let l = 0; l < length; l++) {
      const [re, im] = powerOf(z.data[2 * node], z.data[2 * node + 1], l);
      const coefficient = k.data[Math.floor(node / nodes) * length + l];
      y[2 * node] += coefficient * re;
      y[2 * node + 1] += coefficient * im;
    }
  return referenceArray(z.dtype, z.shape, y);
}

type CaseShape = readonly [rows: Shape, nodes: number, length: number];

const SHAPES: readonly CaseShape[] = [
  [[], 1, 1],
  [[0], 3, 4],
  [[2], 0, 5],
  [[2], 3, 0],
  [[2], 3, 2],
  [[3], 2, 7],
  [[2], 5, 63],
  [[1, 2], 4, 64],
  [[2], 3, 81],
  [[2], 2, 1023],
  [[1], 17, 3001],
];

function caseShapes<Options>(make: (shape: CaseShape, dtype: FloatDType) => KernelCase<Options>) {
  return (["float32", "float64"] as const).flatMap((dtype) => SHAPES.map((shape) => make(shape, dtype)));
}

/** Exponents of decaying oscillations, some of them slow, and weights. */
function numbersFor(rows: Shape, nodes: number, dtype: FloatDType) {
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const complex = complexDType(dtype);
  const count = sizeOf(rows) * nodes;
  const z = Float64Array.from({ length: 2 * count }, (_, k) =>
    round(k % 2 === 0 ? -0.4 * Math.abs(Math.sin(k)) ** 3 : 4 * Math.sin(0.9 * k * k)),
  );
  const values = (length: number) => Float64Array.from({ length }, (_, k) => round(1.4 * Math.sin(0.7 * k * k + 1)));
  return { z: referenceArray(complex, [...rows, nodes], z), values, complex };
}

function plainCase(rows: Shape, nodes: number, length: number, dtype: FloatDType): KernelCase<VandermondeOptions> {
  const { z, values, complex } = numbersFor(rows, nodes, dtype);
  const w = referenceArray(complex, z.shape, values(2 * sizeOf(z.shape)));
  return { name: `${complex} [${z.shape}] to ${length}`, inputs: [z, w], options: { length } };
}

function transposedCase(rows: Shape, nodes: number, length: number, dtype: FloatDType): KernelCase<null> {
  const { z, values, complex } = numbersFor(rows, nodes, dtype);
  const k = referenceArray(dtype, [...rows, length], values(sizeOf(rows) * length));
  return { name: `${complex} [${z.shape}] from ${length}`, inputs: [z, k], options: null };
}
