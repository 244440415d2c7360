// Scalar loops over single lines too long, or too few, for the vectors of cpu.as.ts.

/**
 * y[j] = scale · x[j] · table[j] for j in [begin, end); `isReal` is a bit each for x (its imaginary parts are zero) and y (those of the result are dropped),
 * `swaps` a bit each for exchanging real and imaginary parts before and after. No table: no factor. Strides in bytes.
 */
// @ts-ignore: decorator
@inline
function copyLine<T>(
  x: usize, xStride: usize, y: usize, yStride: usize, isReal: u32, swaps: u32, table: usize, scale: T, begin: usize, end: usize,
): void {
  for (let j = begin; j < end; j++) {
    const source = x + j * xStride;
    let re = load<T>(source);
    let im: T = 0;
    if (!(isReal & 1)) im = load<T>(source, sizeof<T>());
    if (swaps & 1) {
      const other = re;
      re = im;
      im = other;
    }
    if (table) {
      const c = load<T>(table + j * 2 * sizeof<T>()), s = load<T>(table + j * 2 * sizeof<T>(), sizeof<T>());
      const turned = re * c - im * s;
      im = re * s + im * c;
      re = turned;
    }
    const target = y + j * yStride;
    if (isReal & 2) store<T>(target, scale * re);
    else if (swaps & 2) {
      store<T>(target, scale * im);
      store<T>(target, scale * re, sizeof<T>());
    } else {
      store<T>(target, scale * re);
      store<T>(target, scale * im, sizeof<T>());
    }
  }
}

export function fft_copy_line_f32(
  x: usize, xStride: usize, y: usize, yStride: usize, isReal: u32, swaps: u32, table: usize, scale: f64, begin: usize, end: usize,
): void {
  copyLine<f32>(x, xStride, y, yStride, isReal, swaps, table, <f32>scale, begin, end);
}

export function fft_copy_line_f64(
  x: usize, xStride: usize, y: usize, yStride: usize, isReal: u32, swaps: u32, table: usize, scale: f64, begin: usize, end: usize,
): void {
  copyLine<f64>(x, xStride, y, yStride, isReal, swaps, table, scale, begin, end);
}

/** Zeros in the bytes [begin, end). */
export function fft_clear(y: usize, begin: usize, end: usize): void {
  memory.fill(y + begin, 0, end - begin);
}

/** `unpack` of block.as.ts for one line: entries k and half − k of y, whose stride is in bytes, for k in [begin, end), times `scale`. */
// @ts-ignore: decorator
@inline
function unpackLine<T>(z: usize, y: usize, yStride: usize, half: usize, table: usize, scale: T, begin: usize, end: usize): void {
  const size = 2 * sizeof<T>();
  const gain = scale * load<T>(table);
  for (let k = begin; k < end; k++) {
    const low = y + k * yStride, high = y + (half - k) * yStride;
    const ar = load<T>(z + k * size), ai = load<T>(z + k * size, sizeof<T>());
    if (k == 0) {
      store<T>(low, scale * (ar + ai));
      store<T>(low, 0, sizeof<T>());
      store<T>(high, scale * (ar - ai));
      store<T>(high, 0, sizeof<T>());
      continue;
    }
    const br = load<T>(z + (half - k) * size), bi = load<T>(z + (half - k) * size, sizeof<T>());
    const c = load<T>(table + k * size), s = load<T>(table + k * size, sizeof<T>());
    const sr = ar + br, si = ai - bi, dr = ar - br, di = ai + bi;
    const ur = dr * c - di * s, ui = dr * s + di * c;
    store<T>(low, gain * (sr + ui));
    store<T>(low, gain * (si - ur), sizeof<T>());
    store<T>(high, gain * (sr - ui));
    store<T>(high, -gain * (si + ur), sizeof<T>());
  }
}

export function fft_unpack_line_f32(z: usize, y: usize, yStride: usize, half: usize, table: usize, scale: f64, begin: usize, end: usize): void {
  unpackLine<f32>(z, y, yStride, half, table, <f32>scale, begin, end);
}

export function fft_unpack_line_f64(z: usize, y: usize, yStride: usize, half: usize, table: usize, scale: f64, begin: usize, end: usize): void {
  unpackLine<f64>(z, y, yStride, half, table, scale, begin, end);
}

/** `pack` of block.as.ts for one line: entries k and half − k of z for k in [begin, end), real and imaginary parts in their places. */
// @ts-ignore: decorator
@inline
function packLine<T>(x: usize, xStride: usize, z: usize, half: usize, table: usize, begin: usize, end: usize): void {
  const size = 2 * sizeof<T>();
  const gain = load<T>(table);
  for (let k = begin; k < end; k++) {
    const low = x + k * xStride, high = x + (half - k) * xStride;
    if (k == 0) {
      store<T>(z, load<T>(low) + load<T>(high));
      store<T>(z, load<T>(low) - load<T>(high), sizeof<T>());
      continue;
    }
    const ar = gain * load<T>(low), ai = gain * load<T>(low, sizeof<T>());
    const br = gain * load<T>(high), bi = gain * load<T>(high, sizeof<T>());
    const c = load<T>(table + k * size), s = load<T>(table + k * size, sizeof<T>());
    const sr = ar + br, si = ai - bi, dr = ar - br, di = ai + bi;
    const ur = dr * c + di * s, ui = di * c - dr * s;
    store<T>(z + k * size, sr - ui);
    store<T>(z + k * size, si + ur, sizeof<T>());
    store<T>(z + (half - k) * size, sr + ui);
    store<T>(z + (half - k) * size, ur - si, sizeof<T>());
  }
}

export function fft_pack_line_f32(x: usize, xStride: usize, z: usize, half: usize, table: usize, begin: usize, end: usize): void {
  packLine<f32>(x, xStride, z, half, table, begin, end);
}

export function fft_pack_line_f64(x: usize, xStride: usize, z: usize, half: usize, table: usize, begin: usize, end: usize): void {
  packLine<f64>(x, xStride, z, half, table, begin, end);
}
