import {
  type FloatDType,
  InvalidInputError,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";

/** Components in a packed row: whole vectors of sixteen bytes. */
export function packedStride(components: number, dtype: FloatDType): number {
  const lanes = dtype === "float32" ? 4 : 2;
  return Math.ceil(components / lanes) * lanes;
}

export function suffixOf(dtype: string): "f32" | "f64" {
  return dtype === "float32" ? "f32" : "f64";
}

/** @throws InvalidInputError unless the input has this dtype and shape. */
export function checkArray(
  kernel: string,
  argument: string,
  { shape, dtype }: TensorSpec,
  expectedDtype: string,
  expectedShape: readonly number[],
): void {
  if (dtype === expectedDtype && String(shape) === String(expectedShape)) return;
  throw new InvalidInputError(
    `${kernel}: ${argument}`,
    `${expectedDtype} of shape [${expectedShape}]`,
    `${dtype} of shape [${shape}]`,
  );
}

/** Checks points [count, D] with at least one coordinate. @throws InvalidInputError naming the kernel and the argument. */
export function checkPoints(kernel: string, argument: string, { shape, dtype }: TensorSpec): FloatDType {
  if (dtype !== "float32" && dtype !== "float64")
    throw new InvalidInputError(`${kernel}: ${argument}`, "float32 or float64", dtype);
  if (shape.length !== 2 || shape[1] < 1)
    throw new InvalidInputError(`${kernel}: ${argument}`, "shape [count, dimension], dimension ≥ 1", shape);
  return dtype;
}

/** c + Σ_j z_j (a_j z_j + b_j) of one component, z = Qᵀ(x − center), in float64. */
export interface ReferenceMixture {
  readonly components: number;
  readonly dimension: number;
  readonly offsets: ArrayLike<number>;
  readonly quadratic: ArrayLike<number>;
  readonly linear: ArrayLike<number>;
  readonly centers?: ArrayLike<number>;
  readonly rotations?: ArrayLike<number>;
}

/** Coordinates of a point in a component's own axes. */
export function ownCoordinates(mixture: ReferenceMixture, point: ArrayLike<number>, component: number): Float64Array {
  const { dimension, centers, rotations } = mixture;
  const difference = Float64Array.from(
    { length: dimension },
    (_, i) => point[i] - (centers ? centers[component * dimension + i] : 0),
  );
  if (!rotations) return difference;
  return Float64Array.from({ length: dimension }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += rotations[(component * dimension + i) * dimension + j] * difference[i];
    return sum;
  });
}

/** From a component's own axes back to those of the points. */
export function fromOwnAxes(mixture: ReferenceMixture, own: Float64Array, component: number): Float64Array {
  const { dimension, rotations } = mixture;
  if (!rotations) return own;
  return Float64Array.from({ length: dimension }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += rotations[(component * dimension + i) * dimension + j] * own[j];
    return sum;
  });
}

/** Softmax of the exponents at a point, and their log-sum-exp. */
export function referenceWeights(
  mixture: ReferenceMixture,
  point: ArrayLike<number>,
): { readonly weights: Float64Array; readonly logSum: number } {
  const { components, dimension, offsets, quadratic, linear } = mixture;
  const exponents = Float64Array.from({ length: components }, (_, k) => {
    const z = ownCoordinates(mixture, point, k);
    let exponent = offsets[k];
    for (let j = 0; j < dimension; j++)
      exponent += z[j] * (quadratic[k * dimension + j] * z[j] + linear[k * dimension + j]);
    return exponent;
  });
  const largest = exponents.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = exponents.map((exponent) => Math.exp(exponent - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return { weights: powers.map((power) => power / sum), logSum: largest + Math.log(sum) };
}

/** The part of `CaseRandom` that drawing a mixture takes. */
interface Draws {
  array(shape: readonly number[], dtype: FloatDType, range?: { readonly scale?: number }): ReferenceArray;
}

/** Orthogonal matrices [components, D, D]: products of Householder reflections along given vectors. */
function orthogonalMatrices(vectors: ReferenceArray, dtype: FloatDType): ReferenceArray {
  const [components, dimension] = vectors.shape;
  const data = new Float64Array(components * dimension * dimension);
  for (let k = 0; k < components; k++) {
    const v = vectors.data.subarray(k * dimension, (k + 1) * dimension) as Float64Array;
    const square = v.reduce((sum, x) => sum + x * x, 0) || 1;
    for (let i = 0; i < dimension; i++)
      for (let j = 0; j < dimension; j++)
        data[(k * dimension + i) * dimension + j] = (i === j ? 1 : 0) - (2 * v[i] * v[j]) / square;
  }
  return referenceArray(dtype, [components, dimension, dimension], data);
}

/** Offsets, quadratic (negative unless `convex`) and linear coefficients, and rotations where wanted, of moderate size: at random. */
export function randomMixture(
  random: Draws,
  dtype: FloatDType,
  { components, dimension, steps, rotated, convex = false }: MixtureShape,
): ReferenceArray[] {
  const leading = steps === undefined ? [components] : [steps, components];
  const quadratic = random.array([...leading, dimension], dtype, { scale: 0.5 });
  return [
    random.array(leading, dtype),
    referenceArray(
      dtype,
      quadratic.shape,
      quadratic.data.map((a) => (convex ? Math.abs(a) : -Math.abs(a))),
    ),
    random.array([...leading, dimension], dtype),
    ...(rotated ? [orthogonalMatrices(random.array([components, dimension], "float64"), dtype)] : []),
  ];
}

export interface MixtureShape {
  readonly components: number;
  readonly dimension: number;
  /** Tables of so many steps instead of one. */
  readonly steps?: number;
  readonly rotated: boolean;
  readonly convex?: boolean;
}

/** Numbers between −1 and 1 by a fixed rule, in the place of random ones where a case must be the same everywhere. */
export const fixedDraws: Draws = {
  array(shape, dtype, { scale = 1 } = {}) {
    const length = shape.reduce((a, b) => a * b, 1);
    return referenceArray(
      dtype,
      shape,
      Array.from({ length }, (_, index) => scale * (((index * 7919 + 31) % 1009) / 504.5 - 1)),
    );
  },
};
