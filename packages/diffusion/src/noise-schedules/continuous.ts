import { InvalidInputError } from "@ansatz/tensor";
import { log1pExp, logAlphaAt, type NoiseSchedule, variancePreserving } from "./noise-schedule.ts";

export interface LinearScheduleOptions {
  /** β at time 0. Default 0.1 (Song et al., score-based generative modeling through SDEs). */
  readonly betaStart?: number;
  /** β at time 1. Default 20. */
  readonly betaEnd?: number;
  /** Where sampling ends. Default 1e-3; DPM-Solver recommends 1e-4 beyond 15 evaluations. */
  readonly end?: number;
}

/**
 * The variance-preserving process with β growing linearly in time: ln α = −(β₁ − β₀)t²/4 − β₀t/2, on [0, 1].
 *
 * @throws InvalidInputError
 */
export function linearSchedule(options: LinearScheduleOptions = {}): NoiseSchedule {
  const { betaStart = 0.1, betaEnd = 20, end = 1e-3 } = options;
  checkPositive("options.betaStart", betaStart);
  if (!(Number.isFinite(betaEnd) && betaEnd > betaStart))
    throw new InvalidInputError("options.betaEnd", "a finite number above betaStart", betaEnd);
  checkEnd(end, 1);
  const slope = betaEnd - betaStart;
  return variancePreserving({
    name: "linear",
    timeRange: [1, end],
    domain: [0, 1],
    logAlpha: (time) => -(slope * time * time) / 4 - (betaStart * time) / 2,
    logAlphaSlope: (time) => -(betaStart + time * slope) / 2,
    timeAt: (halfLogSnr) => {
      const q = 2 * slope * log1pExp(-2 * halfLogSnr);
      return q / ((Math.sqrt(betaStart * betaStart + q) + betaStart) * slope);
    },
  });
}

export interface CosineScheduleOptions {
  /** s, which keeps β from vanishing at time 0. Default 0.008 (Nichol and Dhariwal, improved DDPM). */
  readonly offset?: number;
  /** Where sampling starts. Default 0.9946, which keeps λ finite (DPM-Solver, appendix D). */
  readonly start?: number;
  /** Where sampling ends. Default 1e-3. */
  readonly end?: number;
}

/**
 * The variance-preserving cosine process: α = cos(π/2 · (t + s)/(1 + s)) / cos(π/2 · s/(1 + s)), on [0, 0.9946].
 *
 * @throws InvalidInputError
 */
export function cosineSchedule(options: CosineScheduleOptions = {}): NoiseSchedule {
  const { offset = 0.008, start = 0.9946, end = 1e-3 } = options;
  checkPositive("options.offset", offset);
  if (!(start > 0 && start < 1)) throw new InvalidInputError("options.start", "a number in (0, 1)", start);
  checkEnd(end, start);
  const angle = (time: number) => ((Math.PI / 2) * (time + offset)) / (1 + offset);
  const logCosineAtZero = Math.log(Math.cos(angle(0)));
  return variancePreserving({
    name: "cosine",
    timeRange: [start, end],
    domain: [0, start],
    logAlpha: (time) => Math.log(Math.cos(angle(time))) - logCosineAtZero,
    logAlphaSlope: (time) => (-(Math.PI / 2) / (1 + offset)) * Math.tan(angle(time)),
    timeAt: (halfLogSnr) =>
      ((2 * (1 + offset)) / Math.PI) * Math.acos(Math.exp(logAlphaAt(halfLogSnr) + logCosineAtZero)) - offset,
  });
}

export interface EdmScheduleOptions {
  /** Noise at the start. Default 80 (Karras et al., elucidating the design space of diffusion models). */
  readonly largestSigma?: number;
  /** Noise at the end. Default 0.002. */
  readonly smallestSigma?: number;
}

/** The process of Karras et al.: α = 1, σ = t; time is the standard deviation of the noise. @throws InvalidInputError */
export function edmSchedule(options: EdmScheduleOptions = {}): NoiseSchedule {
  const { largestSigma = 80, smallestSigma = 0.002 } = options;
  checkSigmas(smallestSigma, largestSigma);
  return {
    name: "edm",
    timeRange: [largestSigma, smallestSigma],
    domain: [0, Number.MAX_VALUE],
    logAlpha: () => 0,
    alpha: () => 1,
    sigma: (time) => time,
    halfLogSnr: (time) => -Math.log(time),
    logAlphaSlope: () => 0,
    halfLogSnrSlope: (time) => -1 / time,
    timeAt: (halfLogSnr) => Math.exp(-halfLogSnr),
    label: (time) => time,
  };
}

export interface VarianceExplodingScheduleOptions {
  /** Noise at time 1. Default 50 (Song et al., CIFAR-10). */
  readonly largestSigma?: number;
  /** Noise at time 0. Default 0.01. */
  readonly smallestSigma?: number;
  /** Where sampling ends. Default 1e-5. */
  readonly end?: number;
}

/** The variance-exploding process: α = 1, σ = σ_min (σ_max/σ_min)^t, on [0, 1]. @throws InvalidInputError */
export function varianceExplodingSchedule(options: VarianceExplodingScheduleOptions = {}): NoiseSchedule {
  const { largestSigma = 50, smallestSigma = 0.01, end = 1e-5 } = options;
  checkSigmas(smallestSigma, largestSigma);
  checkEnd(end, 1);
  const logSmallest = Math.log(smallestSigma);
  const slope = Math.log(largestSigma) - logSmallest;
  return {
    name: "variance-exploding",
    timeRange: [1, end],
    domain: [0, 1],
    logAlpha: () => 0,
    alpha: () => 1,
    sigma: (time) => Math.exp(logSmallest + slope * time),
    halfLogSnr: (time) => -logSmallest - slope * time,
    logAlphaSlope: () => 0,
    halfLogSnrSlope: () => -slope,
    timeAt: (halfLogSnr) => (-halfLogSnr - logSmallest) / slope,
    label: (time) => time,
  };
}

function checkPositive(argument: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidInputError(argument, "a finite number above 0", value);
}

function checkEnd(end: number, start: number): void {
  if (!(end > 0 && end < start)) throw new InvalidInputError("options.end", `a number in (0, ${start})`, end);
}

function checkSigmas(smallest: number, largest: number): void {
  checkPositive("options.smallestSigma", smallest);
  if (!(Number.isFinite(largest) && largest > smallest))
    throw new InvalidInputError("options.largestSigma", "a finite number above smallestSigma", largest);
}
