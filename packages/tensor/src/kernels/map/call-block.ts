import type { CpuArray, CpuCall } from "../../device/cpu/call.ts";
import type { DType } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import { broadcastAxes } from "./broadcast.ts";

/** An array, or a number of the call's dtype. */
export type BlockArgument =
  | { readonly shape: Shape; readonly pointer: number }
  | { readonly shape: readonly []; readonly constant: number };

const ARGUMENTS = 4;
const CONSTANTS = 10;
const AXES = 16;

/** Address of the block that `call-block.as.ts` describes. */
export function callBlock(
  call: CpuCall,
  given: readonly BlockArgument[],
  dtype: DType,
  y: Pick<CpuArray, "pointer" | "shape">,
): number {
  const { extents, strides } = broadcastAxes(
    y.shape,
    given.map(({ shape }) => shape),
  );
  const rank = Math.max(0, extents.length - 1);
  const words = new Uint32Array(AXES + rank * (1 + given.length));
  words.set([y.pointer, extents.at(-1) ?? 1, rank]);
  words.set(extents.slice(0, rank), AXES);
  for (const [index, argument] of given.entries()) {
    if ("constant" in argument) writeConstant(words, CONSTANTS + 2 * index, argument.constant, dtype);
    else words[ARGUMENTS + 2 * index] = argument.pointer;
    words[ARGUMENTS + 2 * index + 1] = strides[index].at(-1) ?? 0;
    words.set(strides[index].slice(0, rank), AXES + rank * (1 + index));
  }
  return call.upload(words);
}

function writeConstant(words: Uint32Array, position: number, value: number, dtype: DType): void {
  const bytes = new DataView(words.buffer, 4 * position);
  if (dtype === "float64") bytes.setFloat64(0, value, true);
  else if (dtype === "float32") bytes.setFloat32(0, value, true);
  else bytes.setUint32(0, value, true);
}
