import {
  bytesPerElement,
  defineKernel,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import {
  checkArray,
  checkPoints,
  fixedDraws,
  type MixtureShape,
  type ReferenceMixture,
  randomMixture,
  referenceWeights,
} from "../mixture/mixture.ts";
import { mixtureMomentsCpu } from "./cpu.ts";
import { mixtureMomentsTensorFlow } from "./tensorflow.ts";
import { mixtureMomentsWebGpu } from "./webgpu.ts";

/**
 * The log of a sum of exponentials of quadratics at many points, and from what its gradients are made: responsibilities w = softmax of the exponents and the mean of their
 * products with powers of δ = x − center over all points.
 *
 * Exponent of component k at x: c_k + Σ_j z_j (a_kj z_j + b_kj), z = Q_kᵀ δ (Q_k the identity where no rotations are given).
 * Inputs: points `[B, D]`; offsets c `[K]`; centers `[K, D]`; quadratic a `[K, D]`; linear b `[K, D]`; optionally rotations Q `[K, D, D]`, orthogonal. Finite numbers.
 * Outputs: log-sums `[B]`; mean of w `[K]`; mean of w δ `[K, D]`; mean of w δ² `[K, D]`, or of w δδᵀ `[K, D, D]` where rotations are given.
 *
 * Both halves of the loss of a light bridge are of this form, and all its gradients follow from these moments: log v has centers r, a = −1/(2εs), log c has centers 0, a = s/(2ε),
 * b = Qᵀr/ε ("Light Schrödinger Bridge", sections 3.2 and 3.3; gradients derived).
 */
export const mixtureMomentsKernel = defineKernel<Record<string, never>>({
  name: "mixture-moments",
  summary:
    "Log-sums of a mixture's exponentials at many points, and the responsibility-weighted moments of the points.",
  infer,
  cost([points, offsets, ...rest]) {
    const [count, dimension] = points.shape;
    const [components] = offsets.shape;
    const pairs = count * components;
    // Per pair: an exponential, the quadratic (4 D, with a rotation 2 D² more), the moments (4 D, or 2 D²).
    const rotated = rest.length === 4;
    const flops = pairs * (3 + 4 * dimension + (rotated ? 4 * dimension ** 2 : 4 * dimension));
    const parameters = components * (2 + 5 * dimension + (rotated ? 2 * dimension ** 2 : 0));
    return {
      flops,
      bytes: bytesPerElement(points.dtype) * (count * (dimension + 1) + parameters),
    };
  },
  reference,
  cpu: mixtureMomentsCpu,
  webgpu: mixtureMomentsWebGpu,
  tensorflow: mixtureMomentsTensorFlow,
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const shape = {
      components: random.integer(1, 20),
      dimension: random.integer(1, 6),
      rotated: random.pick([true, false]),
    };
    return caseOf(random, dtype, random.integer(1, 90), shape);
  },
  derivatives: "its outputs are the derivatives that training needs",
  // Exponents of up to some 50 are rounded to 3·10⁻⁶ of themselves in float32, which responsibilities inherit; moments are means of numbers up to some 10.
  tolerance: (dtype) =>
    dtype === "float32" ? { relative: 2e-5, absolute: 4e-5 } : { relative: 1e-13, absolute: 1e-13 },
});

function infer([points, offsets, centers, quadratic, linear, rotations]: readonly TensorSpec[]): readonly TensorSpec[] {
  const kernel = "mixture-moments";
  const dtype = checkPoints(kernel, "points", points);
  const [count, dimension] = points.shape;
  const [components] = offsets.shape;
  checkArray(kernel, "offsets", offsets, dtype, [components]);
  checkArray(kernel, "centers", centers, dtype, [components, dimension]);
  checkArray(kernel, "quadratic", quadratic, dtype, [components, dimension]);
  checkArray(kernel, "linear", linear, dtype, [components, dimension]);
  if (rotations) checkArray(kernel, "rotations", rotations, dtype, [components, dimension, dimension]);
  const second = rotations ? [components, dimension, dimension] : [components, dimension];
  return [[count], [components], [components, dimension], second].map((shape) => ({ shape, dtype }));
}

