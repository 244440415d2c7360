import { mixtureShader } from "#kernels/mixture";

/** A shader for points of this dimension, with what all shaders of mixtures share; loops over coordinates have a bound the compiler knows. */
export function mixtureCode(dimension: number, rotated: boolean, shader: string): string {
  return `const DIMENSION = ${dimension}u;\nconst ROTATED = ${rotated};\n${mixtureShader}\n${shader}`;
}
