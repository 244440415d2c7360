import { InvalidInputError } from "../errors.ts";
import { add, divide, maximum, minimum, multiply, power, subtract } from "../kernels/map/binary.ts";
import { greaterEqual, less } from "../kernels/map/comparison.ts";
import { cos, floor, log1p, round } from "../kernels/map/unary.ts";
import { where } from "../kernels/map/where.ts";
import type { Tensor } from "../tensor.ts";
import type { Schedule } from "./optimiser.ts";

// Learning rates as functions of the number of steps done, names and formulas as in PyTorch's lr_scheduler.

/** `rate · factor^⌊step / period⌋`. @throws InvalidInputError when the period is no integer ≥ 1. */
export function stepDecay(rate: number, period: number, factor = 0.1): Schedule {
  checkPeriod("stepDecay: period", period);
  return (step) => multiply(power(factor, floor(divide(step, period))), rate);
}

/** `rate · factor^step`. */
export function exponentialDecay(rate: number, factor: number): Schedule {
  return (step) => multiply(power(factor, step), rate);
}

/** Half a cosine wave from `rate` down to `lowest` over `period` steps, then `lowest`. @throws InvalidInputError when the period is no integer ≥ 1. */
export function cosineDecay(rate: number, period: number, lowest = 0): Schedule {
  checkPeriod("cosineDecay: period", period);
  return (step) => halfWave(divide(minimum(step, period), period), rate, lowest);
}

/**
 * `cosineDecay` that starts again after each period, which is `growth` times as long as the one before.
 *
 * Source: Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), section 3 (T₀ and T_mult).
 *
 * @throws InvalidInputError when period or growth is no integer ≥ 1.
 */
export function cosineRestarts(rate: number, period: number, lowest = 0, growth = 1): Schedule {
  checkPeriod("cosineRestarts: period", period);
  checkPeriod("cosineRestarts: growth", growth);
  if (growth === 1)
    return (step) => {
      const cycles = divide(step, period);
      return halfWave(subtract(cycles, floor(cycles)), rate, lowest);
    };
  const startOf = (cycle: Tensor) => round(multiply(subtract(power(growth, cycle), 1), period / (growth - 1)));
  return (step) => {
    const scaled = log1p(multiply(step, (growth - 1) / period));
    const nearly = floor(multiply(scaled, 1 / Math.log(growth)));
    // Rounding may put a step at either end of a cycle into the one beside it.
    const notBefore = where(greaterEqual(step, startOf(add(nearly, 1))), add(nearly, 1), nearly);
    const cycle = where(less(step, startOf(notBefore)), subtract(notBefore, 1), notBefore);
    const start = startOf(cycle);
    return halfWave(divide(subtract(step, start), subtract(startOf(add(cycle, 1)), start)), rate, lowest);
  };
}

export interface OneCycleOptions {
  /** Share of the steps that the rate rises for. Default: 0.3. */
  readonly rising?: number;
  /** The highest rate divided by the first. Default: 25. */
  readonly firstDivisor?: number;
  /** The first rate divided by the last. Default: 1e4. */
  readonly lastDivisor?: number;
}

/**
 * Half a cosine wave up to `rate` and one down to next to nothing, over `period` steps.
 *
 * Source: Smith, Topin, "Super-Convergence" (2019), as PyTorch's OneCycleLR with cosine annealing.
 *
 * @throws InvalidInputError when the period is no integer ≥ 2, or the rising share is not in (0, 1).
 */
export function oneCycle(rate: number, period: number, options: OneCycleOptions = {}): Schedule {
  const { rising = 0.3, firstDivisor = 25, lastDivisor = 1e4 } = options;
  checkPeriod("oneCycle: period", period, 2);
  if (!(rising > 0 && rising < 1))
    throw new InvalidInputError("oneCycle: options.rising", "a number in (0, 1)", rising);
  const first = rate / firstDivisor;
  const top = rising * period - 1;
  const last = period - 1;
  return (step) => {
    const up = halfWave(minimum(divide(step, top), 1), first, rate);
    const share = minimum(maximum(divide(subtract(step, top), last - top), 0), 1);
    return where(less(step, top), up, halfWave(share, rate, first / lastDivisor));
  };
}

/** Rises in a straight line from 0 over `period` steps to what `after` says there. @throws InvalidInputError when the period is no integer ≥ 1. */
export function warmUp(period: number, after: number | Schedule): Schedule {
  checkPeriod("warmUp: period", period);
  return (step) => {
    const rate = typeof after === "number" ? add(multiply(step, 0), after) : after(maximum(subtract(step, period), 0));
    return multiply(rate, minimum(divide(add(step, 1), period), 1));
  };
}

/** From `start` to `end` as the share goes from 0 to 1, level at both ends. */
function halfWave(share: Tensor, start: number, end: number): Tensor {
  return add(multiply(add(cos(multiply(share, Math.PI)), 1), (start - end) / 2), end);
}

function checkPeriod(argument: string, period: number, least = 1): void {
  if (!Number.isInteger(period) || period < least)
    throw new InvalidInputError(argument, `an integer ≥ ${least}`, period);
}
