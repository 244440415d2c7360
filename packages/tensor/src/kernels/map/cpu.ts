import { cpuModule } from "#kernels/map";
import type { DType } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type MapOptions, mapSignature } from "./arguments.ts";
import { type BlockArgument, callBlock } from "./call-block.ts";
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
  "exp2",
  "log2",
  "log10",
  "tan",
  "asin",
  "acos",
  "atan",
  "atan2",
  "sinh",
  "cosh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfc",
  "softplus",
  "silu",
  "gelu",
  "geluTanh",
  "elu",
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
    else {
      const given = signature.arguments.map(
        (argument): BlockArgument =>
          "constant" in argument ? argument : { shape: argument.shape, pointer: inputs[argument.input].pointer },
      );
      const ordered = operation in SWAPPED ? given.reverse() : given;
      parallel(name, [callBlock(call, ordered, signature.dtype, y)], y.size, grain);
    }
  },
};

function functionName(operation: MapOperation, dtype: DType): string {
  if (operation === "where" && (dtype === "int32" || dtype === "uint32")) return "map_where_f32";
  return `map_${operation}_${dtype === "uint32" && SIGNLESS.has(operation) ? SUFFIX.int32 : SUFFIX[dtype]}`;
}
