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
  randomMixture,
  referenceWeights,
} from "../mixture/mixture.ts";
import { mixturePathsCpu } from "./cpu.ts";
import type { MixturePathsOptions } from "./options.ts";
import { mixturePathsWebGpu } from "./webgpu.ts";

export type { MixturePathsOptions } from "./options.ts";

/**
 * Euler–Maruyama paths of dX = ε ∇ log Σ_k exp(c_k(t) + Σ_j z_j (a_kj(t) z_j + b_kj(t))) dt + √ε dW, z = Q_kᵀX, all steps of a particle in one go.
 *
 * Inputs: starts `[B, D]`; noise `[B, steps, D]`, standard normal; offsets c `[steps, K]`; quadratic a `[steps, K, D]`; linear b `[steps, K, D]`, the tables at the beginning of
 * every step; optionally rotations Q `[K, D, D]`, the same for all steps.
 * Output: states `[B, steps / every, D]`, the last of them the end point.
 * The drift of a light bridge is of this form ("Light Schrödinger Bridge", proposition 3.3; in the form that stays finite at both ends, derived).
 */
export const mixturePathsKernel = defineKernel<MixturePathsOptions>({
  name: "mixture-paths",
  summary: "Euler–Maruyama paths along the gradient of a mixture's log-sum that changes with time.",
  infer,
  cost([starts, noise, offsets, , , rotations], { every }) {
    const [count, steps, dimension] = noise.shape;
    const components = offsets.shape[1];
    const pairs = count * steps * components;
    return {
      flops: pairs * (3 + 8 * dimension + (rotations ? 4 * dimension ** 2 : 0)),
      bytes:
        bytesPerElement(starts.dtype) *
        (count * dimension * (1 + steps + steps / every) +
          steps * components * (1 + 2 * dimension) +
          (rotations ? components * dimension ** 2 : 0)),
    };
  },
  reference,
  cpu: mixturePathsCpu,
  webgpu: mixturePathsWebGpu,
  tensorflow:
    "sequential: every step needs the one before, and TensorFlow.js would start dozens of operations for each",
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const shape = {
      components: random.integer(1, 20),
      dimension: random.integer(1, 6),
      rotated: random.pick([true, false]),
    };
    const every = random.integer(1, 3);
    return caseOf(random, dtype, random.integer(1, 70), { ...shape, steps: every * random.integer(1, 4) }, every);
  },
  derivatives: "not differentiable with respect to its tables; train the mixture by its own loss",
  // Steps of 1/16 along drifts that change by some ten per unit of length keep rounding errors of the states together; float32 exponents of up to some 30 are rounded to 2·10⁻⁶.
  tolerance: (dtype) =>
    dtype === "float32" ? { relative: 2e-5, absolute: 5e-5 } : { relative: 1e-13, absolute: 1e-13 },
});

function infer(
  [starts, noise, offsets, quadratic, linear, rotations]: readonly TensorSpec[],
  { regularization, stepSize, every }: MixturePathsOptions,
): readonly TensorSpec[] {
  const kernel = "mixture-paths";
  const dtype = checkPoints(kernel, "starts", starts);
  const [count, dimension] = starts.shape;
  const [steps, components] = offsets.shape;
  checkArray(kernel, "offsets", offsets, dtype, [steps, components]);
  checkArray(kernel, "noise", noise, dtype, [count, steps, dimension]);
  checkArray(kernel, "quadratic", quadratic, dtype, [steps, components, dimension]);
  checkArray(kernel, "linear", linear, dtype, [steps, components, dimension]);
  if (rotations) checkArray(kernel, "rotations", rotations, dtype, [components, dimension, dimension]);
  for (const [name, value] of Object.entries({ regularization, stepSize }))
    if (!(value > 0 && Number.isFinite(value)))
      throw new InvalidInputError(`${kernel}: ${name}`, "a positive number", value);
  if (!Number.isInteger(every) || every < 1 || steps % every !== 0)
    throw new InvalidInputError(`${kernel}: every`, `an integer that divides ${steps}`, every);
  return [{ shape: [count, steps / every, dimension], dtype }];
}

function reference(inputs: readonly ReferenceArray[], options: MixturePathsOptions): readonly ReferenceArray[] {
  const [starts, noise, offsets, quadratic, linear, rotations] = inputs;
  const { regularization, stepSize, every } = options;
  const [count, dimension] = starts.shape;
  const [steps, components] = offsets.shape;
  const states = new Float64Array(count * (steps / every) * dimension);
  for (let b = 0; b < count; b++) {
    const state = Float64Array.from(starts.data.subarray(b * dimension, (b + 1) * dimension));
    for (let step = 0; step < steps; step++) {
      const mixture = {
        components,
        dimension,
        offsets: offsets.data.subarray(step * components),
        quadratic: quadratic.data.subarray(step * components * dimension),
        linear: linear.data.subarray(step * components * dimension),
        ...(rotations && { rotations: rotations.data }),
      };
      const { weights } = referenceWeights(mixture, state);
      const drift = new Float64Array(dimension);
      for (let k = 0; k < components; k++) {
        const own = ownCoordinates(mixture, state, k).map(
          (z, j) => weights[k] * (2 * mixture.quadratic[k * dimension + j] * z + mixture.linear[k * dimension + j]),
        );
        for (const [i, value] of fromOwnAxes(mixture, own, k).entries()) drift[i] += regularization * value;
      }
      for (let i = 0; i < dimension; i++)
        state[i] +=
          stepSize * drift[i] + Math.sqrt(regularization * stepSize) * noise.data[(b * steps + step) * dimension + i];
      if ((step + 1) % every === 0) states.set(state, (b * (steps / every) + Math.floor(step / every)) * dimension);
    }
  }
  return [referenceArray(starts.dtype, [count, steps / every, dimension], states)];
}

function caseOf(
  random: Parameters<typeof randomMixture>[0],
  dtype: FloatDType,
  count: number,
  shape: MixtureShape & { readonly steps: number },
  every: number,
): KernelCase<MixturePathsOptions> {
  const { components, dimension, steps, rotated } = shape;
  return {
    name: `${dtype}, ${count} particles, ${steps} steps, ${components} components, ${dimension}-dimensional${rotated ? ", rotated" : ""}`,
    inputs: [
      random.array([count, dimension], dtype),
      random.array([count, steps, dimension], dtype),
      ...randomMixture(random, dtype, shape),
    ],
    options: { regularization: 0.5, stepSize: 1 / 16, every },
  };
}

function cases(): readonly KernelCase<MixturePathsOptions>[] {
  const sizes = [
    [1, 1, 1, 1, 1],
    [0, 2, 2, 2, 1],
    [3, 4, 1, 2, 2],
    [7, 6, 5, 1, 3],
    [100, 8, 50, 2, 8],
    [33, 5, 9, 7, 1],
  ];
  return (["float32", "float64"] as const).flatMap((dtype) =>
    [false, true].flatMap((rotated) =>
      sizes.map(([count, steps, components, dimension, every]) =>
        caseOf(fixedDraws, dtype, count, { components, dimension, steps, rotated }, every),
      ),
    ),
  );
}
