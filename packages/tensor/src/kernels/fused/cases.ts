import type { FloatDType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, referenceArray } from "../../kernel.ts";
import type { FusedOptions } from "./patterns.ts";
import { type Program, ProgramBuilder } from "./program.ts";

/** Programs that together use every way to compile a step. */
const programs = (): Readonly<Record<string, Program>> => ({
  "arithmetic, two results": programOf(2, (b, [x, y]) => {
    const product = b.map("multiply", [x, y]);
    const shifted = b.map("add", [product, b.constant(-0.5)]);
    return [b.map("subtract", [b.map("square", [shifted]), x]), b.map("divide", [shifted, b.constant(3)])];
  }),
  functions: programOf(2, (b, [x, y]) => {
    const bounded = b.map("tanh", [b.map("add", [x, y])]);
    return [b.map("multiply", [b.map("exp", [bounded]), b.map("sin", [y])])];
  }),
  "truth values": programOf(2, (b, [x, y]) => {
    const isLess = b.map("less", [x, y]);
    const isSmall = b.map("lessEqual", [b.map("abs", [x]), b.constant(1)]);
    const either = b.map("logicalOr", [isLess, b.map("logicalNot", [isSmall])]);
    return [b.map("where", [either, x, b.constant(2)]), b.cast(either, "float"), b.cast(b.cast(x, "bool"), "float")];
  }),
  "roots and rounding": programOf(2, (b, [x, y]) => {
    const size = b.map("add", [b.map("abs", [x]), b.constant(1)]);
    const parts = b.map("add", [b.map("rsqrt", [size]), b.map("reciprocal", [size])]);
    return [
      b.map("subtract", [parts, b.map("sqrt", [size])]),
      b.map("maximum", [b.map("floor", [x]), b.map("round", [y])]),
    ];
  }),
  "an input unchanged": programOf(2, (b, [x, y]) => [y, b.map("neg", [x])]),
});

/** The first input has the result's shape. */
const SHAPES: readonly (readonly [result: readonly number[], second: readonly number[]])[] = [
  [[7], [7]],
  [[3, 8], [8]],
  [
    [3, 8],
    [1, 8],
  ],
  [[5, 3], []],
  [
    [2, 3, 4],
    [3, 4],
  ],
  [[64], [64]],
  [[129, 4], [4]],
  [[], []],
  [[0, 4], [4]],
  [[70_001], [1]],
];

export function fusedCases(): KernelCase<FusedOptions>[] {
  const dtypes: readonly FloatDType[] = ["float32", "float64"];
  const values = [0.5, -1.25, 3, 0, -0.75, 2, 1, -2.5, 0.125];
  const array = (dtype: FloatDType, shape: readonly number[], start: number) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return referenceArray(
      dtype,
      shape,
      Array.from({ length: size }, (_, index) => values[(index + start) % values.length]),
    );
  };
  return Object.entries(programs()).flatMap(([name, program]) =>
    SHAPES.flatMap(([result, second]) =>
      dtypes.map((dtype) => ({
        name: `${name}, ${dtype} [${result}] and [${second}]`,
        inputs: [array(dtype, result, 0), array(dtype, second, 4)],
        options: { program },
      })),
    ),
  );
}

export function randomFusedCase(random: CaseRandom): KernelCase<FusedOptions> {
  const name = random.pick(Object.keys(programs()));
  const row = 4 * random.integer(1, 20);
  const rows = random.integer(1, 9);
  const dtype = random.pick<FloatDType>(["float32", "float64"]);
  const second = random.pick([[rows, row], [row], [1], []]);
  return {
    name: `${name}, ${dtype} [${rows},${row}] and [${second}]`,
    inputs: [random.array([rows, row], dtype), random.array(second, dtype)],
    options: { program: programs()[name] },
  };
}

function programOf(count: number, write: (builder: ProgramBuilder, inputs: readonly number[]) => number[]): Program {
  const builder = new ProgramBuilder();
  const inputs = Array.from({ length: count }, () => builder.input());
  return builder.build(inputs, write(builder, inputs)).program;
}