function reference(inputs: readonly ReferenceArray[]): readonly ReferenceArray[] {
  const [points, offsets, centers, quadratic, linear, rotations] = inputs;
  const [count, dimension] = points.shape;
  const [components] = offsets.shape;
  const mixture: ReferenceMixture = {
    components,
    dimension,
    offsets: offsets.data,
    centers: centers.data,
    quadratic: quadratic.data,
    linear: linear.data,
    ...(rotations && { rotations: rotations.data }),
  };
  const [logSums, mass, first, second] = infer(inputs).map(
    ({ shape }) => new Float64Array(shape.reduce((a, b) => a * b, 1)),
  );
  for (let b = 0; b < count; b++) {
    const point = points.data.subarray(b * dimension, (b + 1) * dimension);
    const { weights, logSum } = referenceWeights(mixture, point);
    logSums[b] = logSum;
    for (let k = 0; k < components; k++) {
      const w = weights[k] / count;
      mass[k] += w;
      const delta = Array.from(point, (x, i) => x - centers.data[k * dimension + i]);
      for (let i = 0; i < dimension; i++) {
        first[k * dimension + i] += w * delta[i];
        if (!rotations) second[k * dimension + i] += w * delta[i] ** 2;
        else for (let j = 0; j < dimension; j++) second[(k * dimension + i) * dimension + j] += w * delta[i] * delta[j];
      }
    }
  }
  const data = [logSums, mass, first, second];
  return infer(inputs).map(({ shape, dtype }, index) => referenceArray(dtype, shape, data[index]));
}

function caseOf(
  random: Parameters<typeof randomMixture>[0],
  dtype: "float32" | "float64",
  count: number,
  shape: MixtureShape,
): KernelCase<Record<string, never>> {
  const { components, dimension, rotated } = shape;
  const [offsets, quadratic, linear, ...rotations] = randomMixture(random, dtype, shape);
  return {
    name: `${dtype}, ${count} points, ${components} components, ${dimension}-dimensional${rotated ? ", rotated" : ""}`,
    inputs: [
      random.array([count, dimension], dtype),
      offsets,
      random.array([components, dimension], dtype),
      quadratic,
      linear,
      ...rotations,
    ],
    options: {},
  };
}

function cases(): readonly KernelCase<Record<string, never>>[] {
  const sizes = [
    [1, 1, 1],
    [3, 1, 2],
    [7, 5, 1],
    [128, 50, 2],
    [300, 9, 7],
  ];
  return (["float32", "float64"] as const).flatMap((dtype) =>
    [false, true].flatMap((rotated) => [
      ...sizes.map(([count, components, dimension]) =>
        caseOf(fixedDraws, dtype, count, { components, dimension, rotated }),
      ),
      farAway(dtype, rotated),
      notANumber(dtype, rotated),
    ]),
  );
}

/** Exponents of some −256: everything underflows unless sums are taken relative to the largest. */
function farAway(dtype: "float32" | "float64", rotated: boolean): KernelCase<Record<string, never>> {
  const given = caseOf(fixedDraws, dtype, 5, { components: 3, dimension: 2, rotated });
  const [points, offsets, ...rest] = given.inputs;
  const far = referenceArray(
    dtype,
    offsets.shape,
    offsets.data.map((_, k) => -256 + k / 4),
  );
  return { ...given, name: `${given.name}, far away`, inputs: [points, far, ...rest] };
}

/** One point that is not a number spoils its log-sum and all means, and nothing else. */
function notANumber(dtype: "float32" | "float64", rotated: boolean): KernelCase<Record<string, never>> {
  const given = caseOf(fixedDraws, dtype, 4, { components: 5, dimension: 2, rotated });
  const [points, ...rest] = given.inputs;
  const spoilt = referenceArray(dtype, points.shape, points.data);
  spoilt.data[2] = Number.NaN;
  return { ...given, name: `${given.name}, one not a number`, inputs: [spoilt, ...rest] };
}
