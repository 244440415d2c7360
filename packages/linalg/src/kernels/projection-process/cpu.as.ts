import { addScaledComplex } from "../../../assembly/complex-vectors";
import { bytesOf, Complex, copyElement, imaginaryAt, isComplex, Real } from "../../../assembly/elements";
import { addScaled } from "../../../assembly/vectors";

export { vectors_scaled_c64, vectors_scaled_c128 } from "../../../assembly/complex-vectors";

/** |z|² of an element. */
// @ts-ignore: decorator
@inline
function squareAt<T, K>(at: usize): T {
  const x = load<T>(at);
  return isComplex<K>() ? x * x + imaginaryAt<T>(at) * imaginaryAt<T>(at) : x * x;
}

/** The first candidate with which the sum of residuals exceeds a share of all; where rounding leaves none, the last that is not zero. */
// @ts-ignore: decorator
@inline
function search<T>(residuals: usize, count: usize, share: T): usize {
  let total: T = <T>0;
  for (let i: usize = 0; i < count; i++) total += load<T>(residuals + i * sizeof<T>());
  let sum: T = <T>0;
  let last: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    const residual = load<T>(residuals + i * sizeof<T>());
    sum += residual;
    if (sum > share * total) return i;
    if (residual > <T>0) last = i;
  }
  return last;
}

/** Takes the first `known` directions out of the one behind them, twice against rounding, and makes its length 1. */
function orthonormalise<T, K>(size: usize, known: usize, directions: usize): void {
  const element = bytesOf<T, K>();
  const direction = directions + known * size * element;
  for (let pass = 0; pass < 2; pass++)
    for (let other: usize = 0; other < known; other++) {
      const q = directions + other * size * element;
      let re: T = <T>0, im: T = <T>0;
      for (let at: usize = 0; at < size * element; at += element) {
        re += load<T>(q + at) * load<T>(direction + at);
        if (!isComplex<K>()) continue;
        re += imaginaryAt<T>(q + at) * imaginaryAt<T>(direction + at);
        im += load<T>(q + at) * imaginaryAt<T>(direction + at) - imaginaryAt<T>(q + at) * load<T>(direction + at);
      }
      if (isComplex<K>()) addScaledComplex<T>(false, size, -re, -im, q, direction);
      else addScaled<T>(size, -re, q, direction);
    }
  let square: T = <T>0;
  for (let at: usize = 0; at < size * element; at += element) square += squareAt<T, K>(direction + at);
  const length = sqrt<T>(square);
  for (let at: usize = 0; at < size * element; at += sizeof<T>()) store<T>(direction + at, load<T>(direction + at) / length);
}

function drawSample<T, K>(features: usize, uniforms: usize, chosen: usize, size: usize, count: usize, room: usize): void {
  const element = bytesOf<T, K>();
  const residuals = room, along = residuals + count * element, directions = along + count * element;
  memory.fill(residuals, 0, count * sizeof<T>());
  for (let j: usize = 0; j < size; j++)
    for (let i: usize = 0; i < count; i++) {
      const at = residuals + i * sizeof<T>();
      store<T>(at, load<T>(at) + squareAt<T, K>(features + (j * count + i) * element));
    }
  for (let step: usize = 0; step < size; step++) {
    const index = search<T>(residuals, count, load<T>(uniforms + step * sizeof<T>()));
    store<i32>(chosen + step * 4, <i32>index);
    const direction = directions + step * size * element;
    for (let j: usize = 0; j < size; j++) copyElement<T, K>(features + (j * count + index) * element, direction + j * element);
    orthonormalise<T, K>(size, step, directions);
    memory.fill(along, 0, count * element);
    for (let j: usize = 0; j < size; j++) {
      const at = direction + j * element, row = features + j * count * element;
      if (isComplex<K>()) addScaledComplex<T>(false, count, load<T>(at), -imaginaryAt<T>(at), row, along);
      else addScaled<T>(count, load<T>(at), row, along);
    }
    for (let i: usize = 0; i < count; i++) {
      const at = residuals + i * sizeof<T>();
      store<T>(at, max<T>(<T>0, load<T>(at) - squareAt<T, K>(along + i * element)));
    }
    store<T>(residuals + index * sizeof<T>(), <T>0);
  }
}

// @ts-ignore: decorator
@inline
function drawShares<T, K>(
  features: usize, uniforms: usize, chosen: usize, size: usize, count: usize, samples: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  for (let slot = begin; slot < end; slot++)
    for (let sample = slot; sample < samples; sample += slots)
      drawSample<T, K>(
        features, uniforms + sample * size * sizeof<T>(), chosen + sample * size * 4, size, count, scratch + slot * slotBytes,
      );
}

export function projection_process_f32(
  features: usize, uniforms: usize, chosen: usize, size: usize, count: usize, samples: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  drawShares<f32, Real>(features, uniforms, chosen, size, count, samples, slots, slotBytes, scratch, begin, end);
}

export function projection_process_f64(
  features: usize, uniforms: usize, chosen: usize, size: usize, count: usize, samples: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  drawShares<f64, Real>(features, uniforms, chosen, size, count, samples, slots, slotBytes, scratch, begin, end);
}

export function projection_process_c64(
  features: usize, uniforms: usize, chosen: usize, size: usize, count: usize, samples: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  drawShares<f32, Complex>(features, uniforms, chosen, size, count, samples, slots, slotBytes, scratch, begin, end);
}

export function projection_process_c128(
  features: usize, uniforms: usize, chosen: usize, size: usize, count: usize, samples: usize, slots: usize, slotBytes: usize, scratch: usize,
  begin: usize, end: usize,
): void {
  drawShares<f64, Complex>(features, uniforms, chosen, size, count, samples, slots, slotBytes, scratch, begin, end);
}
