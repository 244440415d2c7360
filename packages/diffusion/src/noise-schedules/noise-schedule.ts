import { InvalidInputError } from "@ansatz/tensor";

/**
 * How much of the data and how much noise a state holds at every time: x_t = α_t x_0 + σ_t ε with standard normal ε. All numbers are float64 on the host.
 *
 * Symbols: `alpha` α, `sigma` σ, `halfLogSnr` λ = ln(α/σ), which falls strictly with time; the noise-to-signal ratio is ρ = σ/α = e^(−λ).
 */
export interface NoiseSchedule {
  readonly name: string;
  /** Where sampling begins and ends unless told otherwise: start > end, from noise to data. */
  readonly timeRange: readonly [start: number, end: number];
  /** Times at which the schedule is defined; λ is finite between them, not always at them. */
  readonly domain: readonly [lowest: number, highest: number];
  logAlpha(time: number): number;
  alpha(time: number): number;
  sigma(time: number): number;
  halfLogSnr(time: number): number;
  /** d ln α / dt, the drift of the forward equation dx = f x dt + g dW. */
  logAlphaSlope(time: number): number;
  /** dλ/dt < 0; g² = −2σ² dλ/dt. */
  halfLogSnrSlope(time: number): number;
  /** The time at which λ has this value: the inverse of `halfLogSnr`. */
  timeAt(halfLogSnr: number): number;
  /** What a network that was trained on discrete steps is fed at this time; the time itself where there are no steps. */
  label(time: number): number;
}

/** @throws InvalidInputError unless the time lies in the schedule's domain (up to rounding) and λ is finite there. */
export function checkTime(schedule: NoiseSchedule, time: number, argument: string): void {
  const [lowest, highest] = schedule.domain;
  const slack = 1e-12 * (1 + Math.abs(highest));
  const isInside = Number.isFinite(time) && time >= lowest - slack && time <= highest + slack;
  if (!isInside || !Number.isFinite(schedule.halfLogSnr(time)))
    throw new InvalidInputError(
      argument,
      `a time in [${lowest}, ${highest}] at which the ${schedule.name} schedule has both signal and noise`,
      time,
    );
}

/** ln(1 + e^x) without overflow. */
export function log1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** ln α of a variance-preserving process (α² + σ² = 1) at a half log-SNR. */
export function logAlphaAt(halfLogSnr: number): number {
  return -0.5 * log1pExp(-2 * halfLogSnr);
}

/** A variance-preserving schedule (α² + σ² = 1) from its ln α. */
export function variancePreserving(
  given: Pick<NoiseSchedule, "name" | "timeRange" | "domain" | "logAlpha" | "logAlphaSlope" | "timeAt"> & {
    readonly label?: (time: number) => number;
  },
): NoiseSchedule {
  const { name, timeRange, domain, logAlpha, logAlphaSlope, timeAt, label = (time) => time } = given;
  const variance = (time: number) => -Math.expm1(2 * logAlpha(time));
  return {
    name,
    timeRange,
    domain,
    logAlpha,
    logAlphaSlope,
    timeAt,
    label,
    alpha: (time) => Math.exp(logAlpha(time)),
    sigma: (time) => Math.sqrt(variance(time)),
    halfLogSnr: (time) => logAlpha(time) - 0.5 * Math.log(variance(time)),
    halfLogSnrSlope: (time) => logAlphaSlope(time) / variance(time),
  };
}
