import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { exponentiate, logarithm, packExponents, packRows } from "../mixture/mixture.as";

/** Rows of an accumulator: Σw, Σwδ, and Σwδ² of every coordinate or, with rotations, Σwδδᵀ (its lower triangle is filled). */
// @ts-ignore: decorator
@inline
function accumulatorRows(dimension: i32, full: bool): i32 {
  return 1 + dimension + (full ? dimension * dimension : dimension);
}

/** Points that go through the tables together, so that every number of these is loaded once for all of them. */
const TILE = 4;

/** Coordinate d of a point less a center. */
// @ts-ignore: decorator
@inline
function less<T>(point: usize, d: i32, center: v128): v128 {
  return v128.sub<T>(v128.splat<T>(load<T>(point + <usize>d * sizeof<T>())), center);
}

/** z (a z + b), added. */
// @ts-ignore: decorator
@inline
function addQuadratic<T>(exponent: v128, z: v128, a: v128, b: v128): v128 {
  return multiplyAdd<T>(z, multiplyAdd<T>(a, z, b), exponent);
}

/** Exponents of all components at four points into four rows. */
// @ts-ignore: decorator
@inline
function exponentsOfTile<T>(
  p0: usize, p1: usize, p2: usize, p3: usize, table: usize, centers: usize, rotations: usize, exponents: usize,
  dimension: i32, stride: i32,
): void {
  const size = sizeof<T>();
  const row = <usize>stride * size;
  for (let own: usize = 0; own < row; own += 16) {
    let e0 = v128.load(table + own);
    let e1 = e0;
    let e2 = e0;
    let e3 = e0;
    for (let j = 0; j < dimension; j++) {
      const a = v128.load(table + <usize>(1 + j) * row + own);
      const b = v128.load(table + <usize>(1 + dimension + j) * row + own);
      let z0: v128;
      let z1: v128;
      let z2: v128;
      let z3: v128;
      if (rotations) {
        z0 = v128.splat<T>(0);
        z1 = z0;
        z2 = z0;
        z3 = z0;
        for (let i = 0; i < dimension; i++) {
          const q = v128.load(rotations + <usize>(i * dimension + j) * row + own);
          const center = v128.load(centers + <usize>i * row + own);
          z0 = multiplyAdd<T>(q, less<T>(p0, i, center), z0);
          z1 = multiplyAdd<T>(q, less<T>(p1, i, center), z1);
          z2 = multiplyAdd<T>(q, less<T>(p2, i, center), z2);
          z3 = multiplyAdd<T>(q, less<T>(p3, i, center), z3);
        }
      } else {
        const center = v128.load(centers + <usize>j * row + own);
        z0 = less<T>(p0, j, center);
        z1 = less<T>(p1, j, center);
        z2 = less<T>(p2, j, center);
        z3 = less<T>(p3, j, center);
      }
      e0 = addQuadratic<T>(e0, z0, a, b);
      e1 = addQuadratic<T>(e1, z1, a, b);
      e2 = addQuadratic<T>(e2, z2, a, b);
      e3 = addQuadratic<T>(e3, z3, a, b);
    }
    v128.store(exponents + own, e0);
    v128.store(exponents + row + own, e1);
    v128.store(exponents + 2 * row + own, e2);
    v128.store(exponents + 3 * row + own, e3);
  }
}

/** Divides a row of powers by their sum, or leaves nothing of it. */
// @ts-ignore: decorator
@inline
function scaleRow<T>(weights: usize, stride: i32, factor: T): void {
  const scale = v128.splat<T>(factor);
  const end = weights + <usize>stride * sizeof<T>();
  for (let at = weights; at < end; at += 16) v128.store(at, v128.mul<T>(v128.load(at), scale));
}

// @ts-ignore: decorator
@inline
function addTo<T>(address: usize, t0: v128, t1: v128, t2: v128, t3: v128): void {
  v128.store(address, v128.add<T>(v128.load(address), v128.add<T>(v128.add<T>(t0, t1), v128.add<T>(t2, t3))));
}

