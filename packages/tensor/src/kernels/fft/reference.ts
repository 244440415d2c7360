import { isComplex, isFloat } from "../../dtype.ts";
import { type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { UnitRoots } from "./roots.ts";
import type { FftOptions } from "./transform.ts";

/** The defining sums, O(n²) along every axis, with compensated summation. */
export function fftReference(x: ReferenceArray, { shape, dtype }: TensorSpec, options: FftOptions): ReferenceArray {
  const { kind, inverse, axes, length, pairWeight, scale } = options;
  const last = axes[axes.length - 1];
  const whole = [...x.shape];
  if (kind === "half") whole[last] = length;
  let data = new Float64Array(2 * sizeOf(whole));
  forEachShared(x.shape, whole, last, (from, to, k) => {
    const weight = kind === "half" ? weightOf(k, length, pairWeight) : 1;
    data[2 * to] = weight * x.data[isFloat(x.dtype) ? from : 2 * from];
    if (isComplex(x.dtype)) data[2 * to + 1] = weight * x.data[2 * from + 1];
  });
  for (const axis of axes) data = transformAxis(data, whole, axis, inverse);
  const result = new Float64Array(sizeOf(shape) * (isComplex(dtype) ? 2 : 1));
  forEachShared(shape, whole, last, (to, from, k) => {
    const weight = scale * (kind === "real" ? weightOf(k, whole[last], pairWeight) : 1);
    if (isFloat(dtype)) result[to] = weight * data[2 * from];
    else for (const part of [0, 1]) result[2 * to + part] = weight * data[2 * from + part];
  });
  return referenceArray(dtype, shape, result);
}

function weightOf(k: number, length: number, pairWeight: number): number {
  return k === 0 || 2 * k === length ? 1 : pairWeight;
}

/** Visits the elements that two arrays have in common which differ, if at all, in the extent of one axis, where both count from 0. */
function forEachShared(
  a: Shape,
  b: Shape,
  axis: number,
  visit: (inA: number, inB: number, index: number) => void,
): void {
  const outer = sizeOf(a.slice(0, axis));
  const inner = sizeOf(a.slice(axis + 1));
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < Math.min(a[axis], b[axis]); k++)
      for (let i = 0; i < inner; i++) visit((o * a[axis] + k) * inner + i, (o * b[axis] + k) * inner + i, k);
}

function transformAxis(x: Float64Array, shape: Shape, axis: number, inverse: boolean): Float64Array<ArrayBuffer> {
  const n = shape[axis];
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const table = new Float64Array(2 * n);
  const roots = new UnitRoots(n);
  for (let k = 0; k < n; k++) {
    roots.store(k, table, 2 * k);
    if (inverse) table[2 * k + 1] = -table[2 * k + 1];
  }
  const y = new Float64Array(x.length);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++)
      for (let k = 0; k < n; k++) {
        const at = (j: number) => 2 * ((o * n + j) * inner + i);
        const re = new CompensatedSum();
        const im = new CompensatedSum();
        for (let j = 0; j < n; j++) {
          const root = 2 * ((j * k) % n);
          re.add(x[at(j)] * table[root]);
          re.add(-x[at(j) + 1] * table[root + 1]);
          im.add(x[at(j)] * table[root + 1]);
          im.add(x[at(j) + 1] * table[root]);
        }
        y[at(k)] = re.value;
        y[at(k) + 1] = im.value;
      }
  return y;
}

/** A sum that keeps what its additions lose. Source: Arnold Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen" (1974). */
export class CompensatedSum {
  #sum = 0;
  #lost = 0;

  get value(): number {
    return this.#sum + this.#lost;
  }

  add(term: number): void {
    const sum = this.#sum + term;
    this.#lost += Math.abs(this.#sum) >= Math.abs(term) ? this.#sum - sum + term : term - sum + this.#sum;
    this.#sum = sum;
  }
}
