import { type DType, isFloat } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { MapOptions } from "./arguments.ts";
import { type MapOperation, OPERATIONS, operationNamed } from "./operations.ts";

const INFINITY = Number.POSITIVE_INFINITY;
const NAMES = Object.keys(OPERATIONS) as readonly MapOperation[];

/** All exact in float32. Subnormals are not among them: GPUs may read them as 0 (the cpu's are tested in accuracy.test.ts). */
const VALUES: Readonly<Record<DType, readonly number[]>> = {
  // biome-ignore format: a table
  float32: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -7, 0.75, 2 ** -30, -(2 ** -30), 0.0625, -0.375, 20.25, -87, 88.5, 89, -100, 1000.5, -123456.75, 2 ** 24, 2 ** 40, -(2 ** 100), Number.NaN, INFINITY, -INFINITY],
  // biome-ignore format: a table
  float64: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -7, 0.75, 2 ** -30, -(2 ** -30), 0.0625, -0.375, 20.25, -700, 709.5, 710, -750, 1e5, 2 ** 24, 2 ** 60, -(2 ** 1000), 5e-324, -1e-310, Number.NaN, INFINITY, -INFINITY],
  // biome-ignore format: a table
  int32: [0, 1, -1, 2, -2, 7, -7, 100, 65535, 65537, -65536, 46341, 2 ** 30, 2 ** 31 - 1, -(2 ** 31) + 1, -(2 ** 31)],
  uint32: [0, 1, 2, 7, 100, 65535, 65537, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1],
  bool: [0, 1],
  complex64: [0, 1, -1, 0.5, 3, -7],
  complex128: [0, 1, -1, 0.5, 3, -7],
};

/** Not every TensorFlow.js engine reduces large arguments; cpu and webgpu are tested with them in accuracy.test.ts. */
const LIMITED: ReadonlySet<MapOperation> = new Set(["sin", "cos", "tan"]);

/** Shapes of two arguments that broadcast: alike, rows, columns, outer product, several axes at once, inner axes of 1, scalars, nothing. */
const PATTERNS: readonly (readonly [Shape, Shape])[] = [
  [[7], [7]],
  [[5, 9], [9]],
  [[9], [5, 9]],
  [
    [6, 1],
    [6, 13],
  ],
  [
    [11, 1],
    [1, 5],
  ],
  [
    [4, 3, 2],
    [3, 1],
  ],
  [
    [2, 1, 3, 1, 5],
    [1, 4, 1, 2, 5],
  ],
  [[2, 3, 4, 5], [1]],
  [
    [1, 3, 1],
    [1, 1, 1],
  ],
  [[], [33]],
  [[], []],
  [
    [0, 3],
    [1, 3],
  ],
  [[3, 1], [0]],
];

export function mapCases(): KernelCase<MapOptions>[] {
  return [...NAMES.flatMap(valueCases), ...patternCases(), ...wherePatternCases()];
}

/** Every value, or every pair of values, of every dtype; and numbers in place of either argument. */
function valueCases(operation: MapOperation): KernelCase<MapOptions>[] {
  const { arguments: names, dtypes } = operationNamed(operation);
  return dtypes.flatMap((dtype) => {
    const isLimited = LIMITED.has(operation);
    const values = VALUES[dtype].filter((value) => !isLimited || Math.abs(value) <= 8192 || !Number.isFinite(value));
    const column = referenceArray(dtype, [values.length, 1], values);
    const row = referenceArray(dtype, [values.length], values);
    const name = `${operation} of all ${dtype} values`;
    if (names.length === 1) return [{ name, inputs: [row], options: { operation } }];
    const constant = values[3 % values.length];
    if (operation === "clamp") return clampCases(name, dtype, values);
    const condition = referenceArray("bool", [3, 1, 1], [1, 0, 1]);
    const first = operation === "where" ? [condition] : [];
    const none = operation === "where" ? [undefined] : [];
    return [
      { name, inputs: [...first, column, row], options: { operation } },
      {
        name: `${name} and a number`,
        inputs: [...first, row],
        options: { operation, constants: [...none, undefined, constant] },
      },
      {
        name: `${name} after a number`,
        inputs: [...first, row],
        options: { operation, constants: [...none, constant] },
      },
    ];
  });
}

/** Three tensors, and numbers for two of them or for one; limits in the wrong order too. */
function clampCases(name: string, dtype: DType, values: readonly number[]): KernelCase<MapOptions>[] {
  const operation = "clamp";
  const row = referenceArray(dtype, [values.length], values);
  const limits = (from: number) => referenceArray(dtype, [4, 1], values.slice(from, from + 4));
  return [
    { name, inputs: [row, limits(1), limits(3)], options: { operation } },
    { name: `${name} by numbers`, inputs: [row], options: { operation, constants: [undefined, 1, 2] } },
    {
      name: `${name} by a number`,
      inputs: [row, limits(2)],
      options: { operation, constants: [undefined, undefined, 1] },
    },
    { name: `a number by all ${dtype} values`, inputs: [row], options: { operation, constants: [1, 0] } },
  ];
}

function patternCases(): KernelCase<MapOptions>[] {
  const kinds = [
    ["subtract", "float32"],
    ["subtract", "float64"],
    ["subtract", "int32"],
    ["greater", "float32"],
    ["lessEqual", "float64"],
    ["logicalAnd", "bool"],
  ] as const;
  return kinds.flatMap(([operation, dtype]) =>
    PATTERNS.map(([a, b]) => ({
      name: `${operation} of ${dtype} [${a}] and [${b}]`,
      inputs: [ramp(a, dtype, 0), ramp(b, dtype, 1)],
      options: { operation },
    })),
  );
}

function wherePatternCases(): KernelCase<MapOptions>[] {
  return (["float32", "float64", "bool"] as const).flatMap((dtype) =>
    PATTERNS.flatMap(([a, b]) =>
      [
        [a, b, [1]],
        [b, [1], a],
        [[1], a, b],
      ].map(([condition, whenTrue, whenFalse]) => ({
        name: `where of [${condition}], ${dtype} [${whenTrue}] and [${whenFalse}]`,
        inputs: [ramp(condition, "bool", 0), ramp(whenTrue, dtype, 0), ramp(whenFalse, dtype, 1)],
        options: { operation: "where" as const },
      })),
    ),
  );
}

/** Values that tell elements apart. */
function ramp(shape: Shape, dtype: DType, offset: number): ReferenceArray {
  const value = (index: number) => (dtype === "bool" ? (index >> offset) & 1 : 3 * index + 1000 * offset);
  return referenceArray(
    dtype,
    shape,
    Array.from({ length: sizeOf(shape) }, (_, index) => value(index)),
  );
}

export function randomMapCase(random: CaseRandom): KernelCase<MapOptions> {
  const operation = random.pick(NAMES);
  const { arguments: names, dtypes } = operationNamed(operation);
  const dtype = random.pick(dtypes);
  const shape = Array.from({ length: random.integer(0, 4) }, () => random.integer(1, random.pick([2, 5, 40])));
  const inputs = names.map((name) => {
    const own = shape.slice(random.integer(0, shape.length)).map((extent) => (random.integer(0, 2) === 0 ? 1 : extent));
    const kept = names.length === 1 ? shape : own;
    return random.array(kept, name === "condition" ? "bool" : dtype, { scale: isFloat(dtype) ? 3 : 1 });
  });
  return {
    name: `${operation} of ${dtype} ${inputs.map((input) => `[${input.shape}]`).join(", ")}`,
    inputs,
    options: { operation },
  };
}
