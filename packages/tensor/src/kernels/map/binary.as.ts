import { elu, leakyRelu } from "../../../assembly/activations";
import { atan2 } from "../../../assembly/inverse-trigonometric";
import { lanesOf, loadSplat, storeUpTo } from "../../../assembly/lanes";
import { power } from "../../../assembly/power";
import { addressOf, outputOf, runOf, steps } from "./call-block.as";

// Operations as types, so that the compiler chooses between them: `idof` of a type is a constant.
export class Add {}
export class Subtract {}
export class Multiply {}
export class Divide {}
export class Power {}
export class Minimum {}
export class Maximum {}
export class Atan2 {}
export class LeakyRelu {}
export class Elu {}

/** Elements [begin, end) of the result of an operation on two arguments of T. May read past the end of either, which the heap allows. */
// @ts-ignore: decorator
@inline
export function binary<Operation, T extends number>(block: usize, begin: i32, end: i32): void {
  const run = runOf(block);
  let row = begin / run;
  let within = begin - row * run;
  for (let position = begin; position < end; row++, within = 0) {
    const count = min(run - within, end - position);
    const a = addressOf(block, 0, row, within, sizeof<T>());
    const b = addressOf(block, 1, row, within, sizeof<T>());
    const y = outputOf(block) + <usize>position * sizeof<T>();
    const aSteps = steps(block, 0);
    const bSteps = steps(block, 1);
    const aValue = loadSplat<T>(a);
    const bValue = loadSplat<T>(b);
    let i = 0;
    // A function is long: it is there once. Beside one instruction the choices of the last loop would show.
    if (isInstruction<Operation>()) {
      const whole = count & -lanesOf<T>();
      if (!bSteps) {
        for (; i < whole; i += lanesOf<T>()) {
          const offset = <usize>i * sizeof<T>();
          v128.store(y + offset, apply<Operation, T>(v128.load(a + offset), bValue));
        }
      } else if (!aSteps) {
        for (; i < whole; i += lanesOf<T>()) {
          const offset = <usize>i * sizeof<T>();
          v128.store(y + offset, apply<Operation, T>(aValue, v128.load(b + offset)));
        }
      } else {
        for (; i < whole; i += lanesOf<T>()) {
          const offset = <usize>i * sizeof<T>();
          v128.store(y + offset, apply<Operation, T>(v128.load(a + offset), v128.load(b + offset)));
        }
      }
    }
    for (; i < count; i += lanesOf<T>()) {
      const offset = <usize>i * sizeof<T>();
      const left = aSteps ? v128.load(a + offset) : aValue;
      const right = bSteps ? v128.load(b + offset) : bValue;
      storeUpTo<T>(y + offset, apply<Operation, T>(left, right), count - i);
    }
    position += count;
  }
}

/** Whether an operation is an instruction or a few, not a function of its own. */
// @ts-ignore: decorator
@inline
function isInstruction<Operation>(): bool {
  return idof<Operation>() != idof<Power>() && idof<Operation>() != idof<Atan2>() && idof<Operation>() != idof<Elu>();
}

// @ts-ignore: decorator
@inline
function apply<Operation, T extends number>(a: v128, b: v128): v128 {
  if (idof<Operation>() == idof<Add>()) return v128.add<T>(a, b);
  if (idof<Operation>() == idof<Subtract>()) return v128.sub<T>(a, b);
  if (idof<Operation>() == idof<Multiply>()) return v128.mul<T>(a, b);
  if (idof<Operation>() == idof<Minimum>()) return v128.min<T>(a, b);
  if (idof<Operation>() == idof<Maximum>()) return v128.max<T>(a, b);
  if (idof<Operation>() == idof<Divide>()) return isFloat<T>() ? v128.div<T>(a, b) : divideIntegers<T>(a, b);
  if (idof<Operation>() == idof<Power>()) return power<T>(a, b);
  if (idof<Operation>() == idof<Atan2>()) return atan2<T>(a, b);
  if (idof<Operation>() == idof<LeakyRelu>()) return leakyRelu<T>(a, b);
  if (idof<Operation>() == idof<Elu>()) return elu<T>(a, b);
  ERROR("no such operation");
}

// @ts-ignore: decorator
@inline
function divideIntegers<T extends number>(a: v128, b: v128): v128 {
  let quotient = i32x4.splat(<i32>divideInteger<T>(v128.extract_lane<T>(a, 0), v128.extract_lane<T>(b, 0)));
  quotient = i32x4.replace_lane(quotient, 1, <i32>divideInteger<T>(v128.extract_lane<T>(a, 1), v128.extract_lane<T>(b, 1)));
  quotient = i32x4.replace_lane(quotient, 2, <i32>divideInteger<T>(v128.extract_lane<T>(a, 2), v128.extract_lane<T>(b, 2)));
  return i32x4.replace_lane(quotient, 3, <i32>divideInteger<T>(v128.extract_lane<T>(a, 3), v128.extract_lane<T>(b, 3)));
}

/** Towards zero; 0 for a divisor of 0; −2³¹ / −1 wraps round instead of trapping. */
// @ts-ignore: decorator
@inline
function divideInteger<T extends number>(a: T, b: T): T {
  if (b == 0) return 0 as T;
  if (isSigned<T>() && b == -1) return (0 - a) as T;
  return (a / b) as T;
}
