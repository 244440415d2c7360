import { gelu, geluTanh, silu, softplus } from "../../../assembly/activations";
import { erf, erfc } from "../../../assembly/error-function";
import { exp, exp2, expm1 } from "../../../assembly/exp";
import { acosh, asinh, atanh, cosh, sinh } from "../../../assembly/hyperbolic";
import { acos, asin, atan } from "../../../assembly/inverse-trigonometric";
import { lanesOf, storeTruth, storeUpTo } from "../../../assembly/lanes";
import { log, log10, log1p, log2 } from "../../../assembly/log";
import { sigmoid, tanh } from "../../../assembly/logistic";
import { cos, sin, tan } from "../../../assembly/trigonometric";

// Operations as types, so that the compiler chooses between them: `idof` of a type is a constant.
export class Neg {}
export class Abs {}
export class Sign {}
export class Floor {}
export class Ceil {}
export class Round {}
export class Square {}
export class Sqrt {}
export class Rsqrt {}
export class Reciprocal {}
export class Exp {}
export class Expm1 {}
export class Log {}
export class Log1p {}
export class Sin {}
export class Cos {}
export class Tanh {}
export class Sigmoid {}
export class Tan {}
export class Sinh {}
export class Cosh {}
export class Asin {}
export class Acos {}
export class Atan {}
export class Asinh {}
export class Acosh {}
export class Atanh {}
export class Erf {}
export class Erfc {}
export class Exp2 {}
export class Log2 {}
export class Log10 {}
export class Softplus {}
export class Relu {}
export class Gelu {}
export class GeluTanh {}
export class Silu {}

/** y[i] = operation(x[i]) for i in [begin, end). May read past the end of x, which the heap allows. */
// @ts-ignore: decorator
@inline
export function unary<Operation, T extends number>(x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  // A function is long: it is there once. Beside one instruction the branch of the last loop would show.
  if (isInstruction<Operation>()) {
    for (; i + lanesOf<T>() <= end; i += lanesOf<T>()) {
      const offset = <usize>i * sizeof<T>();
      v128.store(y + offset, apply<Operation, T>(v128.load(x + offset)));
    }
  }
  for (; i < end; i += lanesOf<T>()) {
    const offset = <usize>i * sizeof<T>();
    storeUpTo<T>(y + offset, apply<Operation, T>(v128.load(x + offset)), end - i);
  }
}

/** Whether an operation is an instruction or a few, not a function of its own. */
// @ts-ignore: decorator
@inline
function isInstruction<Operation>(): bool {
  return (
    idof<Operation>() == idof<Neg>() || idof<Operation>() == idof<Abs>() || idof<Operation>() == idof<Sign>() ||
    idof<Operation>() == idof<Square>() || idof<Operation>() == idof<Floor>() || idof<Operation>() == idof<Ceil>() ||
    idof<Operation>() == idof<Round>() || idof<Operation>() == idof<Sqrt>() || idof<Operation>() == idof<Rsqrt>() ||
    idof<Operation>() == idof<Reciprocal>() || idof<Operation>() == idof<Relu>()
  );
}

/** y[i] = 1 where x[i] is NaN, else 0, one byte each, for i in [begin, end). */
// @ts-ignore: decorator
@inline
export function isNaNRun<T extends number>(x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  for (; i + lanesOf<T>() <= end; i += lanesOf<T>()) {
    const values = v128.load(x + <usize>i * sizeof<T>());
    storeTruth<T>(y + i, v128.ne<T>(values, values));
  }
  for (; i < end; i++) store<u8>(y + i, <u8>isNaN<T>(load<T>(x + <usize>i * sizeof<T>())));
}

/** y[i] = not x[i], bytes, for i in [begin, end). */
// @ts-ignore: decorator
@inline
export function logicalNotRun(x: usize, y: usize, begin: i32, end: i32): void {
  let i = begin;
  const zero = i8x16.splat(0);
  const one = i8x16.splat(1);
  for (; i + 16 <= end; i += 16) v128.store(y + i, v128.and(i8x16.eq(v128.load(x + i), zero), one));
  for (; i < end; i++) store<u8>(y + i, <u8>(load<u8>(x + i) == 0));
}

