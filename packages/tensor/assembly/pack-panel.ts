// Elements are moved, not looked at: T may be f64 for a pair of float32, and v128 for one of float64.

/**
 * Copies a panel of a matrix so that a register tile reads it front to back: for each of `depth` steps, `width` elements (a constant: one or two vectors).
 * `stride` leads from one element of a step to the next, `depthStride` to the next step; one of the two is the size of an element.
 * Elements from `valid` on lie outside of the matrix and become zero.
 */
// @ts-ignore: decorator
@inline
export function packPanel<T>(
  width: usize,
  source: usize,
  stride: usize,
  depthStride: usize,
  valid: usize,
  depth: usize,
  target: usize,
): void {
  const step = width * sizeof<T>();
  const end = target + depth * step;
  if (valid < width) {
    for (; target < end; target += step, source += depthStride)
      for (let i: usize = 0; i < width; i++)
        store<T>(target + i * sizeof<T>(), i < valid ? load<T>(source + i * stride) : zero<T>());
    return;
  }
  const lanes: usize = 16 / sizeof<T>();
  const vectors = width / lanes;
  if (stride == sizeof<T>()) {
    for (; target < end; target += step, source += depthStride) {
      v128.store(target, v128.load(source));
      if (vectors > 1) v128.store(target, v128.load(source, 16), 16);
    }
    return;
  }
  for (const full = target + depth / lanes * lanes * step; target < full; target += lanes * step, source += 16) {
    transposeBlock<T>(source, stride, target, step);
    if (vectors > 1) transposeBlock<T>(source + lanes * stride, stride, target + 16, step);
  }
  for (; target < end; target += step, source += sizeof<T>())
    for (let i: usize = 0; i < width; i++) store<T>(target + i * sizeof<T>(), load<T>(source + i * stride));
}

// @ts-ignore: decorator
@inline
function zero<T>(): T {
  if (isVector<T>()) return i64x2.splat(0);
  else return <T>0;
}

/** Transposes a square block of as many rows as a vector has lanes. */
// @ts-ignore: decorator
@inline
function transposeBlock<T>(source: usize, sourceStride: usize, target: usize, targetStride: usize): void {
  const r0 = v128.load(source);
  if (sizeof<T>() == 16) {
    v128.store(target, r0);
    return;
  }
  const r1 = v128.load(source + sourceStride);
  if (sizeof<T>() == 8) {
    v128.store(target, v128.shuffle<f64>(r0, r1, 0, 2));
    v128.store(target + targetStride, v128.shuffle<f64>(r0, r1, 1, 3));
    return;
  }
  const r2 = v128.load(source + 2 * sourceStride);
  const r3 = v128.load(source + 3 * sourceStride);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(target + targetStride, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(target + 2 * targetStride, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(target + 3 * targetStride, v128.shuffle<f64>(high01, high23, 1, 3));
}

/** Writes the transpose of a contiguous [rows, columns] matrix. */
// @ts-ignore: decorator
@inline
export function transpose<T>(source: usize, rows: usize, columns: usize, target: usize): void {
  const lanes: usize = 16 / sizeof<T>();
  const sourceStride = columns * sizeof<T>();
  const targetStride = rows * sizeof<T>();
  const blockRows = rows - rows % lanes;
  const blockColumns = columns - columns % lanes;
  for (let i: usize = 0; i < blockRows; i += lanes)
    for (let j: usize = 0; j < blockColumns; j += lanes)
      transposeBlock<T>(
        source + i * sourceStride + j * sizeof<T>(), sourceStride, target + j * targetStride + i * sizeof<T>(), targetStride,
      );
  for (let i: usize = 0; i < rows; i++)
    for (let j = i < blockRows ? blockColumns : 0; j < columns; j++)
      store<T>(target + j * targetStride + i * sizeof<T>(), load<T>(source + i * sourceStride + j * sizeof<T>()));
}
