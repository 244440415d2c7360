import { jvp, valueAndGrad } from "../differentiation/transforms.ts";
import { leavesOf, rebuild, type TensorTree } from "../differentiation/tree.ts";
import type { FloatDType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { add, divide, multiply, power, subtract } from "../kernels/map/binary.ts";
import { abs, sqrt, square } from "../kernels/map/unary.ts";
import { mean } from "../kernels/reduce/index.ts";
import { broadcastTo } from "../movement/axes.ts";
import { rademacher } from "../random/discrete.ts";
import { type Key, split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkRates, type LearningRate, rateAt, weightOf } from "./methods.ts";
import { elementwiseSteps, type OptimiserState } from "./optimiser.ts";

/** A loss, its gradient and an estimate of the diagonal of its Hessian, at the same parameters. */
export interface CurvatureEstimate<Parameters extends TensorTree> {
  /** One element. */
  readonly value: Tensor;
  readonly gradient: Parameters;
  readonly diagonal: Parameters;
}

/**
 * Hutchinson's estimate of a Hessian's diagonal, z ⊙ H z for random signs z, in one pass with value and gradient (about three times a gradient). It is unbiased, exact where the Hessian is diagonal,
 * and its variance in an element is the sum of the squares of its row beside the diagonal, divided by the number of probes.
 *
 * Source: Bekas, Kokiopoulou, Saad, "An estimator for the diagonal of a matrix" (2007).
 *
 * @param key a new one for every call.
 * @param probes how many signs to average over, one pass each. Default: 1.
 * @throws as `hvp`; InvalidInputError when probes is no positive integer.
 */
export function hutchinsonDiagonal<Parameters extends TensorTree>(
  loss: (parameters: Parameters) => Tensor,
  parameters: Parameters,
  key: Key,
  probes = 1,
): CurvatureEstimate<Parameters> {
  if (!Number.isInteger(probes) || probes < 1)
    throw new InvalidInputError("hutchinsonDiagonal: probes", "an integer ≥ 1", probes);
  const leaves = leavesOf(parameters, "parameters");
  if (leaves.length === 0)
    throw new InvalidInputError("hutchinsonDiagonal: parameters", "at least one tensor", parameters);
  const both = (at: Parameters): { [name in "value" | "gradient"]: TensorTree } => valueAndGrad(loss)(at);
  const { device } = leaves[0];
  return device.scope(() => {
    const passes = split(key, probes).map((own) => {
      const keys = split(own, leaves.length);
      const signs = leaves.map(({ shape, dtype }, index) =>
        rademacher(keys[index], shape, { device, dtype: dtype as FloatDType }),
      );
      const { value, tangent } = jvp(both, parameters, rebuild(parameters, signs));
      const curved = leavesOf(tangent.gradient).map((each, index) => multiply(each, signs[index]));
      return { value, curved };
    });
    const [{ value }] = passes;
    const diagonal = leaves.map((_, index) => {
      const total = passes.map(({ curved }) => curved[index]).reduce((sum, each) => add(sum, each));
      return probes === 1 ? total : multiply(total, 1 / probes);
    });
    return {
      value: value.value as Tensor,
      gradient: value.gradient as Parameters,
      diagonal: rebuild(parameters, diagonal),
    };
  });
}

export interface AdaHessianOptions {
  /** Default: 0.15. */
  readonly learningRate?: LearningRate;
  /** How long gradients are remembered, β₁. Default: 0.9. */
  readonly firstDecay?: number;
  /** How long the squares of the diagonal are remembered, β₂. Default: 0.999. */
  readonly secondDecay?: number;
  /** Added to the denominator. Default: 1e-4. */
  readonly epsilon?: number;
  /** λ of a decay p ← p − η λ p of its own. Default: 0. */
  readonly weightDecay?: number;
  /** κ, the power of the mean diagonal that divides: 1 for a Newton step, 0 for gradient descent. Default: 1. */
  readonly hessianPower?: number;
  /** Whether magnitudes of the diagonal are averaged over the window of each filter, the axes from the third. Default: true. */
  readonly spatialAveraging?: boolean;
}

/** An optimiser that also looks at the diagonal of the Hessian. */
export interface AdaHessian {
  /** The state before the first step. @throws InvalidInputError when there is no parameter. */
  init(parameters: TensorTree): OptimiserState;
  /** One step; as of `Optimiser`. NaN in a gradient or diagonal becomes NaN in its parameter. */
  update<Parameters extends TensorTree>(
    gradients: Parameters,
    diagonal: Parameters,
    state: OptimiserState,
    parameters: Parameters,
  ): { readonly parameters: Parameters; readonly state: OptimiserState };
}

/**
 * AdaHessian: Adam with the diagonal of the Hessian in place of the gradient's square. `hutchinsonDiagonal` gives what a step needs.
 *
 * Source: Yao et al., "ADAHESSIAN: An Adaptive Second Order Optimizer for Machine Learning" (2021), algorithm 1; defaults and the order of magnitude and mean are those of its published code.
 *
 * @throws InvalidInputError when a decay is not in [0, 1), the power not in [0, 1], or a rate, ε or weight decay is negative.
 */
export function adaHessian(options: AdaHessianOptions = {}): AdaHessian {
  const {
    learningRate = 0.15,
    firstDecay = 0.9,
    secondDecay = 0.999,
    epsilon = 1e-4,
    weightDecay = 0,
    hessianPower = 1,
    spatialAveraging = true,
  } = options;
  checkRates("adaHessian", { learningRate, epsilon, weightDecay }, { firstDecay, secondDecay });
  if (!(hessianPower >= 0 && hessianPower <= 1))
    throw new InvalidInputError("adaHessian: options.hessianPower", "a number in [0, 1]", hessianPower);
  const { init, update } = elementwiseSteps(
    {
      slots: 2,
      coefficients: (step) => {
        const rate = rateAt(learningRate, step);
        const count = add(step, 1);
        return [
          divide(rate, weightOf(firstDecay, count)),
          sqrt(weightOf(secondDecay, count)),
          subtract(1, multiply(rate, weightDecay)),
        ];
      },
      step(gradient, parameter, [first, second], [rate, correction, kept], [diagonal]) {
        const average = add(multiply(first, firstDecay), multiply(gradient, 1 - firstDecay));
        const spread = add(multiply(second, secondDecay), multiply(square(diagonal), 1 - secondDecay));
        const size = divide(sqrt(spread), correction);
        const scale = add(hessianPower === 1 ? size : power(size, hessianPower), epsilon);
        const start = weightDecay > 0 ? multiply(parameter, kept) : parameter;
        return { parameter: subtract(start, multiply(rate, divide(average, scale))), slots: [average, spread] };
      },
    },
    ["gradients", "diagonal"],
  );
  return {
    init,
    update(gradients, diagonal, state, parameters) {
      if (!spatialAveraging) return update([gradients, diagonal], state, parameters);
      const leaves = leavesOf(diagonal, "diagonal");
      if (leaves.length === 0) return update([gradients, diagonal], state, parameters);
      return leaves[0].device.scope(() =>
        update([gradients, rebuild(diagonal, leaves.map(overWindow))], state, parameters),
      );
    },
  };
}

/** Mean magnitude over the axes from the third, everywhere in them. */
function overWindow(diagonal: Tensor): Tensor {
  if (diagonal.rank < 3 || diagonal.size === 0) return diagonal;
  const axes = diagonal.shape.map((_, axis) => axis).slice(2);
  return broadcastTo(mean(abs(diagonal), { axes, keepDimensions: true }), diagonal.shape);
}
