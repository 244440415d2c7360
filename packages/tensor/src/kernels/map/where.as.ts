import { lanesOf, loadSplat, storeFirst } from "../../../assembly/lanes";
import { addressOf, outputOf, runOf, steps } from "./call-block.as";

/** Elements [begin, end) of condition ? a : b, where a and b are of T and the condition is bytes. */
// @ts-ignore: decorator
@inline
export function where<T extends number>(block: usize, begin: i32, end: i32): void {
  const run = runOf(block);
  let row = begin / run;
  let within = begin - row * run;
  for (let position = begin; position < end; row++, within = 0) {
    const count = min(run - within, end - position);
    const condition = addressOf(block, 0, row, within, 1);
    const a = addressOf(block, 1, row, within, sizeof<T>());
    const b = addressOf(block, 2, row, within, sizeof<T>());
    const conditionSteps = steps(block, 0);
    const aSteps = steps(block, 1);
    const bSteps = steps(block, 2);
    const conditionMask = i8x16.ne(loadSplat<u8>(condition), i8x16.splat(0));
    const aValue = loadSplat<T>(a);
    const bValue = loadSplat<T>(b);
    const y = outputOf(block) + <usize>position * sizeof<T>();
    let i = 0;
    for (; i + lanesOf<T>() <= count; i += lanesOf<T>()) {
      const offset = <usize>i * sizeof<T>();
      const mask = conditionSteps ? loadMask<T>(condition + i) : conditionMask;
      const whenTrue = aSteps ? v128.load(a + offset) : aValue;
      const whenFalse = bSteps ? v128.load(b + offset) : bValue;
      v128.store(y + offset, v128.bitselect(whenTrue, whenFalse, mask));
    }
    for (; i < count; i++) {
      const offset = <usize>i * sizeof<T>();
      const isTrue = load<u8>(conditionSteps ? condition + i : condition) != 0;
      storeFirst<T>(y + offset, loadSplat<T>(isTrue ? (aSteps ? a + offset : a) : bSteps ? b + offset : b));
    }
    position += count;
  }
}

/** As many bytes as a vector of T has lanes, as a mask of T: all bits set where the byte is not 0. */
// @ts-ignore: decorator
@inline
function loadMask<T>(condition: usize): v128 {
  if (sizeof<T>() == 1) return i8x16.ne(v128.load(condition), i8x16.splat(0));
  if (sizeof<T>() == 4) {
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(condition)));
    return i32x4.ne(words, i32x4.splat(0));
  }
  const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load16_splat(condition)));
  return i64x2.ne(i64x2.extend_low_i32x4_u(words), i64x2.splat(0));
}
