// What is computed, as types, so that the compiler chooses between them: `idof` of a type is a constant.

/** log I_v(x) */
export class LogI {}
/** log K_v(x) */
export class LogK {}
/** I_(v+1)(x) / I_v(x) */
export class RatioI {}
/** K_(v+1)(x) / K_v(x) */
export class RatioK {}

// @ts-ignore: decorator
@inline
export function isOfI<F>(): bool {
  return idof<F>() == idof<LogI>() || idof<F>() == idof<RatioI>();
}

// @ts-ignore: decorator
@inline
export function isRatio<F>(): bool {
  return idof<F>() == idof<RatioI>() || idof<F>() == idof<RatioK>();
}

/** Doubles in the table that `cpu.ts` uploads: coefficients of the uniform expansion, those of its slope, 1/k, and cosh t − 1 at the nodes of the trapezoid rule. */
// @ts-ignore: decorator
@inline
export const SLOPES: usize = 104;
// @ts-ignore: decorator
@inline
export const RECIPROCALS: usize = 208;
// @ts-ignore: decorator
@inline
export const NODES: usize = 229;
