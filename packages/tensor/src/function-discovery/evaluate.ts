import * as dd from "./double-double.ts";
import { coefficientsOf, LITERALS, type Operation, type Program, type Vertex } from "./program.ts";
import { type Format, fusedMultiplyAdd, roundTo } from "./rounding.ts";

/** How a program computes. */
export interface Arithmetic {
  /** Every operation and every coefficient is rounded to it. */
  readonly format: Format;
  /** Whether `fma` rounds once, or after the product too. WebAssembly has no fused instruction whose result is the same everywhere. */
  readonly fma: "separate" | "fused";
}

export const FLOAT64: Arithmetic = { format: "float64", fma: "separate" };

/** The program's value at x: its definition, operation by operation. Coefficients that are given replace its own. */
export function evaluate(
  program: Program,
  x: number,
  arithmetic: Arithmetic = FLOAT64,
  coefficients: ArrayLike<number> = coefficientsOf(program),
): number {
  const { format } = arithmetic;
  return run<number>(program, {
    input: roundTo(format, x),
    constant: (value) => value,
    coefficient: (index) => roundTo(format, coefficients[index]),
    apply: (operation, given) => applyOperation(operation, given, arithmetic),
  });
}

/** One operation on numbers of the format. */
export function applyOperation(operation: Operation, given: readonly number[], { format, fma }: Arithmetic): number {
  const [a, b, c] = given;
  switch (operation) {
    case "add":
      return roundTo(format, a + b);
    case "subtract":
      return roundTo(format, a - b);
    case "multiply":
      return roundTo(format, a * b);
    case "divide":
      return roundTo(format, a / b);
    case "sqrt":
      return roundTo(format, Math.sqrt(a));
    case "fma":
      return fma === "fused" ? fusedMultiplyAdd(format, a, b, c) : roundTo(format, roundTo(format, a * b) + c);
  }
}

/** The program's value over the reals, to about 30 digits. */
export function evaluateExactly(
  program: Program,
  x: dd.DoubleDouble,
  coefficients: ArrayLike<number> = coefficientsOf(program),
): dd.DoubleDouble {
  return run<dd.DoubleDouble>(program, {
    input: x,
    constant: (value) => [value, 0],
    coefficient: (index) => [coefficients[index], 0],
    apply(operation, [a, b, c]) {
      switch (operation) {
        case "add":
          return dd.add(a, b);
        case "subtract":
          return dd.subtract(a, b);
        case "multiply":
          return dd.multiply(a, b);
        case "divide":
          return dd.divide(a, b);
        case "sqrt":
          return dd.sqrt(a);
        case "fma":
          return dd.add(dd.multiply(a, b), c);
      }
    },
  });
}

interface Interpretation<Value> {
  readonly input: Value;
  constant(value: number): Value;
  coefficient(index: number): Value;
  apply(operation: Operation, given: readonly Value[]): Value;
}

function run<Value>({ vertices }: Program, { input, constant, coefficient, apply }: Interpretation<Value>): Value {
  const values: Value[] = [];
  let next = 0;
  const value = ({ operation, inputs }: Vertex): Value => {
    if (operation === "input") return input;
    if (operation === "coefficient") return coefficient(next++);
    const literal = LITERALS[operation];
    if (literal !== undefined) return constant(literal);
    return apply(
      operation as Operation,
      inputs.map((each) => values[each]),
    );
  };
  for (const vertex of vertices) values.push(value(vertex));
  return values.at(-1)!;
}
