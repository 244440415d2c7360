import { exponentiate, exponentsAt, packExponents, packRows } from "../mixture/mixture.as";

/** Packs the exponents and, where there are any, the rotations. */
export function mixture_draw_pack_f32(
  offsets: usize, quadratic: usize, linear: usize, rotations: usize, table: usize, packedRotations: usize,
  components: i32, dimension: i32, stride: i32,
): void {
  packExponents<f32>(offsets, quadratic, linear, table, components, dimension, stride);
  if (packedRotations) packRows<f32>(rotations, packedRotations, components, dimension * dimension, stride, 0);
}

export function mixture_draw_pack_f64(
  offsets: usize, quadratic: usize, linear: usize, rotations: usize, table: usize, packedRotations: usize,
  components: i32, dimension: i32, stride: i32,
): void {
  packExponents<f64>(offsets, quadratic, linear, table, components, dimension, stride);
  if (packedRotations) packRows<f64>(rotations, packedRotations, components, dimension * dimension, stride, 0);
}

/** The first component at which the running sum of the weights exceeds `threshold`; the last where rounding keeps it from doing so. */
// @ts-ignore: decorator
@inline
function choose<T>(weights: usize, components: i32, threshold: T): i32 {
  let sum: T = 0;
  for (let k = 0; k < components - 1; k++) {
    sum += load<T>(weights + <usize>k * sizeof<T>());
    if (sum > threshold) return k;
  }
  return components - 1;
}

// @ts-ignore: decorator
@inline
function drawPoints<T>(
  points: usize, uniforms: usize, noise: usize, table: usize, rotations: usize, work: usize, drawn: usize,
  components: i32, dimension: i32, stride: i32, chunk: i32, count: i32, regularization: T, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  for (let index = begin; index < end; index++) {
    const exponents = work + <usize>(index * ((dimension + 1) * stride + dimension + 4)) * size;
    const coordinates = exponents + <usize>stride * size;
    const own = coordinates + <usize>(dimension * stride) * size;
    const maximumAt = own + <usize>dimension * size;
    const last = min(count, (index + 1) * chunk);
    for (let b = index * chunk; b < last; b++) {
      const point = points + <usize>(b * dimension) * size;
      exponentsAt<T>(point, table, rotations, coordinates, exponents, dimension, stride);
      const sum = exponentiate<T>(exponents, stride, maximumAt);
      const k = choose<T>(exponents, components, load<T>(uniforms + <usize>b * size) * sum);
      const target = drawn + <usize>(b * dimension) * size;
      const to = rotations ? own : target;
      for (let j = 0; j < dimension; j++) {
        const z = rotations ? load<T>(coordinates + <usize>(j * stride + k) * size) : load<T>(point + <usize>j * size);
        const a = load<T>(table + <usize>((1 + j) * stride + k) * size);
        const b1 = load<T>(table + <usize>((1 + dimension + j) * stride + k) * size);
        const xi = load<T>(noise + <usize>(b * dimension + j) * size);
        store<T>(to + <usize>j * size, regularization * ((a + a) * z + b1 + sqrt<T>(a + a) * xi));
      }
      if (rotations)
        for (let i = 0; i < dimension; i++) {
          let coordinate: T = 0;
          for (let j = 0; j < dimension; j++)
            coordinate += load<T>(rotations + <usize>((i * dimension + j) * stride + k) * size) * load<T>(own + <usize>j * size);
          store<T>(target + <usize>i * size, coordinate);
        }
      // A point that is not a number has no component.
      if (sum != sum) for (let i = 0; i < dimension; i++) store<T>(target + <usize>i * size, <T>NaN);
    }
  }
}

export function mixture_draw_f32(
  points: usize, uniforms: usize, noise: usize, table: usize, rotations: usize, work: usize, drawn: usize,
  components: i32, dimension: i32, stride: i32, chunk: i32, count: i32, regularization: f32, begin: i32, end: i32,
): void {
  drawPoints<f32>(points, uniforms, noise, table, rotations, work, drawn, components, dimension, stride, chunk, count, regularization, begin, end);
}

export function mixture_draw_f64(
  points: usize, uniforms: usize, noise: usize, table: usize, rotations: usize, work: usize, drawn: usize,
  components: i32, dimension: i32, stride: i32, chunk: i32, count: i32, regularization: f64, begin: i32, end: i32,
): void {
  drawPoints<f64>(points, uniforms, noise, table, rotations, work, drawn, components, dimension, stride, chunk, count, regularization, begin, end);
}
