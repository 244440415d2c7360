import { constant } from "./constant";
import { multiplyAdd } from "./multiply-add";

// Angles in turns: 1 is 2π. They reduce exactly, to |t| ≤ 1/8 around a multiple of a quarter turn.

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  6.2831855, -1.7484555e-7, -41.341671, 81.593765, -75.445602, // sin 2πt / t in t²; 2π in two parts; own minimax fit, relative error 2⁻²⁸
  1, -19.739208, 64.939323, -85.443237, 59.229244, // cos 2πt in t²; own minimax fit, relative error 2⁻³⁴
]);

/** sin 2πt of four float32 with |t| ≤ 1/8: within 1.5 ulp. */
// @ts-ignore: decorator
@inline
export function sinTurn_f32x4(t: v128): v128 {
  const z = f32x4.mul(t, t);
  let rest = multiplyAdd<f32>(z, constant<f32>(F32, 4), constant<f32>(F32, 3));
  rest = multiplyAdd<f32>(z, rest, constant<f32>(F32, 2));
  rest = multiplyAdd<f32>(z, rest, constant<f32>(F32, 1));
  return multiplyAdd<f32>(t, constant<f32>(F32, 0), f32x4.mul(t, rest));
}

/** cos 2πt of four float32 with |t| ≤ 1/8: within 1 ulp. */
// @ts-ignore: decorator
@inline
export function cosTurn_f32x4(t: v128): v128 {
  const z = f32x4.mul(t, t);
  let rest = multiplyAdd<f32>(z, constant<f32>(F32, 9), constant<f32>(F32, 8));
  rest = multiplyAdd<f32>(z, rest, constant<f32>(F32, 7));
  rest = multiplyAdd<f32>(z, rest, constant<f32>(F32, 6));
  return multiplyAdd<f32>(z, rest, constant<f32>(F32, 5));
}
