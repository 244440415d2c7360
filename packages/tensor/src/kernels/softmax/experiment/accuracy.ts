import type { Device } from "../../../device/device.ts";
import { referenceArray } from "../../../kernel.ts";
import { normal } from "../../../random/draw.ts";
import { type Key, key as makeKey } from "../../../random/key.ts";
import { type SoftmaxAlgorithm, softmax } from "../index.ts";
import { softmaxReference } from "../reference.ts";

/** Results below are compared absolutely: float32 is about to end. */
const SMALLEST = 1e-37;

/** How far a softmax is from that in float64. */
export interface SoftmaxErrors {
  /** Largest relative error of a result above 1e-37. */
  readonly relative: number;
  /** |Σ y − 1|, the sum taken in float64. */
  readonly sum: number;
}

/** Errors on normally distributed values. */
export async function softmaxErrors(
  device: Device,
  key: Key,
  length: number,
  scale: number,
  algorithm: SoftmaxAlgorithm,
): Promise<SoftmaxErrors> {
  using x = normal(key, [length], { device, dtype: "float32" });
  const values = Float32Array.from((await x.data()) as Float32Array, (value) => value * scale);
  using scaled = device.tensor(values);
  using y = softmax(scaled, { algorithm });
  const results = await y.data();
  const input = referenceArray("float32", [length], values);
  const { data: expected } = softmaxReference(input, { axis: 0, algorithm, logarithm: false });
  let relative = 0;
  let sum = 0;
  for (const [index, value] of results.entries()) {
    sum += value;
    if (expected[index] > SMALLEST) relative = Math.max(relative, Math.abs(value / expected[index] - 1));
  }
  return { relative, sum: Math.abs(sum - 1) };
}

/** Largest relative change of a result when ±1000 is added to all values, multiples of 2⁻¹⁰, so that nothing is rounded. */
export async function shiftError(device: Device, algorithm: SoftmaxAlgorithm): Promise<number> {
  using x = normal(makeKey(6), [5000], { device, dtype: "float32" });
  const values = Float32Array.from((await x.data()) as Float32Array, (value) => Math.round(value * 3072) / 1024);
  const results = async (shift: number) => {
    using shifted = device.tensor(values.map((value) => value + shift));
    using y = softmax(shifted, { algorithm });
    return await y.data();
  };
  const expected = await results(0);
  let largest = 0;
  for (const shift of [-1000, 1000])
    for (const [index, value] of (await results(shift)).entries())
      largest = Math.max(largest, Math.abs(value / expected[index] - 1));
  return largest;
}
