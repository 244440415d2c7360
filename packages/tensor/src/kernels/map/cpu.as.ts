import { Add, Atan2, Divide, Elu, LeakyRelu, Maximum, Minimum, Multiply, Power, Subtract, binary } from "./binary.as";
import { clamp } from "./clamp.as";
import { Equal, Less, LessEqual, LogicalAnd, LogicalOr, NotEqual, comparison } from "./comparison.as";
import {
  Abs, Acos, Acosh, Asin, Asinh, Atan, Atanh, Ceil, Cos, Cosh, Erf, Erfc, Exp, Exp2, Expm1, Floor, Gelu, GeluTanh, Log, Log10, Log1p, Log2,
  Neg, Reciprocal, Relu, Round, Rsqrt, Sigmoid, Sign, Silu, Sin, Sinh, Softplus, Sqrt, Square, Tan, Tanh,
  isNaNRun, logicalNotRun, unary,
} from "./unary.as";
import { where } from "./where.as";

// One function per operation and element type; `cpu.ts` finds them by name. Wrapping integer arithmetic is the same for int32 and uint32.

export function map_neg_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Neg, f32>(x, y, begin, end); }
export function map_neg_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Neg, f64>(x, y, begin, end); }
export function map_neg_i32(x: usize, y: usize, begin: i32, end: i32): void { unary<Neg, i32>(x, y, begin, end); }
export function map_abs_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Abs, f32>(x, y, begin, end); }
export function map_abs_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Abs, f64>(x, y, begin, end); }
export function map_abs_i32(x: usize, y: usize, begin: i32, end: i32): void { unary<Abs, i32>(x, y, begin, end); }
export function map_sign_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Sign, f32>(x, y, begin, end); }
export function map_sign_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Sign, f64>(x, y, begin, end); }
export function map_sign_i32(x: usize, y: usize, begin: i32, end: i32): void { unary<Sign, i32>(x, y, begin, end); }
export function map_square_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Square, f32>(x, y, begin, end); }
export function map_square_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Square, f64>(x, y, begin, end); }
export function map_square_i32(x: usize, y: usize, begin: i32, end: i32): void { unary<Square, i32>(x, y, begin, end); }
export function map_floor_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Floor, f32>(x, y, begin, end); }
export function map_floor_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Floor, f64>(x, y, begin, end); }
export function map_ceil_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Ceil, f32>(x, y, begin, end); }
export function map_ceil_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Ceil, f64>(x, y, begin, end); }
export function map_round_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Round, f32>(x, y, begin, end); }
export function map_round_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Round, f64>(x, y, begin, end); }
export function map_sqrt_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Sqrt, f32>(x, y, begin, end); }
export function map_sqrt_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Sqrt, f64>(x, y, begin, end); }
export function map_rsqrt_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Rsqrt, f32>(x, y, begin, end); }
export function map_rsqrt_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Rsqrt, f64>(x, y, begin, end); }
export function map_reciprocal_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Reciprocal, f32>(x, y, begin, end); }
export function map_reciprocal_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Reciprocal, f64>(x, y, begin, end); }
export function map_exp_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Exp, f32>(x, y, begin, end); }
export function map_exp_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Exp, f64>(x, y, begin, end); }
export function map_expm1_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Expm1, f32>(x, y, begin, end); }
export function map_expm1_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Expm1, f64>(x, y, begin, end); }
export function map_log_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Log, f32>(x, y, begin, end); }
export function map_log_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Log, f64>(x, y, begin, end); }
export function map_log1p_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Log1p, f32>(x, y, begin, end); }
export function map_log1p_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Log1p, f64>(x, y, begin, end); }
export function map_sin_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Sin, f32>(x, y, begin, end); }
export function map_sin_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Sin, f64>(x, y, begin, end); }
export function map_cos_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Cos, f32>(x, y, begin, end); }
export function map_cos_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Cos, f64>(x, y, begin, end); }
export function map_tanh_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Tanh, f32>(x, y, begin, end); }
export function map_tanh_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Tanh, f64>(x, y, begin, end); }
export function map_sigmoid_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Sigmoid, f32>(x, y, begin, end); }
export function map_sigmoid_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Sigmoid, f64>(x, y, begin, end); }
export function map_tan_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Tan, f32>(x, y, begin, end); }
export function map_tan_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Tan, f64>(x, y, begin, end); }
export function map_sinh_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Sinh, f32>(x, y, begin, end); }
export function map_sinh_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Sinh, f64>(x, y, begin, end); }
export function map_cosh_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Cosh, f32>(x, y, begin, end); }
export function map_cosh_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Cosh, f64>(x, y, begin, end); }
export function map_asin_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Asin, f32>(x, y, begin, end); }
export function map_asin_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Asin, f64>(x, y, begin, end); }
export function map_acos_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Acos, f32>(x, y, begin, end); }
export function map_acos_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Acos, f64>(x, y, begin, end); }
export function map_atan_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Atan, f32>(x, y, begin, end); }
export function map_atan_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Atan, f64>(x, y, begin, end); }
export function map_asinh_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Asinh, f32>(x, y, begin, end); }
export function map_asinh_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Asinh, f64>(x, y, begin, end); }
export function map_acosh_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Acosh, f32>(x, y, begin, end); }
export function map_acosh_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Acosh, f64>(x, y, begin, end); }
export function map_atanh_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Atanh, f32>(x, y, begin, end); }
export function map_atanh_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Atanh, f64>(x, y, begin, end); }
export function map_erf_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Erf, f32>(x, y, begin, end); }
export function map_erf_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Erf, f64>(x, y, begin, end); }
export function map_erfc_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Erfc, f32>(x, y, begin, end); }
export function map_erfc_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Erfc, f64>(x, y, begin, end); }
export function map_exp2_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Exp2, f32>(x, y, begin, end); }
export function map_exp2_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Exp2, f64>(x, y, begin, end); }
export function map_log2_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Log2, f32>(x, y, begin, end); }
export function map_log2_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Log2, f64>(x, y, begin, end); }
export function map_log10_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Log10, f32>(x, y, begin, end); }
export function map_log10_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Log10, f64>(x, y, begin, end); }
export function map_softplus_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Softplus, f32>(x, y, begin, end); }
export function map_softplus_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Softplus, f64>(x, y, begin, end); }
export function map_relu_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Relu, f32>(x, y, begin, end); }
export function map_relu_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Relu, f64>(x, y, begin, end); }
export function map_gelu_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Gelu, f32>(x, y, begin, end); }
export function map_gelu_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Gelu, f64>(x, y, begin, end); }
export function map_geluTanh_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<GeluTanh, f32>(x, y, begin, end); }
export function map_geluTanh_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<GeluTanh, f64>(x, y, begin, end); }
export function map_silu_f32(x: usize, y: usize, begin: i32, end: i32): void { unary<Silu, f32>(x, y, begin, end); }
export function map_silu_f64(x: usize, y: usize, begin: i32, end: i32): void { unary<Silu, f64>(x, y, begin, end); }
export function map_isNaN_f32(x: usize, y: usize, begin: i32, end: i32): void { isNaNRun<f32>(x, y, begin, end); }
export function map_isNaN_f64(x: usize, y: usize, begin: i32, end: i32): void { isNaNRun<f64>(x, y, begin, end); }
export function map_logicalNot_u8(x: usize, y: usize, begin: i32, end: i32): void { logicalNotRun(x, y, begin, end); }

