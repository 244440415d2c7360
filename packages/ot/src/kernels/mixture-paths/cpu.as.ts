import { lanesOf } from "@ansatz/tensor/assembly/lanes";
import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { exponentiate, exponentsAt, packExponents, packRows, sumLanes } from "../mixture/mixture.as";

// @ts-ignore: decorator
@inline
function packSteps<T>(
  offsets: usize, quadratic: usize, linear: usize, rotations: usize, tables: usize, packedRotations: usize,
  steps: i32, components: i32, dimension: i32, stride: i32,
): void {
  const size = sizeof<T>();
  for (let step = 0; step < steps; step++) {
    const block = <usize>(step * components) * size;
    packExponents<T>(
      offsets + block, quadratic + block * dimension, linear + block * dimension,
      tables + <usize>(step * (1 + 2 * dimension) * stride) * size, components, dimension, stride,
    );
  }
  if (packedRotations) packRows<T>(rotations, packedRotations, components, dimension * dimension, stride, 0);
}

/** Packs the exponents of all steps and, where there are any, the rotations. */
export function mixture_paths_pack_f32(
  offsets: usize, quadratic: usize, linear: usize, rotations: usize, tables: usize, packedRotations: usize,
  steps: i32, components: i32, dimension: i32, stride: i32,
): void {
  packSteps<f32>(offsets, quadratic, linear, rotations, tables, packedRotations, steps, components, dimension, stride);
}

export function mixture_paths_pack_f64(
  offsets: usize, quadratic: usize, linear: usize, rotations: usize, tables: usize, packedRotations: usize,
  steps: i32, components: i32, dimension: i32, stride: i32,
): void {
  packSteps<f64>(offsets, quadratic, linear, rotations, tables, packedRotations, steps, components, dimension, stride);
}

/** Σ_k w_k (2 a z + b), in the coordinates of the state, into `drift`; weights sum to 1 / `inverse`. */
// @ts-ignore: decorator
@inline
function driftAt<T>(
  state: usize, table: usize, rotations: usize, coordinates: usize, weights: usize, drift: usize, inverse: T,
  dimension: i32, stride: i32,
): void {
  const size = sizeof<T>();
  const row = <usize>stride * size;
  const end = <usize>stride * size;
  if (rotations) {
    // The coordinates of all components give way to the gradients of their exponents, times weights.
    for (let j = 0; j < dimension; j++)
      for (let at: usize = 0; at < end; at += 16) {
        const a = v128.load(table + <usize>(1 + j) * row + at);
        const b = v128.load(table + <usize>(1 + dimension + j) * row + at);
        const z = coordinates + <usize>j * row + at;
        v128.store(z, v128.mul<T>(v128.load(weights + at), multiplyAdd<T>(v128.add<T>(a, a), v128.load(z), b)));
      }
    for (let i = 0; i < dimension; i++) {
      let sum = v128.splat<T>(0);
      for (let j = 0; j < dimension; j++)
        for (let at: usize = 0; at < end; at += 16)
          sum = multiplyAdd<T>(
            v128.load(rotations + <usize>(i * dimension + j) * row + at), v128.load(coordinates + <usize>j * row + at), sum,
          );
      store<T>(drift + <usize>i * size, inverse * sumLanes<T>(sum));
    }
    return;
  }
  for (let j = 0; j < dimension; j++) {
    const x = v128.splat<T>(load<T>(state + <usize>j * size));
    const a = table + <usize>(1 + j) * row;
    const b = table + <usize>(1 + dimension + j) * row;
    let sum = v128.splat<T>(0);
    for (let at: usize = 0; at < end; at += 16) {
      const double = v128.load(a + at);
      sum = multiplyAdd<T>(v128.load(weights + at), multiplyAdd<T>(v128.add<T>(double, double), x, v128.load(b + at)), sum);
    }
    store<T>(drift + <usize>j * size, inverse * sumLanes<T>(sum));
  }
}

/** All steps of the particles of chunks [begin, end). `work` has room for (D + 1) · `stride` + 2 D + 4 numbers per chunk. */
// @ts-ignore: decorator
@inline
function walk<T>(
  starts: usize, noise: usize, tables: usize, rotations: usize, work: usize, states: usize,
  steps: i32, every: i32, dimension: i32, stride: i32, count: i32, regularization: T, stepSize: T, chunk: i32, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const width = <usize>dimension * size;
  const tableBytes = <usize>((1 + 2 * dimension) * stride) * size;
  const deviation = sqrt<T>(regularization * stepSize);
  for (let index = begin; index < end; index++) {
    const weights = work + <usize>(index * ((dimension + 1) * stride + 2 * dimension + 4)) * size;
    const coordinates = weights + <usize>stride * size;
    const state = coordinates + <usize>(dimension * stride) * size;
    const drift = state + width;
    const maximumAt = drift + width;
    const last = min(count, (index + 1) * chunk);
    for (let b = index * chunk; b < last; b++) {
      memory.copy(state, starts + <usize>b * width, width);
      let xi = noise + <usize>(b * steps) * width;
      let to = states + <usize>(b * (steps / every)) * width;
      for (let step = 0; step < steps; step++) {
        const table = tables + <usize>step * tableBytes;
        exponentsAt<T>(state, table, rotations, coordinates, weights, dimension, stride);
        const sum = exponentiate<T>(weights, stride, maximumAt);
        driftAt<T>(state, table, rotations, coordinates, weights, drift, regularization * stepSize / sum, dimension, stride);
        for (let i: usize = 0; i < width; i += size)
          store<T>(state + i, load<T>(state + i) + load<T>(drift + i) + deviation * load<T>(xi + i));
        xi += width;
        if ((step + 1) % every == 0) {
          memory.copy(to, state, width);
          to += width;
        }
      }
    }
  }
}

export function mixture_paths_f32(
  starts: usize, noise: usize, tables: usize, rotations: usize, work: usize, states: usize,
  steps: i32, every: i32, dimension: i32, stride: i32, count: i32, regularization: f32, stepSize: f32, chunk: i32, begin: i32, end: i32,
): void {
  if (rotations) walk<f32>(starts, noise, tables, rotations, work, states, steps, every, dimension, stride, count, regularization, stepSize, chunk, begin, end);
  else walk<f32>(starts, noise, tables, 0, work, states, steps, every, dimension, stride, count, regularization, stepSize, chunk, begin, end);
}

export function mixture_paths_f64(
  starts: usize, noise: usize, tables: usize, rotations: usize, work: usize, states: usize,
  steps: i32, every: i32, dimension: i32, stride: i32, count: i32, regularization: f64, stepSize: f64, chunk: i32, begin: i32, end: i32,
): void {
  if (rotations) walk<f64>(starts, noise, tables, rotations, work, states, steps, every, dimension, stride, count, regularization, stepSize, chunk, begin, end);
  else walk<f64>(starts, noise, tables, 0, work, states, steps, every, dimension, stride, count, regularization, stepSize, chunk, begin, end);
}
