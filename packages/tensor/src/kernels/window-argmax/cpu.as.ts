import { strided, Windows } from "./windows.as";

/** Rows [begin, end) of the result, counted over planes, depth and height. */
// @ts-ignore: decorator
@inline
function largest<T extends number>(w: Windows, begin: i32, end: i32): void {
  const planeElements = <usize>w.inputDepth * w.inputHeight * w.inputWidth;
  // Columns whose windows lie inside of the input.
  const innerBegin = min(w.width, (w.beforeWidth + w.strideWidth - 1) / w.strideWidth);
  const room = w.inputWidth + w.beforeWidth - w.windowWidth;
  const innerEnd = room < 0 ? 0 : min(w.width, room / w.strideWidth + 1);
  for (let row = begin; row < end; row++) {
    const outer = row / w.height;
    const h = row - outer * w.height;
    const plane = outer / w.depth;
    const d = outer - plane * w.depth;
    const x = <usize>w.input + <usize>plane * planeElements * sizeof<T>();
    const result = w.result + ((<usize>row * w.width) << 2);
    const depthBegin = max(0, d * w.strideDepth - w.beforeDepth);
    const depthEnd = min(w.inputDepth, d * w.strideDepth - w.beforeDepth + w.windowDepth);
    const heightBegin = max(0, h * w.strideHeight - w.beforeHeight);
    const heightEnd = min(w.inputHeight, h * w.strideHeight - w.beforeHeight + w.windowHeight);
    let column = 0;
    if (sizeof<T>() == 4) {
      for (; column < innerBegin; column++) store<i32>(result + (<usize>column << 2), one<T>(w, x, depthBegin, depthEnd, heightBegin, heightEnd, column));
      for (; column + 4 <= innerEnd; column += 4)
        v128.store(result + (<usize>column << 2), four(w, x, depthBegin, depthEnd, heightBegin, heightEnd, column));
    }
    for (; column < w.width; column++)
      store<i32>(result + (<usize>column << 2), one<T>(w, x, depthBegin, depthEnd, heightBegin, heightEnd, column));
  }
}

// @ts-ignore: decorator
@inline
function one<T extends number>(w: Windows, x: usize, depthBegin: i32, depthEnd: i32, heightBegin: i32, heightEnd: i32, column: i32): i32 {
  const widthBegin = max(0, column * w.strideWidth - w.beforeWidth);
  const widthEnd = min(w.inputWidth, column * w.strideWidth - w.beforeWidth + w.windowWidth);
  let best = (depthBegin * w.inputHeight + heightBegin) * w.inputWidth + widthBegin;
  let value = load<T>(x + <usize>best * sizeof<T>());
  for (let i = depthBegin; i < depthEnd; i++)
    for (let j = heightBegin; j < heightEnd; j++) {
      const line = (i * w.inputHeight + j) * w.inputWidth;
      for (let k = widthBegin; k < widthEnd; k++) {
        const other = load<T>(x + <usize>(line + k) * sizeof<T>());
        // Also true where the best so far is a number and the other is NaN.
        if (!(other <= value) && value == value) {
          value = other;
          best = line + k;
        }
      }
    }
  return best;
}

/** The same for four neighbouring float32 windows that lie inside of the input. */
// @ts-ignore: decorator
@inline
function four(w: Windows, x: usize, depthBegin: i32, depthEnd: i32, heightBegin: i32, heightEnd: i32, column: i32): v128 {
  const stride = w.strideWidth;
  const first = column * stride - w.beforeWidth;
  const lanes = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(stride));
  const start = (depthBegin * w.inputHeight + heightBegin) * w.inputWidth + first;
  let best = i32x4.add(i32x4.splat(start), lanes);
  let value = strided<f32>(x + (<usize>start << 2), stride);
  for (let i = depthBegin; i < depthEnd; i++)
    for (let j = heightBegin; j < heightEnd; j++) {
      const line = (i * w.inputHeight + j) * w.inputWidth + first;
      for (let k = 0; k < w.windowWidth; k++) {
        const other = strided<f32>(x + (<usize>(line + k) << 2), stride);
        const isLarger = v128.andnot(f32x4.eq(value, value), f32x4.le(other, value));
        value = v128.bitselect(other, value, isLarger);
        best = v128.bitselect(i32x4.add(i32x4.splat(line + k), lanes), best, isLarger);
      }
    }
  return best;
}

export function window_argmax_f32(windows: usize, begin: i32, end: i32): void {
  largest<f32>(changetype<Windows>(windows), begin, end);
}

export function window_argmax_f64(windows: usize, begin: i32, end: i32): void {
  largest<f64>(changetype<Windows>(windows), begin, end);
}
