import { InvalidInputError } from "../errors.ts";
import { add, divide, maximum, multiply, subtract } from "../kernels/map/binary.ts";
import { abs, expm1, neg, sqrt, square } from "../kernels/map/unary.ts";
import type { Tensor } from "../tensor.ts";
import { elementwiseOptimiser, type Optimiser, type Schedule } from "./optimiser.ts";

/** A step size, for all steps or by a schedule. */
export type LearningRate = number | Schedule;

export interface SgdOptions {
  /** Default: 0.01. */
  readonly learningRate?: LearningRate;
  /** Share of the last step that is taken again. Default: 0. */
  readonly momentum?: number;
  /** Whether the gradient is taken as if the momentum had been applied (Nesterov). Default: false. */
  readonly nesterov?: boolean;
  /** λ of λ/2 |parameters|², added to the loss. Default: 0. */
  readonly weightDecay?: number;
}

/**
 * Gradient descent, with momentum as PyTorch has it: v ← μ v + g, p ← p − η v (Nesterov: p − η (g + μ v)).
 *
 * @throws InvalidInputError when momentum is not in [0, 1), a rate or weight decay is negative, or nesterov has no momentum.
 */
export function sgd({
  learningRate = 0.01,
  momentum = 0,
  nesterov = false,
  weightDecay = 0,
}: SgdOptions = {}): Optimiser {
  checkRates("sgd", { learningRate, weightDecay }, { momentum });
  if (nesterov && momentum === 0)
    throw new InvalidInputError("sgd: options.momentum", "more than 0 for nesterov", momentum);
  return elementwiseOptimiser({
    slots: momentum === 0 ? 0 : 1,
    coefficients: (step) => [rateAt(learningRate, step)],
    step(gradient, parameter, slots, [rate]) {
      const slope = withDecay(gradient, parameter, weightDecay);
      if (momentum === 0) return { parameter: subtract(parameter, multiply(slope, rate)), slots: [] };
      const velocity = add(multiply(slots[0], momentum), slope);
      const direction = nesterov ? add(slope, multiply(velocity, momentum)) : velocity;
      return { parameter: subtract(parameter, multiply(direction, rate)), slots: [velocity] };
    },
  });
}

export interface AdamOptions {
  /** Default: 0.001. */
  readonly learningRate?: LearningRate;
  /** How long gradients are remembered, β₁. Default: 0.9. */
  readonly firstDecay?: number;
  /** How long their squares are remembered, β₂. Default: 0.999. */
  readonly secondDecay?: number;
  /** Added to the root of the second moment. Default: 1e-8. */
  readonly epsilon?: number;
  /** λ of λ/2 |parameters|², added to the loss, before the moments see it; for decay of its own there is `adamW`. Default: 0. */
  readonly weightDecay?: number;
  /** Divide by the largest second moment so far (AMSGrad). Default: false. */
  readonly amsgrad?: boolean;
}

/**
 * Adam: steps of about the learning rate in every element, by running means of gradients and of their squares with their bias removed.
 *
 * Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1; `amsgrad`: Reddi, Kale, Kumar, "On the Convergence of Adam and Beyond" (2018).
 *
 * @throws InvalidInputError when a decay is not in [0, 1), or a rate, ε or weight decay is negative.
 */
export function adam(options: AdamOptions = {}): Optimiser {
  return adamFamily("adam", options, "coupled");
}

/**
 * Adam with weight decay of its own: p ← p − η λ p, beside Adam's step.
 *
 * Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2.
 *
 * @param options as of `adam`, but for weightDecay, whose default is 0.01.
 * @throws InvalidInputError as `adam`.
 */
export function adamW(options: AdamOptions = {}): Optimiser {
  return adamFamily("adamW", { weightDecay: 0.01, ...options }, "decoupled");
}

