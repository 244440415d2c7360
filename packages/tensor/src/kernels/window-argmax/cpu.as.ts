/** Numbers that cpu.ts writes, in elements. */
@unmanaged
export class Windows {
  input: u32;
  result: u32;
  inputDepth: i32;
  inputHeight: i32;
  inputWidth: i32;
  windowDepth: i32;
  windowHeight: i32;
  windowWidth: i32;
  depth: i32;
  height: i32;
  width: i32;
  strideDepth: i32;
  strideHeight: i32;
  strideWidth: i32;
  beforeDepth: i32;
  beforeHeight: i32;
  beforeWidth: i32;
}

/** Rows [begin, end) of the result, counted over planes, depth and height. */
// @ts-ignore: decorator
@inline
function largest<T extends number>(w: Windows, begin: i32, end: i32): void {
  const planeElements = <usize>w.inputDepth * w.inputHeight * w.inputWidth;
  for (let row = begin; row < end; row++) {
    const outer = row / w.height;
    const h = row - outer * w.height;
    const plane = outer / w.depth;
    const d = outer - plane * w.depth;
    const x = <usize>w.input + <usize>plane * planeElements * sizeof<T>();
    const depthBegin = max(0, d * w.strideDepth - w.beforeDepth);
    const depthEnd = min(w.inputDepth, d * w.strideDepth - w.beforeDepth + w.windowDepth);
    const heightBegin = max(0, h * w.strideHeight - w.beforeHeight);
    const heightEnd = min(w.inputHeight, h * w.strideHeight - w.beforeHeight + w.windowHeight);
    for (let column = 0; column < w.width; column++) {
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
      store<i32>(w.result + ((<usize>row * w.width + column) << 2), best);
    }
  }
}

export function window_argmax_f32(windows: usize, begin: i32, end: i32): void { largest<f32>(changetype<Windows>(windows), begin, end); }
export function window_argmax_f64(windows: usize, begin: i32, end: i32): void { largest<f64>(changetype<Windows>(windows), begin, end); }
