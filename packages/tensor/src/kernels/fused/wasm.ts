import { functionType, I32, name, section, signed, unsigned, V128, vector } from "../../device/cpu/wasm-encoding.ts";
import type { FloatDType } from "../../dtype.ts";
import type { MapOperation } from "../map/operations.ts";
import type { Program, Step } from "./program.ts";

/** How an input runs along the elements: one by one, always the same element, or again and again through a row. */
export type Pattern = "same" | "scalar" | "row";

/** Elements per unit of work: a multiple of every vector. */
export const UNIT = 64;

/** Byte offsets in the call block that `cpu.ts` writes: size, address and row bytes of each input, addresses of the outputs, constants of eight bytes. */
export function blockLayout({ inputs, outputs }: Program): {
  input(k: number): number;
  output(k: number): number;
  constants: number;
} {
  const output = (k: number) => 4 * (1 + 2 * inputs + k);
  return { input: (k) => 4 + 8 * k, output, constants: Math.ceil(output(outputs.length) / 8) * 8 };
}

/** Instructions for float32 and float64, by the numbers of the WebAssembly specification. */
const NATIVE: Readonly<Partial<Record<MapOperation, readonly [float32: number, float64: number]>>> = {
  neg: [0xe1, 0xed],
  abs: [0xe0, 0xec],
  floor: [0x68, 0x75],
  ceil: [0x67, 0x74],
  round: [0x6a, 0x94],
  sqrt: [0xe3, 0xef],
  add: [0xe4, 0xf0],
  subtract: [0xe5, 0xf1],
  multiply: [0xe6, 0xf2],
  divide: [0xe7, 0xf3],
  minimum: [0xe8, 0xf4],
  maximum: [0xe9, 0xf5],
  equal: [0x41, 0x47],
  notEqual: [0x42, 0x48],
  less: [0x43, 0x49],
  greater: [0x44, 0x4a],
  lessEqual: [0x45, 0x4b],
  greaterEqual: [0x46, 0x4c],
  logicalNot: [0x4d, 0x4d],
  logicalAnd: [0x4e, 0x4e],
  logicalOr: [0x50, 0x50],
  logicalXor: [0x51, 0x51],
};
const BITSELECT = 0x52;
const AND = 0x4e;
const LOAD = 0x00;
const LOAD_SPLAT = { float32: 0x09, float64: 0x0a };
const STORE = 0x0b;
const STORE_LANE = { float32: 0x5a, float64: 0x5b };
const CONST = 0x0c;

/**
 * A WebAssembly module that runs a program: `run(block, begin, end)` computes units [begin, end) of 64 elements. Arithmetic is inline; functions are those of the
 * package's kernels, imported. Results are therefore the bits that the operations give one by one.
 *
 * @param sharedMemory what the imported memory is.
 */
export function compileProgram(
  program: Program,
  patterns: readonly Pattern[],
  dtype: FloatDType,
  sharedMemory: boolean,
): Uint8Array<ArrayBuffer> {
  const functions = [...new Set(program.steps.filter(isFunction).map(({ operation }) => operation))];
  const arity = (operation: Step["operation"]) =>
    program.steps.find((step) => step.operation === operation)!.arguments.length;
  const types = [functionType([I32, I32, I32], []), functionType([V128], [V128]), functionType([V128, V128], [V128])];
  const limits = sharedMemory ? [0x03, 0x00, ...unsigned(65536)] : [0x00, 0x00];
  const imports = [
    [...name("env"), ...name("memory"), 0x02, ...limits],
    ...functions.map((operation) => [
      ...name("kernels"),
      ...name(`fused_${operation}_${dtype === "float32" ? "f32" : "f64"}`),
      0x00,
      arity(operation),
    ]),
  ];
  const code = body(program, patterns, dtype, (operation) => functions.indexOf(operation));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector(imports)),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name("run"), 0x00, functions.length]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}

