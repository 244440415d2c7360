import { Layout } from "./product.as";

/** Lays out planes [begin, end), each all of one example and channel. */
// @ts-ignore: decorator
@inline
export function layOut<T>(layout: Layout, begin: i32, end: i32): void {
  const rowBytes = <usize>(layout.phases * layout.phaseWidth) * sizeof<T>();
  const planeBytes = <usize>(layout.depth * layout.height) * rowBytes;
  const sourceRowBytes = <usize>layout.sourceWidth * sizeof<T>();
  for (let plane = begin; plane < end; plane++) {
    const target = layout.target + <usize>plane * planeBytes;
    const source = layout.source + <usize>plane * <usize>(layout.sourceDepth * layout.sourceHeight) * sourceRowBytes;
    for (let d = 0; d < layout.depth; d++)
      for (let h = 0; h < layout.height; h++) {
        const row = target + <usize>(d * layout.height + h) * rowBytes;
        const fromDepth = d - layout.beforeDepth;
        const fromHeight = h - layout.beforeHeight;
        const isPadding =
          fromDepth < 0 || fromDepth >= layout.sourceDepth || fromHeight < 0 || fromHeight >= layout.sourceHeight;
        if (isPadding) memory.fill(row, 0, rowBytes);
        else layOutRow<T>(layout, source + <usize>(fromDepth * layout.sourceHeight + fromHeight) * sourceRowBytes, row);
      }
  }
}

// @ts-ignore: decorator
@inline
function layOutRow<T>(layout: Layout, source: usize, row: usize): void {
  const width = layout.phaseWidth;
  for (let phase = 0; phase < layout.phases; phase++) {
    // Element i of the phase is at i · phases + from in the source.
    const from = phase - layout.beforeWidth;
    const first = from < 0 ? min(width, (layout.phases - 1 - from) / layout.phases) : 0;
    const left = layout.sourceWidth - from + layout.phases - 1;
    const last = left > 0 ? min(width, left / layout.phases) : 0;
    const target = row + <usize>(phase * width) * sizeof<T>();
    for (let i = 0; i < min(first, width); i++) store<T>(target + <usize>i * sizeof<T>(), <T>0);
    const begin = source + <usize>(first * layout.phases + from) * sizeof<T>();
    if (last > first) {
      if (layout.phases == 1) copyRow<T>(target + <usize>first * sizeof<T>(), begin, last - first);
      else if (layout.phases == 2) copyEven<T>(target + <usize>first * sizeof<T>(), begin, last - first);
      else
        for (let i = 0; i < last - first; i++)
          store<T>(target + <usize>(first + i) * sizeof<T>(), load<T>(begin + <usize>(i * layout.phases) * sizeof<T>()));
    }
    for (let i = max(first, last); i < width; i++) store<T>(target + <usize>i * sizeof<T>(), <T>0);
  }
}

/** Faster than the engine's memory.copy for rows of images. */
// @ts-ignore: decorator
@inline
function copyRow<T>(target: usize, source: usize, count: i32): void {
  const end = source + <usize>count * sizeof<T>();
  for (; source + 16 <= end; source += 16, target += 16) v128.store(target, v128.load(source));
  for (; source < end; source += sizeof<T>(), target += sizeof<T>()) store<T>(target, load<T>(source));
}

/** Every second element. */
// @ts-ignore: decorator
@inline
function copyEven<T>(target: usize, source: usize, count: i32): void {
  const end = target + <usize>count * sizeof<T>();
  for (; target + 16 <= end; target += 16, source += 32) {
    const low = v128.load(source);
    const high = v128.load(source, 16);
    v128.store(target, sizeof<T>() == 4 ? v128.shuffle<f32>(low, high, 0, 2, 4, 6) : v128.shuffle<f64>(low, high, 0, 2));
  }
  for (; target < end; target += sizeof<T>(), source += 2 * sizeof<T>()) store<T>(target, load<T>(source));
}
