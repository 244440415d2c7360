// The functions that generated programs call, a vector at a time.
import { exp, expm1 } from "../../../assembly/exp";
import { log, log1p } from "../../../assembly/log";
import { sigmoid, tanh } from "../../../assembly/logistic";
import { floatSign } from "../map/unary.as";
import { power } from "../../../assembly/power";
import { cos, sin } from "../../../assembly/trigonometric";

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
export function fused_power_f32(x: v128, y: v128): v128 { return power<f32>(x, y); }
export function fused_power_f64(x: v128, y: v128): v128 { return power<f64>(x, y); }
export function fused_sign_f32(x: v128): v128 { return floatSign<f32>(x); }
export function fused_sign_f64(x: v128): v128 { return floatSign<f64>(x); }