// @ts-ignore: decorator
@inline
function apply<Operation, T extends number>(x: v128): v128 {
  if (idof<Operation>() == idof<Neg>()) return v128.neg<T>(x);
  if (idof<Operation>() == idof<Abs>()) return v128.abs<T>(x);
  if (idof<Operation>() == idof<Sign>()) return isFloat<T>() ? floatSign<T>(x) : integerSign(x);
  if (idof<Operation>() == idof<Square>()) return v128.mul<T>(x, x);
  if (idof<Operation>() == idof<Floor>()) return v128.floor<T>(x);
  if (idof<Operation>() == idof<Ceil>()) return v128.ceil<T>(x);
  if (idof<Operation>() == idof<Round>()) return v128.nearest<T>(x);
  if (idof<Operation>() == idof<Sqrt>()) return v128.sqrt<T>(x);
  if (idof<Operation>() == idof<Rsqrt>()) return v128.div<T>(v128.splat<T>(1 as T), v128.sqrt<T>(x));
  if (idof<Operation>() == idof<Reciprocal>()) return v128.div<T>(v128.splat<T>(1 as T), x);
  if (idof<Operation>() == idof<Exp>()) return exp<T>(x);
  if (idof<Operation>() == idof<Expm1>()) return expm1<T>(x);
  if (idof<Operation>() == idof<Log>()) return log<T>(x);
  if (idof<Operation>() == idof<Log1p>()) return log1p<T>(x);
  if (idof<Operation>() == idof<Sin>()) return sin<T>(x);
  if (idof<Operation>() == idof<Cos>()) return cos<T>(x);
  if (idof<Operation>() == idof<Tanh>()) return tanh<T>(x);
  if (idof<Operation>() == idof<Sigmoid>()) return sigmoid<T>(x);
  if (idof<Operation>() == idof<Tan>()) return tan<T>(x);
  if (idof<Operation>() == idof<Sinh>()) return sinh<T>(x);
  if (idof<Operation>() == idof<Cosh>()) return cosh<T>(x);
  if (idof<Operation>() == idof<Asin>()) return asin<T>(x);
  if (idof<Operation>() == idof<Acos>()) return acos<T>(x);
  if (idof<Operation>() == idof<Atan>()) return atan<T>(x);
  if (idof<Operation>() == idof<Asinh>()) return asinh<T>(x);
  if (idof<Operation>() == idof<Acosh>()) return acosh<T>(x);
  if (idof<Operation>() == idof<Atanh>()) return atanh<T>(x);
  if (idof<Operation>() == idof<Erf>()) return erf<T>(x);
  if (idof<Operation>() == idof<Erfc>()) return erfc<T>(x);
  if (idof<Operation>() == idof<Exp2>()) return exp2<T>(x);
  if (idof<Operation>() == idof<Log2>()) return log2<T>(x);
  if (idof<Operation>() == idof<Log10>()) return log10<T>(x);
  if (idof<Operation>() == idof<Softplus>()) return softplus<T>(x);
  if (idof<Operation>() == idof<Relu>()) return v128.max<T>(x, v128.splat<T>(0 as T));
  if (idof<Operation>() == idof<Gelu>()) return gelu<T>(x);
  if (idof<Operation>() == idof<GeluTanh>()) return geluTanh<T>(x);
  if (idof<Operation>() == idof<Silu>()) return silu<T>(x);
  ERROR("no such operation");
}

/** ±1 with the sign of x; x itself where it is ±0 or NaN. */
// @ts-ignore: decorator
@inline
export function floatSign<T extends number>(x: v128): v128 {
  const zero = v128.splat<T>(0 as T);
  const signed = v128.or(v128.splat<T>(1 as T), v128.and(x, v128.splat<T>(-0.0 as T)));
  return v128.bitselect(signed, x, v128.or(v128.lt<T>(x, zero), v128.gt<T>(x, zero)));
}

// @ts-ignore: decorator
@inline
function integerSign(x: v128): v128 {
  const zero = i32x4.splat(0);
  return i32x4.sub(i32x4.lt_s(x, zero), i32x4.gt_s(x, zero));
}
