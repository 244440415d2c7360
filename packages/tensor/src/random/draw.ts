import { Device } from "../device/device.ts";
import type { DType, FloatDType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { referenceArray, toHostArray } from "../kernel.ts";
import { type RandomDistribution, randomKernel } from "../kernels/random/index.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Key } from "./key.ts";

export interface RandomBitsOptions {
  /** Where the numbers are made. */
  readonly device: Device;
}

export interface RandomOptions<D extends FloatDType = FloatDType> extends RandomBitsOptions {
  /** Default: `"float32"`, which all devices have and agree on. */
  readonly dtype?: D;
}

/**
 * 32 random bits per element, uint32: words of the key's Philox4x32-10 stream, the same on every device. Element i, in row-major order, does not depend on the shape.
 *
 * @throws InvalidInputError for a bad key, shape or device; UnsupportedError on tensorflow, which has no uint32.
 */
export function randomBits(key: Key, shape: Shape, { device }: RandomBitsOptions): Tensor<"uint32"> {
  return draw("bits", key, shape, "uint32", device);
}

/**
 * Uniform numbers in the open interval (0, 1), the same on every device: odd multiples of 2⁻²⁴ for float32, of 2⁻⁵³ for float64. Element i, in row-major order,
 * does not depend on the shape. The two dtypes are different draws.
 *
 * On a tensorflow device they are drawn on the host and uploaded: TensorFlow.js has no integer multiplication to make them with. The numbers are the same.
 *
 * @throws InvalidInputError for a bad key, shape or device; UnsupportedError when the device has no float64.
 */
export function uniform<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  { device, dtype = "float32" as D }: RandomOptions<D>,
): Tensor<D> {
  return draw("uniform", key, shape, dtype, device);
}

/**
 * Standard normal numbers by Box–Muller, within 4 ulp of its value on every device (the integers behind them are the same). The largest magnitude is 5.77 for float32 and
 * 8.57 for float64. Element i, in row-major order, does not depend on the shape. The two dtypes are different draws.
 *
 * On a tensorflow device they are drawn on the host and uploaded: TensorFlow.js has no integer multiplication to make them with.
 * Source: Box, Muller, "A note on the generation of random normal deviates" (Annals of Mathematical Statistics, 1958).
 *
 * @throws InvalidInputError for a bad key, shape or device; UnsupportedError when the device has no float64.
 */
export function normal<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  { device, dtype = "float32" as D }: RandomOptions<D>,
): Tensor<D> {
  return draw("normal", key, shape, dtype, device);
}

function draw<D extends DType>(
  distribution: RandomDistribution,
  key: Key,
  shape: Shape,
  dtype: D,
  device: Device,
): Tensor<D> {
  if (!(device instanceof Device)) throw new InvalidInputError("device", "an open device", device);
  const options = { distribution, shape, dtype };
  const words = Int32Array.from(wordsOf(key));
  if (device.kind === "tensorflow") {
    const input = referenceArray("int32", [4], words);
    randomKernel.infer([input], options);
    return device.tensor(toHostArray(randomKernel.reference([input], options)[0]), shape, dtype);
  }
  using input = device.tensor(words);
  return randomKernel.run([input], options)[0] as Tensor<D>;
}

/** The four words of a key, seed first. @throws InvalidInputError for anything else. */
export function wordsOf(key: Key): readonly number[] {
  const words = [...(key?.seed ?? []), ...(key?.stream ?? [])];
  const isWord = (word: unknown) => Number.isInteger(word) && (word as number) >= 0 && (word as number) < 2 ** 32;
  if (words.length !== 4 || !words.every(isWord))
    throw new InvalidInputError("key", "a key from key() or split()", key);
  return words;
}
