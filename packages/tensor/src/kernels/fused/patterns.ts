import { type Shape, sizeOf } from "../../shape.ts";
import type { Program } from "./program.ts";
import type { Pattern } from "./wasm.ts";

export interface FusedOptions {
  readonly program: Program;
}

/** Rows are multiples of this many elements, so that no vector runs over the end of one. */
const LANES = 4;

/** How an input of one shape runs along a result of another; undefined where it must be repeated first. */
export function patternOf(shape: Shape, result: Shape): Pattern | undefined {
  const size = sizeOf(shape);
  const total = sizeOf(result);
  if (size === total) return "same";
  if (size === 1) return "scalar";
  const extents = shape.slice(shape.findIndex((extent) => extent !== 1));
  const isSuffix = extents.every((extent, axis) => extent === result[result.length - extents.length + axis]);
  return isSuffix && size % LANES === 0 ? "row" : undefined;
}
