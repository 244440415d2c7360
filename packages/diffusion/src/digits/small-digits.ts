import { InvalidInputError } from "@ansatz/tensor";
import { DIGIT_CLASSES, DIGIT_EDGE, type LabelledImages, loadDigitClass, loadDigits } from "@ansatz/tensor/digits";
import type { GaussianMixture } from "../models/gaussian-mixture.ts";

/** Edge length of a small image. */
export const SMALL_EDGE = 8;
/** Numbers of a small image. */
export const SMALL_SIZE = SMALL_EDGE ** 2;

/** Small images one after the other, intensities in [−1, 1], and what they are. */
export interface SmallDigits {
  readonly count: number;
  readonly pixels: Float64Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
}

/** Pixels of an image that one of a small image is the mean of, along either axis. */
const BLOCK = 4;
/** Empty pixels on every side that make 28 a multiple of the block. */
const MARGIN = (BLOCK * SMALL_EDGE - DIGIT_EDGE) / 2;

/** Images of 28 × 28 intensities in [0, 1] as images of 8 × 8 in [−1, 1]: two empty pixels on each side, then means of 4 × 4. */
export function smallDigits({ count, pixels, labels }: LabelledImages): SmallDigits {
  const small = new Float64Array(count * SMALL_SIZE).fill(-1);
  for (let image = 0; image < count; image++)
    for (let row = 0; row < DIGIT_EDGE; row++)
      for (let column = 0; column < DIGIT_EDGE; column++) {
        const block = Math.floor((row + MARGIN) / BLOCK) * SMALL_EDGE + Math.floor((column + MARGIN) / BLOCK);
        small[image * SMALL_SIZE + block] +=
          (2 * pixels[(image * DIGIT_EDGE + row) * DIGIT_EDGE + column]) / (BLOCK * BLOCK);
      }
  return { count, pixels: small, labels };
}

/** All digits, small; every fifth is for the test. @throws AnsatzError with code "UNSUPPORTED" when the package mnist is not installed. */
export async function loadSmallDigits(): Promise<{ readonly training: SmallDigits; readonly test: SmallDigits }> {
  const { training, test } = await loadDigits();
  return { training: smallDigits(training), test: smallDigits(test) };
}

export interface DigitMixtureOptions {
  /** Images of each digit, the first of the package. Default 50: 500 components. */
  readonly perDigit?: number;
  /** Variance of every pixel around its image. Default 0.01. */
  readonly variance?: number;
}

/**
 * Handwritten digits with an exact score: equal Gaussians around images of 8 × 8 pixels in [−1, 1], 64 dimensions.
 *
 * @throws InvalidInputError; AnsatzError with code "UNSUPPORTED" when the package mnist is not installed.
 */
export async function digitMixture({
  perDigit = 50,
  variance = 0.01,
}: DigitMixtureOptions = {}): Promise<GaussianMixture> {
  if (!Number.isInteger(perDigit) || perDigit < 1)
    throw new InvalidInputError("options.perDigit", "an integer ≥ 1", perDigit);
  if (!(variance >= 0 && Number.isFinite(variance)))
    throw new InvalidInputError("options.variance", "a finite number ≥ 0", variance);
  const all = await Promise.all(Array.from({ length: DIGIT_CLASSES }, (_, digit) => loadDigitClass(digit)));
  const fewest = Math.min(...all.map(({ count }) => count));
  if (perDigit > fewest)
    throw new InvalidInputError("options.perDigit", `at most ${fewest}, as there are images of each digit`, perDigit);
  const means = all.flatMap((images) => {
    const { pixels } = smallDigits(images);
    return Array.from({ length: perDigit }, (_, index) =>
      Array.from(pixels.subarray(index * SMALL_SIZE, (index + 1) * SMALL_SIZE)),
    );
  });
  return {
    weights: means.map(() => 1 / means.length),
    means,
    variances: means.map(() => variance),
  };
}