/** Adds four points with their weights, four rows, to an accumulator. */
// @ts-ignore: decorator
@inline
function addTile<T>(
  p0: usize, p1: usize, p2: usize, p3: usize, centers: usize, weights: usize, sums: usize,
  dimension: i32, stride: i32, full: bool,
): void {
  const size = sizeof<T>();
  const row = <usize>stride * size;
  for (let own: usize = 0; own < row; own += 16) {
    const at = sums + own;
    const w0 = v128.load(weights + own);
    const w1 = v128.load(weights + row + own);
    const w2 = v128.load(weights + 2 * row + own);
    const w3 = v128.load(weights + 3 * row + own);
    addTo<T>(at, w0, w1, w2, w3);
    for (let i = 0; i < dimension; i++) {
      const center = v128.load(centers + <usize>i * row + own);
      const d0 = less<T>(p0, i, center);
      const d1 = less<T>(p1, i, center);
      const d2 = less<T>(p2, i, center);
      const d3 = less<T>(p3, i, center);
      const t0 = v128.mul<T>(w0, d0);
      const t1 = v128.mul<T>(w1, d1);
      const t2 = v128.mul<T>(w2, d2);
      const t3 = v128.mul<T>(w3, d3);
      addTo<T>(at + <usize>(1 + i) * row, t0, t1, t2, t3);
      if (full)
        for (let j = 0; j <= i; j++) {
          const other = v128.load(centers + <usize>j * row + own);
          const second = at + <usize>(1 + dimension + i * dimension + j) * row;
          addTo<T>(
            second, v128.mul<T>(t0, less<T>(p0, j, other)), v128.mul<T>(t1, less<T>(p1, j, other)),
            v128.mul<T>(t2, less<T>(p2, j, other)), v128.mul<T>(t3, less<T>(p3, j, other)),
          );
        }
      else {
        const second = at + <usize>(1 + dimension + i) * row;
        addTo<T>(second, v128.mul<T>(t0, d0), v128.mul<T>(t1, d1), v128.mul<T>(t2, d2), v128.mul<T>(t3, d3));
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

/** Points of chunks [begin, end): their log-sums, and one accumulator per chunk. `work` has room for four rows and four numbers per chunk. */
// @ts-ignore: decorator
@inline
function accumulate<T>(
  points: usize, table: usize, centers: usize, rotations: usize, logSums: usize, accumulators: usize, work: usize,
  count: i32, chunk: i32, dimension: i32, stride: i32, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const full = rotations != 0;
  const row = <usize>stride * size;
  const bytes = <usize>accumulatorRows(dimension, full) * row;
  const width = <usize>dimension * size;
  for (let index = begin; index < end; index++) {
    const sums = accumulators + <usize>index * bytes;
    const weights = work + <usize>index * (<usize>TILE * (row + size));
    const maximumAt = weights + <usize>TILE * row;
    memory.fill(sums, 0, bytes);
    const last = min(count, (index + 1) * chunk);
    for (let b = index * chunk; b < last; b += TILE) {
      // Points beyond the last are the last once more, without weight.
      const p0 = points + <usize>b * width;
      const p1 = points + <usize>min(b + 1, last - 1) * width;
      const p2 = points + <usize>min(b + 2, last - 1) * width;
      const p3 = points + <usize>min(b + 3, last - 1) * width;
      exponentsOfTile<T>(p0, p1, p2, p3, table, centers, rotations, weights, dimension, stride);
      for (let t = 0; t < TILE; t++) {
        const own = weights + <usize>t * row;
        const sum = exponentiate<T>(own, stride, maximumAt);
        if (b + t < last) {
          store<T>(logSums + <usize>(b + t) * size, load<T>(maximumAt) + logarithm<T>(sum));
          scaleRow<T>(own, stride, <T>1 / sum);
        } else memory.fill(own, 0, row);
      }
      addTile<T>(p0, p1, p2, p3, centers, weights, sums, dimension, stride, full);
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
