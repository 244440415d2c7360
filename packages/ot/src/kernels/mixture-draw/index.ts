import {
  bytesPerElement,
  defineKernel,
  type FloatDType,
  InvalidInputError,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import {
  checkArray,
  checkPoints,
  fixedDraws,
  fromOwnAxes,
  type MixtureShape,
  ownCoordinates,
  type ReferenceMixture,
  randomMixture,
  referenceWeights,
} from "../mixture/mixture.ts";
import { mixtureDrawCpu } from "./cpu.ts";
import type { MixtureDrawOptions } from "./options.ts";
import { mixtureDrawWebGpu } from "./webgpu.ts";

export type { MixtureDrawOptions } from "./options.ts";

/**
 * Draws from the conditional plan of a light bridge: for every point x a component k with probability softmax of the exponents c_k + Σ_j z_j (a_kj z_j + b_kj), z = Q_kᵀx, by inverting
 * the cumulative distribution at a given uniform number, then y = Q_k (ε (2 a z + b) + ε √(2a) ξ) with given standard normal ξ.
 *
 * Inputs: points `[B, D]`; uniforms `[B]` in (0, 1); noise `[B, D]`; offsets c `[K]`; quadratic a ≥ 0 `[K, D]`; linear b `[K, D]`; optionally rotations Q `[K, D, D]`.
 * Output: y `[B, D]`.
 * With a = s/(2ε) and b = Qᵀr/ε this is y ~ Σ_k w_k(x) N(r_k + S_k x, ε S_k) ("Light Schrödinger Bridge", proposition 3.2).
 */
export const mixtureDrawKernel = defineKernel<MixtureDrawOptions>({
  name: "mixture-draw",
  summary:
    "Draws end points from the conditional plan of a light bridge: a component by its weight, then a normal vector.",
  infer,
  cost([points, , , offsets, ...rest]) {
    const [count, dimension] = points.shape;
    const [components] = offsets.shape;
    const rotated = rest.length === 3;
    return {
      flops: count * components * (3 + 4 * dimension + (rotated ? 2 * dimension ** 2 : 0)),
      bytes:
        bytesPerElement(points.dtype) *
        (count * (3 * dimension + 1) + components * (1 + 2 * dimension + (rotated ? dimension ** 2 : 0))),
    };
  },
  reference,
  cpu: mixtureDrawCpu,
  webgpu: mixtureDrawWebGpu,
  tensorflow: "choosing a component by its cumulative weight takes a gather for every table; draw on cpu or webgpu",
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const shape = {
      components: random.integer(1, 20),
      dimension: random.integer(1, 6),
      rotated: random.pick([true, false]),
    };
    return caseOf(random, dtype, random.integer(1, 60), shape);
  },
  derivatives: "a component is chosen, which has no derivative",
  // Sums of D products of numbers up to some 10; the component is the same on all devices, see `caseOf`.
  tolerance: (dtype) =>
    dtype === "float32" ? { relative: 1e-5, absolute: 2e-5 } : { relative: 1e-13, absolute: 1e-13 },
});

function infer(
  [points, uniforms, noise, offsets, quadratic, linear, rotations]: readonly TensorSpec[],
  { regularization }: MixtureDrawOptions,
): readonly TensorSpec[] {
  const kernel = "mixture-draw";
  const dtype = checkPoints(kernel, "points", points);
  const [count, dimension] = points.shape;
  const [components] = offsets.shape;
  checkArray(kernel, "uniforms", uniforms, dtype, [count]);
  checkArray(kernel, "noise", noise, dtype, [count, dimension]);
  checkArray(kernel, "offsets", offsets, dtype, [components]);
  checkArray(kernel, "quadratic", quadratic, dtype, [components, dimension]);
  checkArray(kernel, "linear", linear, dtype, [components, dimension]);
  if (rotations) checkArray(kernel, "rotations", rotations, dtype, [components, dimension, dimension]);
  if (!(regularization > 0 && Number.isFinite(regularization)))
    throw new InvalidInputError(`${kernel}: regularization`, "a positive number", regularization);
  return [{ shape: points.shape, dtype }];
}

function reference(
  [points, uniforms, noise, ...tables]: readonly ReferenceArray[],
  { regularization }: MixtureDrawOptions,
): readonly ReferenceArray[] {
  const [count, dimension] = points.shape;
  const mixture = mixtureOf(dimension, tables);
  const drawn = new Float64Array(count * dimension);
  for (let b = 0; b < count; b++) {
    const point = points.data.subarray(b * dimension, (b + 1) * dimension);
    const { weights, logSum } = referenceWeights(mixture, point);
    let sum = 0;
    let k = 0;
    while (k < mixture.components - 1) {
      sum += weights[k];
      if (sum > uniforms.data[b]) break;
      k++;
    }
    const own = ownCoordinates(mixture, point, k).map((z, j) => {
      const a = mixture.quadratic[k * dimension + j];
      const xi = noise.data[b * dimension + j];
      return regularization * (2 * a * z + mixture.linear[k * dimension + j] + Math.sqrt(2 * a) * xi);
    });
    drawn.set(Number.isNaN(logSum) ? own.fill(Number.NaN) : fromOwnAxes(mixture, own, k), b * dimension);
  }
  return [referenceArray(points.dtype, points.shape, drawn)];
}

function mixtureOf(
  dimension: number,
  [offsets, quadratic, linear, rotations]: readonly ReferenceArray[],
): ReferenceMixture {
  return {
    components: offsets.shape[0],
    dimension,
    offsets: offsets.data,
    quadratic: quadratic.data,
    linear: linear.data,
    ...(rotations && { rotations: rotations.data }),
  };
}

/** Uniform numbers in the middle of the interval of a component's cumulative weight, so that rounding does not choose another. */
function caseOf(
  random: Parameters<typeof randomMixture>[0],
  dtype: FloatDType,
  count: number,
  shape: MixtureShape,
): KernelCase<MixtureDrawOptions> {
  const { components, dimension, rotated } = shape;
  const tables = randomMixture(random, dtype, { ...shape, convex: true });
  const points = random.array([count, dimension], dtype);
  const mixture = mixtureOf(dimension, tables);
  const uniforms = Array.from({ length: count }, (_, b) => {
    const { weights } = referenceWeights(mixture, points.data.subarray(b * dimension, (b + 1) * dimension));
    const likely = Array.from(weights.keys()).filter((k) => weights[k] > 0.01);
    const chosen = likely[b % likely.length];
    return weights.slice(0, chosen).reduce((sum, w) => sum + w, 0) + weights[chosen] / 2;
  });
  return {
    name: `${dtype}, ${count} points, ${components} components, ${dimension}-dimensional${rotated ? ", rotated" : ""}`,
    inputs: [points, referenceArray(dtype, [count], uniforms), random.array([count, dimension], dtype), ...tables],
    options: { regularization: 0.5 },
  };
}

function cases(): readonly KernelCase<MixtureDrawOptions>[] {
  const sizes = [
    [1, 1, 1],
    [3, 1, 2],
    [7, 5, 1],
    [200, 50, 2],
    [40, 9, 7],
  ];
  return (["float32", "float64"] as const).flatMap((dtype) =>
    [false, true].flatMap((rotated) =>
      sizes.map(([count, components, dimension]) =>
        caseOf(fixedDraws, dtype, count, { components, dimension, rotated }),
      ),
    ),
  );
}
