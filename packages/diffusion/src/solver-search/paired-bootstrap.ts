import type { RandomStream } from "@ansatz/tensor";

/** A ratio with the bounds that 95 % of resampled ones are within. */
export interface PairedRatio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The root mean square of one list of errors over that of another, the errors of the same index being of the same noise, with its percentile bootstrap interval.
 *
 * @param own, other squared errors.
 */
export function pairedRatio(
  own: Float64Array,
  other: Float64Array,
  random: RandomStream,
  resamples = 2000,
): PairedRatio {
  const count = own.length;
  const ratioOf = (index: (place: number) => number) => {
    let [ownSum, otherSum] = [0, 0];
    for (let place = 0; place < count; place++) {
      const at = index(place);
      ownSum += own[at];
      otherSum += other[at];
    }
    return Math.sqrt(ownSum / otherSum);
  };
  const ratios = Float64Array.from({ length: resamples }, () => ratioOf(() => random.integer(count))).sort();
  const quantile = (share: number) => ratios[Math.round(share * (resamples - 1))];
  return { ratio: ratioOf((place) => place), low: quantile(0.025), high: quantile(0.975) };
}
