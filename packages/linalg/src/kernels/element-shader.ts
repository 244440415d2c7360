import { type DType, isComplex } from "@ansatz/tensor";

/** What the shaders of matrices call `Element`, with the operations that real and complex numbers do not share. */
const REAL = `
alias Element = f32;

fn from_real(x: f32) -> f32 { return x; }
fn filled(x: f32) -> f32 { return x; }
fn real_part(x: f32) -> f32 { return x; }
fn imaginary_part(x: f32) -> f32 { return 0.0; }
fn conjugate(x: f32) -> f32 { return x; }
fn times(x: f32, y: f32) -> f32 { return x * y; }
fn over(x: f32, y: f32) -> f32 { return x / y; }
fn sum_of_parts(x: f32) -> f32 { return abs(x); }
fn largest_part(x: f32) -> f32 { return abs(x); }
fn modulus(x: f32) -> f32 { return abs(x); }
fn square_modulus(x: f32) -> f32 { return x * x; }
`;

const COMPLEX = `
alias Element = vec2f;

fn from_real(x: f32) -> vec2f { return vec2f(x, 0.0); }
fn filled(x: f32) -> vec2f { return vec2f(x, x); }
fn real_part(x: vec2f) -> f32 { return x.x; }
fn imaginary_part(x: vec2f) -> f32 { return x.y; }
fn conjugate(x: vec2f) -> vec2f { return vec2f(x.x, -x.y); }
fn times(x: vec2f, y: vec2f) -> vec2f { return vec2f(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x); }
fn sum_of_parts(x: vec2f) -> f32 { return abs(x.x) + abs(x.y); }
fn largest_part(x: vec2f) -> f32 { return max(abs(x.x), abs(x.y)); }
fn square_modulus(x: vec2f) -> f32 { return dot(x, x); }

// Smith's algorithm: nothing overflows in between. A quotient by 0 is infinite.
fn over(x: vec2f, y: vec2f) -> vec2f {
  if (y.x == 0.0 && y.y == 0.0) {
    return x / y.x;
  }
  if (abs(y.x) >= abs(y.y)) {
    let ratio = y.y / y.x;
    return vec2f(x.x + x.y * ratio, x.y - x.x * ratio) / (y.x + y.y * ratio);
  }
  let ratio = y.x / y.y;
  return vec2f(x.x * ratio + x.y, x.y * ratio - x.x) / (y.x * ratio + y.y);
}

fn modulus(x: vec2f) -> f32 {
  let most = largest_part(x);
  if (most == 0.0) {
    return 0.0;
  }
  return most * length(x / most);
}
`;

/** A shader written for elements of either kind. */
export function shaderOf(dtype: DType, shader: string): string {
  return (isComplex(dtype) ? COMPLEX : REAL) + shader;
}
