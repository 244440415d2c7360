import type { ComplexDType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { ARGUMENTS, type ComplexOperation } from "./operations.ts";
import type { ComplexMapOptions } from "./options.ts";

const OPERATIONS = Object.keys(ARGUMENTS) as readonly ComplexOperation[];

/** All exact in float32; a real and an imaginary part below ½ never meet, so that none of the numbers is small. */
const PARTS = [1, -0.5, 2, 0, -3, 1.5, 0.75, -8, 0.5, 4, -1, -0.25, 6.5, 0.125, -2];

const SHAPES: readonly (readonly [a: Shape, b: Shape])[] = [
  [[7], [7]],
  [[3, 4], [4]],
  [
    [3, 4],
    [3, 1],
  ],
  [
    [3, 1],
    [1, 5],
  ],
  [[2, 3, 1], [4]],
  [[], [6]],
  [[2, 3], []],
  [[0, 3], [3]],
];

/** For several threads; one operation for each kind of loop. */
const LARGE = { operations: ["neg", "multiply", "where"], shapes: [[100_001], [1]] } as const;

export function complexMapCases(): KernelCase<ComplexMapOptions>[] {
  const dtypes: readonly ComplexDType[] = ["complex64", "complex128"];
  const array = (dtype: ComplexDType, shape: Shape, start: number) =>
    referenceArray(
      dtype,
      shape,
      Array.from({ length: 2 * sizeOf(shape) }, (_, k) => PARTS[(k + start) % PARTS.length]),
    );
  const casesOf = (operation: ComplexOperation, [a, b]: readonly [Shape, Shape]) =>
    dtypes.map((dtype) => ({
      name: `${operation} of ${dtype} [${a}] and [${b}]`,
      inputs: inputsOf(operation, [array(dtype, a, 1), array(dtype, b, 4)], conditions(a)),
      options: { operation },
    }));
  return [
    ...OPERATIONS.flatMap((operation) => SHAPES.flatMap((shapes) => casesOf(operation, shapes))),
    ...LARGE.operations.flatMap((operation) => casesOf(operation, LARGE.shapes)),
  ];
}

export function randomComplexMapCase(random: CaseRandom): KernelCase<ComplexMapOptions> {
  const operation = random.pick(OPERATIONS);
  const shape = Array.from({ length: random.integer(0, 4) }, () => random.integer(1, 5));
  const kept = () =>
    shape.slice(random.integer(0, shape.length)).map((extent) => (random.integer(0, 3) === 0 ? 1 : extent));
  const dtype = random.pick<ComplexDType>(["complex64", "complex128"]);
  const [a, b] = [kept(), kept()];
  const divisor = random.array(b, dtype);
  // Away from 0.
  const shifted = Array.from(divisor.data, (value, index) => (index % 2 ? value : value + (value < 0 ? -1 : 1)));
  const inputs = [
    random.array(a, dtype),
    referenceArray(dtype, b, shifted.map(dtype === "complex64" ? Math.fround : Number)),
  ];
  return {
    name: `${operation} of ${dtype} [${a}] and [${b}]`,
    inputs: inputsOf(operation, inputs, random.array(a, "bool")),
    options: { operation },
  };
}

function inputsOf(operation: ComplexOperation, pair: readonly ReferenceArray[], condition: ReferenceArray) {
  if (operation === "neg") return [pair[0]];
  return operation === "where" ? [condition, ...pair] : pair;
}

function conditions(shape: Shape): ReferenceArray {
  return referenceArray(
    "bool",
    shape,
    Array.from({ length: sizeOf(shape) }, (_, k) => Number(k % 3 === 0)),
  );
}
