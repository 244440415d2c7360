import { lanesOf, loadSplat, storeFirst } from "../../../assembly/lanes";
import { addressOf, outputOf, runOf, steps } from "./call-block.as";

/** Elements [begin, end) of min(max(x, lower), upper); NaN where any of the three is. */
// @ts-ignore: decorator
@inline
export function clamp<T extends number>(block: usize, begin: i32, end: i32): void {
  const run = runOf(block);
  let row = begin / run;
  let within = begin - row * run;
  for (let position = begin; position < end; row++, within = 0) {
    const count = min(run - within, end - position);
    const x = addressOf(block, 0, row, within, sizeof<T>());
    const lower = addressOf(block, 1, row, within, sizeof<T>());
    const upper = addressOf(block, 2, row, within, sizeof<T>());
    const xSteps = steps(block, 0);
    const lowerSteps = steps(block, 1);
    const upperSteps = steps(block, 2);
    const xValue = loadSplat<T>(x);
    const lowerValue = loadSplat<T>(lower);
    const upperValue = loadSplat<T>(upper);
    const y = outputOf(block) + <usize>position * sizeof<T>();
    let i = 0;
    for (; i + lanesOf<T>() <= count; i += lanesOf<T>()) {
      const offset = <usize>i * sizeof<T>();
      const value = xSteps ? v128.load(x + offset) : xValue;
      const least = lowerSteps ? v128.load(lower + offset) : lowerValue;
      const most = upperSteps ? v128.load(upper + offset) : upperValue;
      v128.store(y + offset, v128.min<T>(v128.max<T>(value, least), most));
    }
    for (; i < count; i++) {
      const offset = <usize>i * sizeof<T>();
      const value = loadSplat<T>(xSteps ? x + offset : x);
      const least = loadSplat<T>(lowerSteps ? lower + offset : lower);
      const most = loadSplat<T>(upperSteps ? upper + offset : upper);
      storeFirst<T>(y + offset, v128.min<T>(v128.max<T>(value, least), most));
    }
    position += count;
  }
}
