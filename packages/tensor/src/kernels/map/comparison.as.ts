import { lanesOf, loadSplat, storeTruth } from "../../../assembly/lanes";
import { addressOf, outputOf, runOf, steps } from "./call-block.as";

// Operations as types, so that the compiler chooses between them: `idof` of a type is a constant.
export class Equal {}
export class NotEqual {}
export class Less {}
export class LessEqual {}
export class LogicalAnd {}
export class LogicalOr {}

/** Elements [begin, end) of the result, one byte each, of an operation on two arguments of T that is true or false. */
// @ts-ignore: decorator
@inline
export function comparison<Operation, T extends number>(block: usize, begin: i32, end: i32): void {
  const run = runOf(block);
  let row = begin / run;
  let within = begin - row * run;
  for (let position = begin; position < end; row++, within = 0) {
    const count = min(run - within, end - position);
    const a = addressOf(block, 0, row, within, sizeof<T>());
    const b = addressOf(block, 1, row, within, sizeof<T>());
    const aSteps = steps(block, 0);
    const bSteps = steps(block, 1);
    const aValue = loadSplat<T>(a);
    const bValue = loadSplat<T>(b);
    const y = outputOf(block) + position;
    let i = 0;
    for (; i + lanesOf<T>() <= count; i += lanesOf<T>()) {
      const offset = <usize>i * sizeof<T>();
      const left = aSteps ? v128.load(a + offset) : aValue;
      const right = bSteps ? v128.load(b + offset) : bValue;
      storeTruth<T>(y + i, apply<Operation, T>(left, right));
    }
    for (; i < count; i++) {
      const offset = <usize>i * sizeof<T>();
      const left = aSteps ? loadSplat<T>(a + offset) : aValue;
      const right = bSteps ? loadSplat<T>(b + offset) : bValue;
      store<u8>(y + i, <u8>(i8x16.extract_lane_u(apply<Operation, T>(left, right), 0) & 1));
    }
    position += count;
  }
}

// @ts-ignore: decorator
@inline
function apply<Operation, T extends number>(a: v128, b: v128): v128 {
  if (idof<Operation>() == idof<Equal>()) return v128.eq<T>(a, b);
  if (idof<Operation>() == idof<NotEqual>()) return v128.ne<T>(a, b);
  if (idof<Operation>() == idof<Less>()) return v128.lt<T>(a, b);
  if (idof<Operation>() == idof<LessEqual>()) return v128.le<T>(a, b);
  if (idof<Operation>() == idof<LogicalAnd>()) return v128.and(isTrue(a), isTrue(b));
  if (idof<Operation>() == idof<LogicalOr>()) return isTrue(v128.or(a, b));
  ERROR("no such operation");
}

// @ts-ignore: decorator
@inline
function isTrue(bytes: v128): v128 {
  return i8x16.ne(bytes, i8x16.splat(0));
}