export function map_add_f32(block: usize, begin: i32, end: i32): void { binary<Add, f32>(block, begin, end); }
export function map_add_f64(block: usize, begin: i32, end: i32): void { binary<Add, f64>(block, begin, end); }
export function map_add_i32(block: usize, begin: i32, end: i32): void { binary<Add, i32>(block, begin, end); }
export function map_subtract_f32(block: usize, begin: i32, end: i32): void { binary<Subtract, f32>(block, begin, end); }
export function map_subtract_f64(block: usize, begin: i32, end: i32): void { binary<Subtract, f64>(block, begin, end); }
export function map_subtract_i32(block: usize, begin: i32, end: i32): void { binary<Subtract, i32>(block, begin, end); }
export function map_multiply_f32(block: usize, begin: i32, end: i32): void { binary<Multiply, f32>(block, begin, end); }
export function map_multiply_f64(block: usize, begin: i32, end: i32): void { binary<Multiply, f64>(block, begin, end); }
export function map_multiply_i32(block: usize, begin: i32, end: i32): void { binary<Multiply, i32>(block, begin, end); }
export function map_divide_f32(block: usize, begin: i32, end: i32): void { binary<Divide, f32>(block, begin, end); }
export function map_divide_f64(block: usize, begin: i32, end: i32): void { binary<Divide, f64>(block, begin, end); }
export function map_divide_i32(block: usize, begin: i32, end: i32): void { binary<Divide, i32>(block, begin, end); }
export function map_divide_u32(block: usize, begin: i32, end: i32): void { binary<Divide, u32>(block, begin, end); }
export function map_minimum_f32(block: usize, begin: i32, end: i32): void { binary<Minimum, f32>(block, begin, end); }
export function map_minimum_f64(block: usize, begin: i32, end: i32): void { binary<Minimum, f64>(block, begin, end); }
export function map_minimum_i32(block: usize, begin: i32, end: i32): void { binary<Minimum, i32>(block, begin, end); }
export function map_minimum_u32(block: usize, begin: i32, end: i32): void { binary<Minimum, u32>(block, begin, end); }
export function map_maximum_f32(block: usize, begin: i32, end: i32): void { binary<Maximum, f32>(block, begin, end); }
export function map_maximum_f64(block: usize, begin: i32, end: i32): void { binary<Maximum, f64>(block, begin, end); }
export function map_maximum_i32(block: usize, begin: i32, end: i32): void { binary<Maximum, i32>(block, begin, end); }
export function map_maximum_u32(block: usize, begin: i32, end: i32): void { binary<Maximum, u32>(block, begin, end); }
export function map_power_f32(block: usize, begin: i32, end: i32): void { binary<Power, f32>(block, begin, end); }
export function map_power_f64(block: usize, begin: i32, end: i32): void { binary<Power, f64>(block, begin, end); }
export function map_atan2_f32(block: usize, begin: i32, end: i32): void { binary<Atan2, f32>(block, begin, end); }
export function map_atan2_f64(block: usize, begin: i32, end: i32): void { binary<Atan2, f64>(block, begin, end); }
export function map_leakyRelu_f32(block: usize, begin: i32, end: i32): void { binary<LeakyRelu, f32>(block, begin, end); }
export function map_leakyRelu_f64(block: usize, begin: i32, end: i32): void { binary<LeakyRelu, f64>(block, begin, end); }
export function map_elu_f32(block: usize, begin: i32, end: i32): void { binary<Elu, f32>(block, begin, end); }
export function map_elu_f64(block: usize, begin: i32, end: i32): void { binary<Elu, f64>(block, begin, end); }

