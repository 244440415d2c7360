import type { FloatDType } from "@ansatz/tensor";
import { partsOf } from "./kernels/log-plan/log-plan.ts";

/**
 * A grid on which float32 can add any two of these potentials exactly, with room for them to double: a power of two.
 * @param magnitude largest potential by absolute value.
 */
export function gridFor(magnitude: number): number {
  // Sums reach 4 times the magnitude and must stay below 2²⁴ steps; the grid itself must be a normal float32, and so must what is divided by it.
  const exponent = Math.ceil(Math.log2(magnitude)) - 22;
  return 2 ** Math.min(Math.max(exponent, -100), 100);
}

/** Potentials as the kernels take them, `[parts, length]`. */
export function packPotentials(potentials: Float64Array, dtype: FloatDType, grid: number): Float64Array | Float32Array {
  if (dtype === "float64") return potentials;
  const { length } = potentials;
  const packed = new Float32Array(partsOf(dtype) * length);
  for (const [index, potential] of potentials.entries()) {
    const coarse = Math.round(potential / grid) * grid;
    packed[index] = coarse;
    packed[length + index] = potential - coarse;
  }
  return packed;
}

/** The reverse of `packPotentials`: exact, since float64 holds both parts. */
export function unpackPotentials(packed: ArrayLike<number>, length: number): Float64Array {
  const potentials = new Float64Array(length);
  for (let index = 0; index < packed.length; index++) potentials[index % length] += packed[index];
  return potentials;
}

export function largestMagnitude(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
