import { functionType, I32, name, section, signed, unsigned, V128, vector } from "../device/cpu/wasm-encoding.ts";
import { dependsOnInput, LITERALS, type Operation, type Program } from "./program.ts";
import type { Format } from "./rounding.ts";

/** Instructions for float32 and float64. */
const NATIVE: Readonly<Record<Exclude<Operation, "fma">, readonly [float32: number, float64: number]>> = {
  add: [0xe4, 0xf0],
  subtract: [0xe5, 0xf1],
  multiply: [0xe6, 0xf2],
  divide: [0xe7, 0xf3],
  sqrt: [0xe3, 0xef],
};
const LOAD = [0x00, 0x00, 0x00];
const STORE = [0x0b, 0x00, 0x00];
const ABSOLUTE_F64 = 0xec;
const [SUBTRACT_F64, MULTIPLY_F64, MAXIMUM_F64] = [0xf1, 0xf2, 0xf5];
const PROMOTE_LOW = 0x5f;
/** Lanes 2 and 3 in front. */
const UPPER_HALF = [0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const integer = (value: number) => [0x41, ...signed(value)];
const simd = (code: number | readonly number[]) => {
  const [opcode, ...immediate] = typeof code === "number" ? [code] : code;
  return [0xfd, ...unsigned(opcode), ...immediate];
};
const step = (local: number, bytes: number) => [...get(local), ...integer(bytes), 0x6a, ...set(local)];
const repeatWhileBelow = (local: number, end: number, body: readonly number[]) => [
  ...[0x03, 0x40, ...body, ...get(local), ...get(end), 0x49, 0x0d, 0x00, 0x0b],
];

/**
 * `measure(x, high, low, weight, bytes, coefficients, results, resultsEnd)`: for each set of coefficients (float64, one after another) the largest
 * weight · |ŷ − (high + low)| over all arguments, as a float64; NaN if any is. `x` holds `bytes` of the format (bfloat16 as float32), a multiple of 16; the others
 * are float64. Addresses are in bytes.
 */
export function measuringModule(program: Program, format: Format): Uint8Array<ArrayBuffer> {
  const [x, high, low, weight, bytes, coefficients, results, end, offset, wide] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const FIRST_VECTOR = 10;
  const maximum = FIRST_VECTOR + program.vertices.length + 1;
  const code = vertexCode(program, format, FIRST_VECTOR);
  const isDouble = format === "float64";
  const width = isDouble ? 0 : 16;

  let place = 0;
  const loadCoefficients = program.vertices.flatMap(({ operation }, index) => {
    if (operation !== "coefficient") return [];
    const load = [...get(coefficients), 0x2b, 0x03, ...unsigned(8 * place++)];
    return [...load, ...(isDouble ? simd(0x14) : [0xb6, ...simd(0x13)]), ...set(FIRST_VECTOR + index)];
  });
  const load = (array: number, at: number, shift: number) => [
    ...[...get(array), ...get(at), 0x6a],
    ...simd([0x00, 0x00, ...unsigned(shift)]),
  ];
  const compare = (value: readonly number[], shift: number) => [
    ...[...value, ...load(high, wide, shift), ...simd(SUBTRACT_F64)],
    ...[...load(low, wide, shift), ...simd(SUBTRACT_F64), ...load(weight, wide, shift), ...simd(MULTIPLY_F64)],
    ...[...simd(ABSOLUTE_F64), ...get(maximum), ...simd(MAXIMUM_F64), ...set(maximum)],
  ];
  const result = get(FIRST_VECTOR + program.vertices.length - 1);
  const compareAll = isDouble
    ? compare(result, 0)
    : [
        ...compare([...result, ...simd(PROMOTE_LOW)], 0),
        ...compare([...result, ...result, ...simd(UPPER_HALF), ...simd(PROMOTE_LOW)], width),
      ];
  const overArguments = repeatWhileBelow(offset, bytes, [
    ...[...get(x), ...get(offset), 0x6a, ...simd(LOAD), ...set(FIRST_VECTOR)],
    ...[...code.perElement, ...compareAll, ...step(offset, 16), ...step(wide, 16 + width)],
  ]);
  const lane = (number: number) => [...get(maximum), ...simd([0x21, number])];
  const body = repeatWhileBelow(results, end, [
    ...[...loadCoefficients, ...code.once],
    ...[...simd([0x0c, ...new Array<number>(16).fill(0)]), ...set(maximum)],
    ...[...integer(0), ...set(offset), ...integer(0), ...set(wide), ...overArguments],
    ...[...get(results), ...lane(0), ...lane(1), 0xa5, 0x39, 0x03, 0x00],
    ...[...step(coefficients, 8 * place), ...step(results, 8)],
  ]);
  return moduleOf("measure", 8, [2, program.vertices.length + 2], body);
}

/** `run(x, y, bytes, repetitions)`: the program's values, with its own coefficients as constants, over and over. */
export function computingModule(program: Program, format: Format): Uint8Array<ArrayBuffer> {
  const [x, y, bytes, repetitions, offset, done] = [0, 1, 2, 3, 4, 5];
  const FIRST_VECTOR = 6;
  const code = vertexCode(program, format, FIRST_VECTOR);
  const constants = program.vertices.flatMap(({ operation, value }, index) =>
    operation === "coefficient" ? [...constant(value!, format), ...set(FIRST_VECTOR + index)] : [],
  );
  const overElements = repeatWhileBelow(offset, bytes, [
    ...[...get(x), ...get(offset), 0x6a, ...simd(LOAD), ...set(FIRST_VECTOR), ...code.perElement],
    ...[...get(y), ...get(offset), 0x6a, ...get(FIRST_VECTOR + program.vertices.length - 1), ...simd(STORE)],
    ...step(offset, 16),
  ]);
  const body = [
    ...[...constants, ...code.once],
    ...repeatWhileBelow(done, repetitions, [...integer(0), ...set(offset), ...overElements, ...step(done, 1)]),
  ];
  return moduleOf("run", 4, [2, program.vertices.length + 1], body);
}

/** Instructions that leave every vertex's value in local `first` + its number: those that depend on x, and the others. The local after the last is used too. */
function vertexCode(program: Program, format: Format, first: number): { once: number[]; perElement: number[] } {
  const depends = dependsOnInput(program);
  const once: number[] = [];
  const perElement: number[] = [];
  for (const [index, { operation, inputs }] of program.vertices.entries()) {
    if (operation === "input" || operation === "coefficient") continue;
    const given = inputs.map((input) => get(first + input));
    const value = instructions(operation, given, format, first + program.vertices.length);
    (depends[index] ? perElement : once).push(...value, ...set(first + index));
  }
  return { once, perElement };
}

function instructions(operation: string, given: readonly number[][], format: Format, spare: number): number[] {
  const literal = LITERALS[operation as keyof typeof LITERALS];
  if (literal !== undefined) return constant(literal, format);
  const native = (each: keyof typeof NATIVE) => [
    ...simd(NATIVE[each][format === "float64" ? 1 : 0]),
    ...(format === "bfloat16" ? roundToBfloat16(spare) : []),
  ];
  if (operation !== "fma") return [...given.flat(), ...native(operation as keyof typeof NATIVE)];
  const [a, b, c] = given;
  return [...a, ...b, ...native("multiply"), ...c, ...native("add")];
}

function constant(value: number, format: Format): number[] {
  const lanes = format === "float64" ? new Float64Array(2).fill(value) : new Float32Array(4).fill(value);
  return simd([0x0c, ...new Uint8Array(lanes.buffer)]);
}

/** Of the bits of a float32: half a unit less one, plus the last bit that stays, then the rest cut off. `spare` is a local for it. */
function roundToBfloat16(spare: number): number[] {
  const word = (value: number) => simd([0x0c, ...new Uint8Array(new Uint32Array(4).fill(value).buffer)]);
  const [AND, SHIFT_RIGHT, ADD] = [0x4e, 0xad, 0xae];
  return [
    ...[0x22, ...unsigned(spare), ...get(spare), ...integer(16), ...simd(SHIFT_RIGHT), ...word(1), ...simd(AND)],
    ...[...simd(ADD), ...word(0x7fff), ...simd(ADD), ...word(0xffff0000), ...simd(AND)],
  ];
}

function moduleOf(
  exported: string,
  parameters: number,
  [words, vectors]: readonly [number, number],
  body: readonly number[],
): Uint8Array<ArrayBuffer> {
  const locals = vector([
    [...unsigned(words), I32],
    [...unsigned(vectors), V128],
  ]);
  const code = [...locals, ...body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([functionType(new Array<number>(parameters).fill(I32), [])])),
    ...section(2, vector([[...name("env"), ...name("memory"), 0x02, 0x00, 0x00]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name(exported), 0x00, 0]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}