export function map_equal_f32(block: usize, begin: i32, end: i32): void { comparison<Equal, f32>(block, begin, end); }
export function map_equal_f64(block: usize, begin: i32, end: i32): void { comparison<Equal, f64>(block, begin, end); }
export function map_equal_i32(block: usize, begin: i32, end: i32): void { comparison<Equal, i32>(block, begin, end); }
export function map_equal_u8(block: usize, begin: i32, end: i32): void { comparison<Equal, u8>(block, begin, end); }
export function map_notEqual_f32(block: usize, begin: i32, end: i32): void { comparison<NotEqual, f32>(block, begin, end); }
export function map_notEqual_f64(block: usize, begin: i32, end: i32): void { comparison<NotEqual, f64>(block, begin, end); }
export function map_notEqual_i32(block: usize, begin: i32, end: i32): void { comparison<NotEqual, i32>(block, begin, end); }
export function map_notEqual_u8(block: usize, begin: i32, end: i32): void { comparison<NotEqual, u8>(block, begin, end); }
export function map_less_f32(block: usize, begin: i32, end: i32): void { comparison<Less, f32>(block, begin, end); }
export function map_less_f64(block: usize, begin: i32, end: i32): void { comparison<Less, f64>(block, begin, end); }
export function map_less_i32(block: usize, begin: i32, end: i32): void { comparison<Less, i32>(block, begin, end); }
export function map_less_u32(block: usize, begin: i32, end: i32): void { comparison<Less, u32>(block, begin, end); }
export function map_lessEqual_f32(block: usize, begin: i32, end: i32): void { comparison<LessEqual, f32>(block, begin, end); }
export function map_lessEqual_f64(block: usize, begin: i32, end: i32): void { comparison<LessEqual, f64>(block, begin, end); }
export function map_lessEqual_i32(block: usize, begin: i32, end: i32): void { comparison<LessEqual, i32>(block, begin, end); }
export function map_lessEqual_u32(block: usize, begin: i32, end: i32): void { comparison<LessEqual, u32>(block, begin, end); }
export function map_logicalAnd_u8(block: usize, begin: i32, end: i32): void { comparison<LogicalAnd, u8>(block, begin, end); }
export function map_logicalOr_u8(block: usize, begin: i32, end: i32): void { comparison<LogicalOr, u8>(block, begin, end); }
export function map_logicalXor_u8(block: usize, begin: i32, end: i32): void { comparison<NotEqual, u8>(block, begin, end); }

export function map_where_f32(block: usize, begin: i32, end: i32): void { where<f32>(block, begin, end); }
export function map_where_f64(block: usize, begin: i32, end: i32): void { where<f64>(block, begin, end); }
export function map_where_u8(block: usize, begin: i32, end: i32): void { where<u8>(block, begin, end); }
export function map_clamp_f32(block: usize, begin: i32, end: i32): void { clamp<f32>(block, begin, end); }
export function map_clamp_f64(block: usize, begin: i32, end: i32): void { clamp<f64>(block, begin, end); }
export function map_clamp_i32(block: usize, begin: i32, end: i32): void { clamp<i32>(block, begin, end); }
export function map_clamp_u32(block: usize, begin: i32, end: i32): void { clamp<u32>(block, begin, end); }