function adamFamily(name: string, options: AdamOptions, decay: "coupled" | "decoupled"): Optimiser {
  const {
    learningRate = 0.001,
    firstDecay = 0.9,
    secondDecay = 0.999,
    epsilon = 1e-8,
    weightDecay = 0,
    amsgrad = false,
  } = options;
  checkRates(name, { learningRate, epsilon, weightDecay }, { firstDecay, secondDecay });
  return elementwiseOptimiser({
    slots: amsgrad ? 3 : 2,
    coefficients: (step) => {
      const rate = rateAt(learningRate, step);
      const count = add(step, 1);
      const kept = subtract(1, multiply(rate, weightDecay));
      return [divide(rate, weightOf(firstDecay, count)), sqrt(weightOf(secondDecay, count)), kept];
    },
    step(gradient, parameter, [first, second, largest], [rate, correction, kept]) {
      const slope = decay === "coupled" ? withDecay(gradient, parameter, weightDecay) : gradient;
      const mean = add(multiply(first, firstDecay), multiply(slope, 1 - firstDecay));
      const spread = add(multiply(second, secondDecay), multiply(square(slope), 1 - secondDecay));
      const bound = amsgrad ? maximum(largest, spread) : spread;
      const scale = add(divide(sqrt(bound), correction), epsilon);
      const start = decay === "decoupled" && weightDecay > 0 ? multiply(parameter, kept) : parameter;
      return {
        parameter: subtract(start, multiply(rate, divide(mean, scale))),
        slots: amsgrad ? [mean, spread, bound] : [mean, spread],
      };
    },
  });
}

/**
 * Adam with the largest recent gradient in place of the root of the mean square.
 *
 * Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 2; ε as in PyTorch, inside of the maximum.
 *
 * @param options as of `adam`, without amsgrad; the default learning rate is 0.002.
 * @throws InvalidInputError as `adam`.
 */
export function adamax(options: Omit<AdamOptions, "amsgrad"> = {}): Optimiser {
  const { learningRate = 0.002, firstDecay = 0.9, secondDecay = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  checkRates("adamax", { learningRate, epsilon, weightDecay }, { firstDecay, secondDecay });
  return elementwiseOptimiser({
    slots: 2,
    coefficients: (step) => [divide(rateAt(learningRate, step), weightOf(firstDecay, add(step, 1)))],
    step(gradient, parameter, [first, largest], [rate]) {
      const slope = withDecay(gradient, parameter, weightDecay);
      const mean = add(multiply(first, firstDecay), multiply(slope, 1 - firstDecay));
      const bound = maximum(multiply(largest, secondDecay), add(abs(slope), epsilon));
      return { parameter: subtract(parameter, multiply(rate, divide(mean, bound))), slots: [mean, bound] };
    },
  });
}

function withDecay(gradient: Tensor, parameter: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : add(gradient, multiply(parameter, weightDecay));
}

/** Sum of the weights of a running mean after so many values, 1 − decay^count, without the cancellation that a decay near 1 brings in float32. */
export function weightOf(decay: number, count: Tensor): Tensor {
  // A decay of 0 as the next number above: GPU programs have no infinite constants.
  return neg(expm1(multiply(count, Math.log(Math.max(decay, Number.MIN_VALUE)))));
}

/** The step size after so many steps, one element. */
export function rateAt(rate: LearningRate, step: Tensor): Tensor {
  return typeof rate === "number" ? add(multiply(step, 0), rate) : rate(step);
}

/** @throws InvalidInputError naming the option that is out of range. */
export function checkRates(
  operation: string,
  positive: Readonly<Record<string, LearningRate>>,
  shares: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(positive))
    if (typeof value === "number" && !(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new InvalidInputError(`${operation}: options.${name}`, "a number ≥ 0", value);
  for (const [name, value] of Object.entries(shares))
    if (!(value >= 0 && value < 1))
      throw new InvalidInputError(`${operation}: options.${name}`, "a number in [0, 1)", value);
}
