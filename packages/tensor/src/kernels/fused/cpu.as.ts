// The functions that generated programs call, a vector at a time.
import { elu, gelu, geluTanh, silu, softplus } from "../../../assembly/activations";
import { erf, erfc } from "../../../assembly/error-function";
import { exp, exp2, expm1 } from "../../../assembly/exp";
import { acosh, asinh, atanh, cosh, sinh } from "../../../assembly/hyperbolic";
import { acos, asin, atan, atan2 } from "../../../assembly/inverse-trigonometric";
import { log, log10, log1p, log2 } from "../../../assembly/log";
import { sigmoid, tanh } from "../../../assembly/logistic";
import { floatSign } from "../map/unary.as";
import { power } from "../../../assembly/power";
import { cos, sin, tan } from "../../../assembly/trigonometric";

export function fused_exp_f32(x: v128): v128 { return exp<f32>(x); }
export function fused_exp_f64(x: v128): v128 { return exp<f64>(x); }
export function fused_expm1_f32(x: v128): v128 { return expm1<f32>(x); }
export function fused_expm1_f64(x: v128): v128 { return expm1<f64>(x); }
export function fused_log_f32(x: v128): v128 { return log<f32>(x); }
export function fused_log_f64(x: v128): v128 { return log<f64>(x); }
export function fused_log1p_f32(x: v128): v128 { return log1p<f32>(x); }
export function fused_log1p_f64(x: v128): v128 { return log1p<f64>(x); }
export function fused_sin_f32(x: v128): v128 { return sin<f32>(x); }
export function fused_sin_f64(x: v128): v128 { return sin<f64>(x); }
export function fused_cos_f32(x: v128): v128 { return cos<f32>(x); }
export function fused_cos_f64(x: v128): v128 { return cos<f64>(x); }
export function fused_tanh_f32(x: v128): v128 { return tanh<f32>(x); }
export function fused_tanh_f64(x: v128): v128 { return tanh<f64>(x); }
export function fused_sigmoid_f32(x: v128): v128 { return sigmoid<f32>(x); }
export function fused_sigmoid_f64(x: v128): v128 { return sigmoid<f64>(x); }
export function fused_tan_f32(x: v128): v128 { return tan<f32>(x); }
export function fused_tan_f64(x: v128): v128 { return tan<f64>(x); }
export function fused_sinh_f32(x: v128): v128 { return sinh<f32>(x); }
export function fused_sinh_f64(x: v128): v128 { return sinh<f64>(x); }
export function fused_cosh_f32(x: v128): v128 { return cosh<f32>(x); }
export function fused_cosh_f64(x: v128): v128 { return cosh<f64>(x); }
export function fused_asin_f32(x: v128): v128 { return asin<f32>(x); }
export function fused_asin_f64(x: v128): v128 { return asin<f64>(x); }
export function fused_acos_f32(x: v128): v128 { return acos<f32>(x); }
export function fused_acos_f64(x: v128): v128 { return acos<f64>(x); }
export function fused_atan_f32(x: v128): v128 { return atan<f32>(x); }
export function fused_atan_f64(x: v128): v128 { return atan<f64>(x); }
export function fused_asinh_f32(x: v128): v128 { return asinh<f32>(x); }
export function fused_asinh_f64(x: v128): v128 { return asinh<f64>(x); }
export function fused_acosh_f32(x: v128): v128 { return acosh<f32>(x); }
export function fused_acosh_f64(x: v128): v128 { return acosh<f64>(x); }
export function fused_atanh_f32(x: v128): v128 { return atanh<f32>(x); }
export function fused_atanh_f64(x: v128): v128 { return atanh<f64>(x); }
export function fused_erf_f32(x: v128): v128 { return erf<f32>(x); }
export function fused_erf_f64(x: v128): v128 { return erf<f64>(x); }
export function fused_erfc_f32(x: v128): v128 { return erfc<f32>(x); }
export function fused_erfc_f64(x: v128): v128 { return erfc<f64>(x); }
export function fused_exp2_f32(x: v128): v128 { return exp2<f32>(x); }
export function fused_exp2_f64(x: v128): v128 { return exp2<f64>(x); }
export function fused_log2_f32(x: v128): v128 { return log2<f32>(x); }
export function fused_log2_f64(x: v128): v128 { return log2<f64>(x); }
export function fused_log10_f32(x: v128): v128 { return log10<f32>(x); }
export function fused_log10_f64(x: v128): v128 { return log10<f64>(x); }
export function fused_softplus_f32(x: v128): v128 { return softplus<f32>(x); }
export function fused_softplus_f64(x: v128): v128 { return softplus<f64>(x); }
export function fused_gelu_f32(x: v128): v128 { return gelu<f32>(x); }
export function fused_gelu_f64(x: v128): v128 { return gelu<f64>(x); }
export function fused_geluTanh_f32(x: v128): v128 { return geluTanh<f32>(x); }
export function fused_geluTanh_f64(x: v128): v128 { return geluTanh<f64>(x); }
export function fused_silu_f32(x: v128): v128 { return silu<f32>(x); }
export function fused_silu_f64(x: v128): v128 { return silu<f64>(x); }
export function fused_power_f32(x: v128, y: v128): v128 { return power<f32>(x, y); }
export function fused_power_f64(x: v128, y: v128): v128 { return power<f64>(x, y); }
export function fused_atan2_f32(x: v128, y: v128): v128 { return atan2<f32>(x, y); }
export function fused_atan2_f64(x: v128, y: v128): v128 { return atan2<f64>(x, y); }
export function fused_elu_f32(x: v128, y: v128): v128 { return elu<f32>(x, y); }
export function fused_elu_f64(x: v128, y: v128): v128 { return elu<f64>(x, y); }
export function fused_sign_f32(x: v128): v128 { return floatSign<f32>(x); }
export function fused_sign_f64(x: v128): v128 { return floatSign<f64>(x); }
