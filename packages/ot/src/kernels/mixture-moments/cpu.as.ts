import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { lanesOf } from "@ansatz/tensor/assembly/lanes";
import { difference, exponentiate, exponentsAt, logarithm, packExponents, packRows } from "../mixture/mixture.as";

/** Rows of an accumulator: Σw, Σwδ, and Σwδ² of every coordinate or, with rotations, Σwδδᵀ (its lower triangle is filled). */
// @ts-ignore: decorator
@inline
function accumulatorRows(dimension: i32, full: bool): i32 {
  return 1 + dimension + (full ? dimension * dimension : dimension);
}

/** Adds one point to an accumulator; `weights` are exp(exponent − maximum), `inverse` one over their sum. */
// @ts-ignore: decorator
@inline
function addPoint<T>(
  point: usize, centers: usize, weights: usize, sums: usize, inverse: T, dimension: i32, stride: i32, full: bool,
): void {
  const size = sizeof<T>();
  const row = <usize>stride * size;
  const factor = v128.splat<T>(inverse);
  for (let k = 0; k < stride; k += lanesOf<T>()) {
    const at = sums + <usize>k * size;
    const w = v128.mul<T>(v128.load(weights + <usize>k * size), factor);
    v128.store(at, v128.add<T>(v128.load(at), w));
    for (let i = 0; i < dimension; i++) {
      const delta = difference<T>(point, centers, i, k, stride, true);
      const weighted = v128.mul<T>(w, delta);
      const first = at + <usize>(1 + i) * row;
      v128.store(first, v128.add<T>(v128.load(first), weighted));
      if (full)
        for (let j = 0; j <= i; j++) {
          const second = at + <usize>(1 + dimension + i * dimension + j) * row;
          v128.store(
            second,
            multiplyAdd<T>(weighted, difference<T>(point, centers, j, k, stride, true), v128.load(second)),
          );
        }
      else {
        const second = at + <usize>(1 + dimension + i) * row;
        v128.store(second, multiplyAdd<T>(weighted, delta, v128.load(second)));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function pack<T>(
  offsets: usize, centers: usize, quadratic: usize, linear: usize, rotations: usize,
  table: usize, packedCenters: usize, packedRotations: usize, components: i32, dimension: i32, stride: i32,
): void {
  packExponents<T>(offsets, quadratic, linear, table, components, dimension, stride);
  packRows<T>(centers, packedCenters, components, dimension, stride, 0);
  if (packedRotations) packRows<T>(rotations, packedRotations, components, dimension * dimension, stride, 0);
}

/** Points of chunks [begin, end): their log-sums, and one accumulator per chunk. `work` has room for `stride` · (D + 1) + 4 numbers per chunk. */
// @ts-ignore: decorator
@inline
function accumulate<T>(
  points: usize, table: usize, centers: usize, rotations: usize, logSums: usize, accumulators: usize, work: usize,
  count: i32, chunk: i32, dimension: i32, stride: i32, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const full = rotations != 0;
  const bytes = <usize>(accumulatorRows(dimension, full) * stride) * size;
  for (let index = begin; index < end; index++) {
    const sums = accumulators + <usize>index * bytes;
    const exponents = work + <usize>(index * ((dimension + 1) * stride + 4)) * size;
    const coordinates = exponents + <usize>stride * size;
    const maximumAt = coordinates + <usize>(dimension * stride) * size;
    memory.fill(sums, 0, bytes);
    const last = min(count, (index + 1) * chunk);
    for (let b = index * chunk; b < last; b++) {
      const point = points + <usize>(b * dimension) * size;
      exponentsAt<T>(point, table, centers, rotations, coordinates, exponents, dimension, stride, true);
      const sum = exponentiate<T>(exponents, stride, maximumAt);
      store<T>(logSums + <usize>b * size, load<T>(maximumAt) + logarithm<T>(sum));
      addPoint<T>(point, centers, exponents, sums, <T>1 / sum, dimension, stride, full);
    }
  }
}

/** Means over all points from the chunks' accumulators, component by component. */
// @ts-ignore: decorator
@inline
function finish<T>(
  accumulators: usize, chunks: i32, count: i32, components: i32, dimension: i32, stride: i32, full: i32,
  weights: usize, first: usize, second: usize,
): void {
  const size = sizeof<T>();
  const rows = accumulatorRows(dimension, full != 0);
  const bytes = <usize>(rows * stride) * size;
  const scale = <T>1 / <T>count;
  for (let row = 0; row < rows; row++) {
    const i = (row - 1 - dimension) / dimension;
    const j = (row - 1 - dimension) % dimension;
    if (full && row > dimension && j > i) continue;
    for (let k = 0; k < components; k++) {
      let total: T = 0;
      for (let chunk = 0; chunk < chunks; chunk++)
        total += load<T>(accumulators + <usize>chunk * bytes + <usize>(row * stride + k) * size);
      total *= scale;
      if (row == 0) store<T>(weights + <usize>k * size, total);
      else if (row <= dimension) store<T>(first + <usize>(k * dimension + row - 1) * size, total);
      else if (full) {
        store<T>(second + <usize>((k * dimension + i) * dimension + j) * size, total);
        store<T>(second + <usize>((k * dimension + j) * dimension + i) * size, total);
      } else store<T>(second + <usize>(k * dimension + row - 1 - dimension) * size, total);
    }
  }
}

export function mixture_moments_pack_f32(
  offsets: usize, centers: usize, quadratic: usize, linear: usize, rotations: usize,
  table: usize, packedCenters: usize, packedRotations: usize, components: i32, dimension: i32, stride: i32,
): void {
  pack<f32>(offsets, centers, quadratic, linear, rotations, table, packedCenters, packedRotations, components, dimension, stride);
}

export function mixture_moments_pack_f64(
  offsets: usize, centers: usize, quadratic: usize, linear: usize, rotations: usize,
  table: usize, packedCenters: usize, packedRotations: usize, components: i32, dimension: i32, stride: i32,
): void {
  pack<f64>(offsets, centers, quadratic, linear, rotations, table, packedCenters, packedRotations, components, dimension, stride);
}

export function mixture_moments_f32(
  points: usize, table: usize, centers: usize, rotations: usize, logSums: usize, accumulators: usize, work: usize,
  count: i32, chunk: i32, dimension: i32, stride: i32, begin: i32, end: i32,
): void {
  if (rotations) accumulate<f32>(points, table, centers, rotations, logSums, accumulators, work, count, chunk, dimension, stride, begin, end);
  else accumulate<f32>(points, table, centers, 0, logSums, accumulators, work, count, chunk, dimension, stride, begin, end);
}

export function mixture_moments_f64(
  points: usize, table: usize, centers: usize, rotations: usize, logSums: usize, accumulators: usize, work: usize,
  count: i32, chunk: i32, dimension: i32, stride: i32, begin: i32, end: i32,
): void {
  if (rotations) accumulate<f64>(points, table, centers, rotations, logSums, accumulators, work, count, chunk, dimension, stride, begin, end);
  else accumulate<f64>(points, table, centers, 0, logSums, accumulators, work, count, chunk, dimension, stride, begin, end);
}

export function mixture_moments_finish_f32(
  accumulators: usize, chunks: i32, count: i32, components: i32, dimension: i32, stride: i32, full: i32,
  weights: usize, first: usize, second: usize,
): void {
  finish<f32>(accumulators, chunks, count, components, dimension, stride, full, weights, first, second);
}

export function mixture_moments_finish_f64(
  accumulators: usize, chunks: i32, count: i32, components: i32, dimension: i32, stride: i32, full: i32,
  weights: usize, first: usize, second: usize,
): void {
  finish<f64>(accumulators, chunks, count, components, dimension, stride, full, weights, first, second);
}
