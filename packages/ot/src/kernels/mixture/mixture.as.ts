import { exp } from "@ansatz/tensor/assembly/exp";
import { lanesOf } from "@ansatz/tensor/assembly/lanes";
import { log } from "@ansatz/tensor/assembly/log";
import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";

// Tables are packed: rows of `stride` numbers, one for each component, so that a vector holds several components. Components beyond the last weigh nothing.
// A table of exponents has 1 + 2 D rows: offsets, quadratic coefficients of D coordinates, linear coefficients of D coordinates.

/** Transposes `source` [components, width] to rows of `stride`; lanes beyond the last component get `fill`. */
// @ts-ignore: decorator
@inline
export function packRows<T>(source: usize, target: usize, components: i32, width: i32, stride: i32, fill: T): void {
  const size = sizeof<T>();
  for (let row = 0; row < width; row++) {
    const to = target + <usize>(row * stride) * size;
    for (let k = 0; k < components; k++) store<T>(to + <usize>k * size, load<T>(source + <usize>(k * width + row) * size));
    for (let k = components; k < stride; k++) store<T>(to + <usize>k * size, fill);
  }
}

/** Packs offsets [components], quadratic and linear coefficients [components, D] into one table. */
// @ts-ignore: decorator
@inline
export function packExponents<T>(
  offsets: usize, quadratic: usize, linear: usize, table: usize, components: i32, dimension: i32, stride: i32,
): void {
  const row = <usize>stride * sizeof<T>();
  packRows<T>(offsets, table, components, 1, stride, <T>-Infinity);
  packRows<T>(quadratic, table + row, components, dimension, stride, 0);
  packRows<T>(linear, table + <usize>(1 + dimension) * row, components, dimension, stride, 0);
}

/** Coordinate j in the components' own axes: Σ_i Q_ij x_i. */
// @ts-ignore: decorator
@inline
function rotated<T>(point: usize, rotations: usize, j: i32, k: i32, dimension: i32, stride: i32): v128 {
  let z = v128.splat<T>(0);
  for (let i = 0; i < dimension; i++) {
    const q = v128.load(rotations + <usize>((i * dimension + j) * stride + k) * sizeof<T>());
    z = multiplyAdd<T>(q, v128.splat<T>(load<T>(point + <usize>i * sizeof<T>())), z);
  }
  return z;
}

/**
 * c + Σ_j z_j (a_j z_j + b_j) of all components at a point into `exponents`, in components' own axes where there are rotations, whose coordinates are then
 * left in `coordinates` (rows of `stride`).
 */
// @ts-ignore: decorator
@inline
export function exponentsAt<T>(
  point: usize, table: usize, rotations: usize, coordinates: usize, exponents: usize, dimension: i32, stride: i32,
): void {
  const size = sizeof<T>();
  const row = <usize>stride * size;
  for (let k = 0; k < stride; k += lanesOf<T>()) {
    const own = <usize>k * size;
    let exponent = v128.load(table + own);
    let a = table + row + own;
    let b = table + <usize>(1 + dimension) * row + own;
    for (let j = 0; j < dimension; j++) {
      let z: v128;
      if (rotations) {
        z = rotated<T>(point, rotations, j, k, dimension, stride);
        v128.store(coordinates + <usize>j * row + own, z);
      } else z = v128.splat<T>(load<T>(point + <usize>j * size));
      exponent = multiplyAdd<T>(z, multiplyAdd<T>(v128.load(a), z, v128.load(b)), exponent);
      a += row;
      b += row;
    }
    v128.store(exponents + own, exponent);
  }
}

/** Replaces exponents by exp(exponent − maximum); returns their sum and leaves the maximum at `maximumAt`. */
// @ts-ignore: decorator
@inline
export function exponentiate<T>(exponents: usize, stride: i32, maximumAt: usize): T {
  const end = <usize>stride * sizeof<T>();
  let largest = v128.load(exponents);
  for (let at: usize = 16; at < end; at += 16) largest = v128.max<T>(largest, v128.load(exponents + at));
  largest = v128.max<T>(largest, i64x2.shuffle(largest, largest, 1, 0));
  if (sizeof<T>() == 4) largest = v128.max<T>(largest, i32x4.shuffle(largest, largest, 1, 0, 3, 2));
  let sum = v128.splat<T>(0);
  for (let at: usize = 0; at < end; at += 16) {
    const e = exp<T>(v128.sub<T>(v128.load(exponents + at), largest));
    v128.store(exponents + at, e);
    sum = v128.add<T>(sum, e);
  }
  store<T>(maximumAt, v128.extract_lane<T>(largest, 0));
  return sumLanes<T>(sum);
}

// @ts-ignore: decorator
@inline
export function logarithm<T>(x: T): T {
  return v128.extract_lane<T>(log<T>(v128.splat<T>(x)), 0);
}

/** Sum of all lanes. */
// @ts-ignore: decorator
@inline
export function sumLanes<T>(x: v128): T {
  if (sizeof<T>() == 8) return v128.extract_lane<T>(x, 0) + v128.extract_lane<T>(x, 1);
  return (
    v128.extract_lane<T>(x, 0) + v128.extract_lane<T>(x, 1) + (v128.extract_lane<T>(x, 2) + v128.extract_lane<T>(x, 3))
  );
}
