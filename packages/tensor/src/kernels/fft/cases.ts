import { complexDType, componentsPerElement, type DType, type FloatDType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { philox4x32 } from "../../random/philox.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type FftKind, type FftOptions, halfLength } from "./transform.ts";

/** Every radix, their products, primes that need the chirp, and twice them. */
const LENGTHS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 19, 21, 25, 29, 31, 32, 37, 41, 46, 62, 64, 74, 128,
];

/** Lengths of single lines that the cpu splits: with two powers, without, of large primes, even and odd, and real ones whose half is split too. */
const SPLIT_LENGTHS = [257, 512, 514, 625, 1024];

/** Shapes with the axes transformed, in the real domain. */
const SHAPES: readonly (readonly [Shape, readonly number[]])[] = [
  [[5, 8, 3], [1]],
  [[3, 7, 4], [1]],
  [[9, 6, 9], [1]],
  [[6, 10], [0]],
  [[514, 3], [0]],
  [[512, 2], [0]],
  [[257, 2], [0]],
  [
    [8, 12],
    [0, 1],
  ],
  [
    [9, 5],
    [1, 0],
  ],
  [
    [2, 8, 8],
    [1, 2],
  ],
  [
    [4, 6, 5, 3],
    [3, 0, 2],
  ],
  [
    [3, 1, 4],
    [1, 0],
  ],
  [[0, 4], [1]],
];

const KINDS: readonly FftKind[] = ["complex", "real", "half"];

/** Not powers of two, so that a factor that is forgotten or applied twice is seen. */
const SCALES = [1, 0.3];

export function fftCases(): KernelCase<FftOptions>[] {
  return KINDS.flatMap((kind) =>
    (["float32", "float64"] as const).flatMap((dtype) => [
      ...LENGTHS.flatMap((n) => [fixedCase(kind, dtype, [n], [0], n), fixedCase(kind, dtype, [11, n], [1], n + 1)]),
      ...SPLIT_LENGTHS.flatMap((n) => [fixedCase(kind, dtype, [n], [0], n), fixedCase(kind, dtype, [n], [0], n + 1)]),
      ...SHAPES.flatMap(([shape, axes]) => [
        fixedCase(kind, dtype, shape, axes, 0),
        fixedCase(kind, dtype, shape, axes, 1),
      ]),
    ]),
  );
}

/** Options vary with the number of the case. */
function fixedCase(
  kind: FftKind,
  dtype: FloatDType,
  shape: Shape,
  axes: readonly number[],
  number: number,
): KernelCase<FftOptions> {
  return fftCase(kind, dtype, shape, axes, number % 2 === 1, SCALES[number % SCALES.length], scattered);
}

export function randomFftCase(random: CaseRandom): KernelCase<FftOptions> {
  const rank = random.integer(1, 3);
  const most = [300, 40, 12][rank - 1];
  const shape = Array.from({ length: rank }, () => random.integer(1, random.pick([4, most])));
  const axes = shape.map((_, axis) => axis).sort(() => random.pick([-1, 1]));
  const kind = random.pick(KINDS);
  const dtype = random.pick<FloatDType>(["float32", "float64"]);
  const some = axes.slice(0, random.integer(1, rank));
  return fftCase(kind, dtype, shape, some, random.pick([false, true]), random.pick(SCALES), (each, of) =>
    random.array(each, of),
  );
}

/** @param shape of the real or complex array; @param isOther the inverse of a complex transform, or pairs weighted. */
function fftCase(
  kind: FftKind,
  dtype: FloatDType,
  shape: Shape,
  axes: readonly number[],
  isOther: boolean,
  scale: number,
  fill: (shape: Shape, dtype: DType) => ReferenceArray,
): KernelCase<FftOptions> {
  const last = axes[axes.length - 1];
  const length = shape[last];
  const inverse = kind === "half" || (kind === "complex" && isOther);
  const pairWeight = kind !== "complex" && isOther ? 2 : 1;
  const given = kind === "half" ? shape.with(last, halfLength(length)) : shape;
  const x = fill(given, kind === "real" ? dtype : complexDType(dtype));
  return {
    name: `${kind}${isOther ? ", other" : ""}, ${x.dtype} [${shape}] over ${axes}`,
    inputs: [x],
    options: { kind, inverse, axes, length, pairWeight, scale },
  };
}

/** Values in [−1, 1) without a pattern, that float32 holds. */
function scattered(shape: Shape, dtype: DType): ReferenceArray {
  const size = sizeOf(shape) * componentsPerElement(dtype);
  const value = (index: number) => Math.fround((philox4x32([0, 0], [index, 0, 0, 0])[0] >>> 8) / 2 ** 23 - 1);
  return referenceArray(
    dtype,
    shape,
    Float64Array.from({ length: size }, (_, index) => value(index)),
  );
}
