// Error functions and activations of float32, after functions.wgsl. The methods are those of the cpu, see packages/tensor/assembly, but all in float32.

// erf x / x − 1 for |x| ≤ 1, of x².
fn erf_series(z: f32) -> f32 {
  return 0.1283791661f + z * (-0.3761262894f + z * (0.1128361821f + z * (-0.02685512602f
    + z * (0.005190733355f + z * (-0.0008030750323f + z * 7.920303324e-5f)))));
}

fn erf_f32(x: u32) -> u32 {
  let a = min(float(magnitude(x)), 4.0f);
  let small = float(x) + float(x) * erf_series(a * a);
  let Q = 0.0003392377694f + a * (1.127098203f + a * (0.6381303072f + a * (0.1031189933f
    + a * (-0.02184374817f + a * (0.002949038288f + a * -0.000186516103f)))));
  let large = bits(1.0f - exp_finite(-Q, 0.0f)) | (x & SIGN);
  return select(select(large, bits(small), magnitude(x) < 0x3f800000u), NAN, is_nan(x));
}

// r = 1 / (x + c), and what it lost by rounding; as in the cpu's `gaussianTail`.
struct Tail {
  r: f32,
  // 1 − r (x + c)
  residual: f32,
}

fn tail_of(x: f32, c: f32) -> Tail {
  let sum = x + c;
  let r = 1.0f / sum;
  let upper_r = upper_half(r);
  let upper_sum = upper_half(sum);
  let rest = (r - upper_r) * sum + upper_r * (sum - upper_sum) + r * (x - (sum - c));
  return Tail(r, (1.0f - upper_r * upper_sum) - rest);
}

// factor · exp(scale x² + t), with what x² loses by rounding.
fn gaussian(x: f32, scale: f32, t: f32, factor: f32) -> f32 {
  let upper = upper_half(x);
  return exp_times(scale * upper * upper, fma(scale * (x - upper), x + upper, t), factor);
}

fn erfc_f32(x: u32) -> u32 {
  let a = min(float(magnitude(x)), 10.5f);
  let small = (1.0f - float(x)) - float(x) * erf_series(a * a);
  let at = tail_of(a, 2.0f);
  let w = at.r - 0.203125f;
  let H = 0.9023001194f + w * (2.346901178f + w * (4.078596592f + w * (3.195702553f + w * (-3.583184719f
    + w * (-9.292201996f + w * (4.285418987f + w * (24.21979332f + w * 22.97911453f)))))));
  let tail = gaussian(a, -1.0f, at.residual * (1.0f + 2.7f * at.r), at.r * H);
  let large = select(tail, 2.0f - tail, (x & SIGN) != 0u);
  return select(bits(select(large, small, magnitude(x) < 0x3f800000u)), NAN, is_nan(x));
}

fn relu_f32(x: u32) -> u32 { return maximum_f32(x, 0u); }

fn leakyRelu_f32(x: u32, slope: u32) -> u32 {
  return select(multiply_f32(x, slope), x, key(x) > 0 && !is_nan(x));
}

fn elu_f32(x: u32, alpha: u32) -> u32 {
  return select(multiply_f32(expm1_f32(x), alpha), x, key(x) > 0 && !is_nan(x));
}

// max(x, 0) + ln(1 + e) with e = exp(−|x|), the logarithm as 2 artanh(e / (2 + e)).
fn softplus_f32(x: u32) -> u32 {
  let e = float(exp_f32(x | SIGN));
  let s = quotient(e, 2.0f + e);
  let z = s * s;
  let logarithm = 2.0f * (s + s * z * (0.3333320618f + z * (0.2001086622f + z * (0.1399936676f + z * 0.1401298791f))));
  // For small e that is e, which halving might have made 0.
  let rest = select(logarithm, e, e < 5e-8f);
  let value = select(bits(max(float(x), 0.0f) + rest), x, x == INFINITY);
  return select(value, NAN, is_nan(x));
}

// `negative` for negative x, x − negative for positive x, which is the same function's value there if it is x g(x) with g(x) + g(−x) = 1.
fn reflected(x: u32, negative: f32) -> u32 {
  let value = select(bits(float(x) - negative), bits(negative), (x & SIGN) != 0u);
  return select(select(value, x & ~SIGN, x == INFINITY), NAN, is_nan(x));
}

// x / (1 + e⁻ˣ), the exponential multiplied by x before it may become subnormal.
fn silu_f32(x: u32) -> u32 {
  let a = min(float(magnitude(x)), 110.0f);
  let numerator = exp_times(-a, 0.0f, select(a, -a, (x & SIGN) != 0u));
  return reflected(x, numerator / (1.0f + exp_finite(max(-a, -104.0f), 0.0f)));
}

fn gelu_f32(x: u32) -> u32 {
  let a = min(float(magnitude(x)), 15.0f);
  let signed = select(a, -a, (x & SIGN) != 0u);
  let z = a * a;
  let g = z * (-0.06649085134f + z * (0.009976897389f + z * (-0.001195752295f + z * (0.0001238120167f + z * -1.165759841e-5f)))) - 1.133517e-8f;
  let small = bits(signed * ((0.5f + signed * 0.3989422917f) + signed * g));
  let at = tail_of(a, 2.75f);
  let w = at.r - 0.15625f;
  let H = 0.6558334231f + w * (2.333271742f + w * (5.248301029f + w * (4.167263031f + w * (-12.33707619f
    + w * (-25.7677269f + w * (53.23801804f + w * (120.7643967f + w * -325.539093f)))))));
  let large = reflected(x, gaussian(a, -0.5f, at.residual * (1.0f + 3.6f * at.r), signed * (at.r * H)));
  return select(large, small, magnitude(x) < 0x3f800000u);
}

// x / (1 + e⁻ʷ) with w = √(8/π) (x + 0.044715 x³) in two parts, an error of w being a relative error of the result: the upper 8 bits of x have an exact cube,
// and the constants are cut so that products with it, or with its upper half, are exact.
fn geluTanh_f32(x: u32) -> u32 {
  let a = min(float(magnitude(x)), 12.0f);
  let upper = float(bits(a) & 0xffff0000u);
  let rest = a - upper;
  let cube = upper * upper * upper;
  let cube_rest = rest * (3.0f * upper * upper + rest * (3.0f * upper + rest));
  let cube_upper = upper_half(cube);
  let cubic = 0.0713500976562f * cube_upper;
  let linear = 1.59576416016f * upper;
  let w = cubic + linear;
  let virtual_linear = w - cubic;
  var w_rest = (cubic - (w - virtual_linear)) + (linear - virtual_linear);
  w_rest += 0.0713500976562f * ((cube - cube_upper) + cube_rest) + 4.71861635e-6f * (cube + cube_rest);
  w_rest += 1.59576416016f * rest + 4.961449481e-6f * a;
  let high = w + w_rest;
  let low = (w - high) + w_rest;
  let numerator = exp_times(max(-high, -118.0f), -low, select(a, -a, (x & SIGN) != 0u));
  return reflected(x, numerator / (1.0f + exp_finite(max(-high, -104.0f), -low)));
}