/** Steps that no instruction does. */
function isFunction({ operation }: Step): boolean {
  return ![
    ...Object.keys(NATIVE),
    "constant",
    "cast",
    "where",
    "clamp",
    "relu",
    "leakyRelu",
    "square",
    "rsqrt",
    "reciprocal",
    "isNaN",
  ].includes(operation);
}

function body(
  program: Program,
  patterns: readonly Pattern[],
  dtype: FloatDType,
  functionIndex: (operation: Step["operation"]) => number,
): number[] {
  const bytes = dtype === "float32" ? 4 : 8;
  const layout = blockLayout(program);
  const { steps, outputs } = program;
  const inputs = patterns.map((_, index) => index);
  const rows = inputs.filter((index) => patterns[index] === "row");

  // Locals: the parameters, offset, end, input addresses, output addresses, row offsets and row lengths; then the values, the number 1.
  const [block, begin, end, offset, last] = [0, 1, 2, 3, 4];
  const address = (input: number) => 5 + input;
  const target = (output: number) => 5 + inputs.length + output;
  const rowOffset = (input: number) => 5 + inputs.length + outputs.length + 2 * rows.indexOf(input);
  const rowBytes = (input: number) => rowOffset(input) + 1;
  const words = 2 + inputs.length + outputs.length + 2 * rows.length;
  const value = (number: number) => 3 + words + number;
  const one = value(inputs.length + steps.length);

  const get = (local: number) => [0x20, ...unsigned(local)];
  const set = (local: number) => [0x21, ...unsigned(local)];
  const integer = (constant: number) => [0x41, ...signed(constant)];
  const word = (at: number) => [...get(block), 0x28, 0x02, ...unsigned(at)];
  const simd = (opcode: number) => [0xfd, ...unsigned(opcode)];
  const pick = (pair: { readonly float32: number; readonly float64: number }) => simd(pair[dtype]);
  const native = (operation: MapOperation) => simd(NATIVE[operation]![dtype === "float32" ? 0 : 1]);
  const zero = [...simd(CONST), ...splatBytes(0, dtype)];
  const splat = (at: number[]) => [...at, ...pick(LOAD_SPLAT), 0x00, 0x00];
  const alignment = dtype === "float32" ? 2 : 3;

  const prologue = [
    ...[...get(begin), ...integer(UNIT * bytes), 0x6c, ...set(offset)],
    // The last unit may be a part of one.
    ...[...get(end), ...integer(UNIT * bytes), 0x6c, ...set(last)],
    ...[...word(0), ...get(last), ...word(0), ...get(last), 0x49, 0x1b, ...set(last)],
    ...inputs.flatMap((input) => [...word(layout.input(input)), ...set(address(input))]),
    ...outputs.flatMap((_, output) => [...word(layout.output(output)), ...set(target(output))]),
    ...rows.flatMap((input) => [
      ...[...word(layout.input(input) + 4), ...set(rowBytes(input))],
      ...[...get(offset), ...get(rowBytes(input)), 0x70, ...set(rowOffset(input))],
    ]),
    ...inputs
      .filter((input) => patterns[input] === "scalar")
      .flatMap((input) => [...splat(get(address(input))), ...set(value(input))]),
    ...steps.flatMap(({ operation }, index) => {
      if (operation !== "constant") return [];
      const number = steps.slice(0, index).filter((step) => step.operation === "constant").length;
      return [
        ...splat([...get(block), ...integer(layout.constants + 8 * number), 0x6a]),
        ...set(value(inputs.length + index)),
      ];
    }),
    ...[...simd(CONST), ...splatBytes(1, dtype), ...set(one)],
  ];

  const loads = inputs.flatMap((input) => {
    if (patterns[input] === "scalar") return [];
    const own = patterns[input] === "row" ? rowOffset(input) : offset;
    return [...get(address(input)), ...get(own), 0x6a, ...simd(LOAD), 0x00, 0x00, ...set(value(input))];
  });

  const compute = steps.flatMap((step, index) => {
    const { operation, arguments: own } = step;
    if (operation === "constant") return [];
    const given = own.map((argument) => get(value(argument)));
    return [...instruction(step, given), ...set(value(inputs.length + index))];
  });

  function instruction({ operation, kind }: Step, given: readonly number[][]): number[] {
    const [first, second, third] = given;
    switch (operation) {
      case "cast":
        if (kind === "float") return [...first, ...get(one), ...simd(AND)];
        return [...first, ...first, ...first, ...native("subtract"), ...native("notEqual")];
      case "where":
        return [...second, ...third, ...first, ...simd(BITSELECT)];
      case "clamp":
        return [...first, ...second, ...native("maximum"), ...third, ...native("minimum")];
      case "relu":
        return [...first, ...zero, ...native("maximum")];
      case "leakyRelu":
        return [
          ...first,
          ...first,
          ...second,
          ...native("multiply"),
          ...first,
          ...zero,
          ...native("greater"),
          ...simd(BITSELECT),
        ];
      case "square":
        return [...first, ...first, ...native("multiply")];
      case "reciprocal":
        return [...get(one), ...first, ...native("divide")];
      case "rsqrt":
        return [...get(one), ...first, ...native("sqrt"), ...native("divide")];
      case "isNaN":
        return [...first, ...first, ...native("notEqual")];
      case "constant":
        return [];
      default:
        if (NATIVE[operation]) return [...given.flat(), ...native(operation)];
        return [...given.flat(), 0x10, ...unsigned(functionIndex(operation))];
    }
  }

  const whole = outputs.flatMap((output, index) => [
    ...[...get(target(index)), ...get(offset), 0x6a, ...get(value(output))],
    ...[...simd(STORE), 0x00, 0x00],
  ]);
  const lane = (index: number) =>
    outputs.flatMap((output, k) => [
      ...[...get(target(k)), ...get(offset), 0x6a, ...get(value(output))],
      ...[...pick(STORE_LANE), alignment, ...unsigned(index * bytes), index],
    ]);
  const part = Array.from({ length: 16 / bytes - 1 }, (_, index) => index).flatMap((index) =>
    index === 0
      ? lane(0)
      : [...get(offset), ...integer(index * bytes), 0x6a, ...get(last), 0x49, 0x04, 0x40, ...lane(index), 0x0b],
  );

  const advance = [
    ...[...get(offset), ...integer(16), 0x6a, ...set(offset)],
    ...rows.flatMap((input) => [
      ...[...get(rowOffset(input)), ...integer(16), 0x6a, ...set(rowOffset(input))],
      // Back to the start at the end of the row.
      ...[...get(rowOffset(input)), ...integer(0), ...get(rowOffset(input)), ...get(rowBytes(input)), 0x49, 0x1b],
      ...set(rowOffset(input)),
    ]),
  ];

  const loop = [
    ...[...get(offset), ...get(last), 0x49, 0x04, 0x40, 0x03, 0x40],
    ...loads,
    ...compute,
    ...[...get(last), ...get(offset), 0x6b, ...integer(16), 0x4f, 0x04, 0x40, ...whole, 0x05, ...part, 0x0b],
    ...advance,
    ...[...get(offset), ...get(last), 0x49, 0x0d, 0x00, 0x0b, 0x0b],
  ];
  const values = inputs.length + steps.length + 1;
  const locals = vector([
    [...unsigned(words), I32],
    [...unsigned(values), V128],
  ]);
  return [...locals, ...prologue, ...loop, 0x0b];
}

function splatBytes(constant: number, dtype: FloatDType): number[] {
  const array = dtype === "float32" ? new Float32Array(4).fill(constant) : new Float64Array(2).fill(constant);
  return [...new Uint8Array(array.buffer)];
}
