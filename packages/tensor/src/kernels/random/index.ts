import { bytesPerElement, type DType, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { type CaseRandom, defineKernel, type KernelCase, referenceArray, type TensorSpec } from "../../kernel.ts";
import { drawBits, drawNormal, drawUniform } from "../../random/host-draws.ts";
import { checkShape, type Shape, sameShape, sizeOf } from "../../shape.ts";
import { randomCpu } from "./cpu.ts";
import type { RandomDistribution, RandomKernelOptions } from "./options.ts";
import { randomWebGpu } from "./webgpu.ts";

export type { RandomDistribution, RandomKernelOptions } from "./options.ts";

interface DistributionFacts {
  readonly dtypes: readonly DType[];
  /** Per element; an elementary function counts as one. */
  readonly flops: number;
}

const DISTRIBUTIONS: Readonly<Record<RandomDistribution, DistributionFacts>> = {
  bits: { dtypes: ["uint32"], flops: 0 },
  uniform: { dtypes: ["float32", "float64"], flops: 1 },
  normal: { dtypes: ["float32", "float64"], flops: 6 },
};

/**
 * Random numbers from a Philox4x32-10 stream; see `randomBits`, `uniform` and `normal` in random/draw.ts. The input holds the bits of the stream's four key words (seed low,
 * seed high, stream low, stream high) as int32, which every device can hold.
 */
export const randomKernel = defineKernel<RandomKernelOptions>({
  name: "random",
  summary: "Random bits, uniform or normal numbers of a counter-based stream.",
  infer: inferRandom,
  cost: (_, { distribution, shape, dtype }) => ({
    flops: DISTRIBUTIONS[distribution].flops * sizeOf(shape),
    bytes: sizeOf(shape) * bytesPerElement(dtype),
  }),
  reference: ([key], { distribution, shape, dtype }) => {
    const words = Uint32Array.from(key.data);
    const count = sizeOf(shape);
    if (!isFloat(dtype)) return [referenceArray(dtype, shape, drawBits(words, count))];
    const drawFloats = distribution === "uniform" ? drawUniform : drawNormal;
    return [referenceArray(dtype, shape, drawFloats(words, count, dtype))];
  },
  cpu: randomCpu,
  webgpu: randomWebGpu,
  tensorflow:
    "TensorFlow.js has no 32-bit integer multiplication that keeps the high word; uniform and normal draw on the host and upload",
  cases: () => [
    randomCaseOf("uniform", "float32", [3], [1, 2, 3, 4]),
    ...SHAPES.flatMap((shape) =>
      KINDS.map(([distribution, dtype]) => randomCaseOf(distribution, dtype, shape, [-1, 7, -(2 ** 31), 2 ** 31 - 1])),
    ),
  ],
  randomCase: (random: CaseRandom) => {
    const [distribution, dtype] = random.pick(KINDS);
    const words = Array.from({ length: 4 }, () => random.integer(-(2 ** 31), 2 ** 31 - 1));
    return randomCaseOf(distribution, dtype, [random.integer(1, 40), random.integer(1, 40)], words);
  },
  // Bits and uniforms are exact. Normals: 4 ulp, at most 2⁻²² and 2⁻⁵¹ of the value; an ulp for each of logarithm, root, sine and their product.
  tolerance: (dtype, _, { distribution }) => {
    const ulps = distribution === "normal" ? 4 : 0;
    return { relative: ulps * (dtype === "float32" ? 2 ** -24 : 2 ** -53), absolute: 0 };
  },
});

const KINDS: readonly (readonly [RandomDistribution, DType])[] = [
  ["bits", "uint32"],
  ["uniform", "float32"],
  ["uniform", "float64"],
  ["normal", "float32"],
  ["normal", "float64"],
];

const SHAPES: readonly Shape[] = [[], [1], [0], [2, 0, 3], [5], [4, 4], [3, 7, 11], [20_001]];

function randomCaseOf(
  distribution: RandomDistribution,
  dtype: DType,
  shape: Shape,
  words: readonly number[],
): KernelCase<RandomKernelOptions> {
  return {
    name: `${distribution} ${dtype} [${shape}]`,
    inputs: [referenceArray("int32", [4], words)],
    options: { distribution, shape, dtype },
  };
}

function inferRandom(
  [key]: readonly TensorSpec[],
  { distribution, shape, dtype }: RandomKernelOptions,
): readonly TensorSpec[] {
  if (key.dtype !== "int32" || !sameShape(key.shape, [4]))
    throw new InvalidInputError("random: key", "int32 [4]", `${key.dtype} [${key.shape}]`);
  checkShape(shape);
  const facts = Object.hasOwn(DISTRIBUTIONS, distribution) ? DISTRIBUTIONS[distribution] : undefined;
  if (!facts) throw new InvalidInputError("random: distribution", Object.keys(DISTRIBUTIONS).join(", "), distribution);
  if (!facts.dtypes.includes(dtype)) throw new InvalidInputError("dtype", facts.dtypes.join(" or "), dtype);
  return [{ shape, dtype }];
}
