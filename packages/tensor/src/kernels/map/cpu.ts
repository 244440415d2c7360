import { cpuModule } from "#kernels";
import type { CpuArray, CpuCall } from "../../device/cpu/call.ts";
import type { DType } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type MapOptions, type MapSignature, mapSignature } from "./arguments.ts";
import { broadcastAxes } from "./broadcast.ts";
import type { MapOperation } from "./operations.ts";

/** Elements worth a thread: about 40 µs of memory traffic, or of an elementary function. */
const GRAIN = { memory: 1 << 17, function: 1 << 14 };

const FUNCTIONS: ReadonlySet<MapOperation> = new Set([
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "power",
]);

const SUFFIX: Readonly<Record<DType, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint32: "u32",
  bool: "u8",
  complex64: "c64",
  complex128: "c128",
};

/** Operations whose bits are the same for int32 and uint32. */
const SIGNLESS: ReadonlySet<MapOperation> = new Set(["square", "add", "subtract", "multiply", "equal", "notEqual"]);

/** Comparisons that are others with the arguments swapped. */
const SWAPPED: Readonly<Partial<Record<MapOperation, MapOperation>>> = { greater: "less", greaterEqual: "lessEqual" };

export const mapCpu: CpuImplementation<MapOptions> = {
  module: cpuModule,
  run(call, options) {
    const { operation } = options;
    const { inputs, outputs, parallel } = call;
    const [y] = outputs;
    if (y.size === 0) return;
    const grain = FUNCTIONS.has(operation) ? GRAIN.function : GRAIN.memory;
    const signature = mapSignature(inputs, options);
    const name = functionName(SWAPPED[operation] ?? operation, signature.dtype);
    if (signature.arguments.length === 1) parallel(name, [inputs[0].pointer, y.pointer], y.size, grain);
    else parallel(name, [callBlock(call, signature, y, operation in SWAPPED)], y.size, grain);
  },
};

function functionName(operation: MapOperation, dtype: DType): string {
  if (operation === "where" && (dtype === "int32" || dtype === "uint32")) return "map_where_f32";
  return `map_${operation}_${dtype === "uint32" && SIGNLESS.has(operation) ? SUFFIX.int32 : SUFFIX[dtype]}`;
}

const ARGUMENTS = 4;
const CONSTANTS = 10;
const AXES = 16;

/** Address of the block that `call-block.as.ts` describes. */
function callBlock(
  call: CpuCall,
  { arguments: given, dtype, result }: MapSignature,
  y: CpuArray,
  swap: boolean,
): number {
  const ordered = swap ? given.toReversed() : given;
  const { extents, strides } = broadcastAxes(
    result.shape,
    ordered.map(({ shape }) => shape),
  );
  const rank = Math.max(0, extents.length - 1);
  const words = new Uint32Array(AXES + rank * (1 + ordered.length));
  words.set([y.pointer, extents.at(-1) ?? 1, rank]);
  words.set(extents.slice(0, rank), AXES);
  for (const [index, argument] of ordered.entries()) {
    if ("constant" in argument) writeConstant(words, CONSTANTS + 2 * index, argument.constant, dtype);
    else words[ARGUMENTS + 2 * index] = call.inputs[argument.input].pointer;
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
