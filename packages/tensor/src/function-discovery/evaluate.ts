import * as dd from "./double-double.ts";
import { coefficientsOf, LITERALS, type Program, type Vertex } from "./program.ts";
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
  { format, fma }: Arithmetic = FLOAT64,
  coefficients: ArrayLike<number> = coefficientsOf(program),
): number {
  const round = (value: number) => roundTo(format, value);
  let next = 0;
  return run(program, (operation, given) => {
    const [a, b, c] = given;
    switch (operation) {
      case "input":
        return round(x);
      case "coefficient":
        return round(coefficients[next++]);
      case "add":
        return round(a + b);
      case "subtract":
        return round(a - b);
      case "multiply":
        return round(a * b);
      case "divide":
        return round(a / b);
      case "sqrt":
        return round(Math.sqrt(a));
      case "fma":
        return fma === "fused" ? fusedMultiplyAdd(format, a, b, c) : round(round(a * b) + c);
      default:
        return LITERALS[operation]!;
    }
  });
}

/** The program's value over the reals, to about 30 digits. */
export function evaluateExactly(
  program: Program,
  x: dd.DoubleDouble,
  coefficients: ArrayLike<number> = coefficientsOf(program),
): dd.DoubleDouble {
  let next = 0;
  return run<dd.DoubleDouble>(program, (operation, given) => {
    const [a, b, c] = given;
    switch (operation) {
      case "input":
        return x;
      case "coefficient":
        return [coefficients[next++], 0];
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
      default:
        return [LITERALS[operation]!, 0];
    }
  });
}

function run<Value>(
  { vertices }: Program,
  compute: (operation: Vertex["operation"], given: readonly Value[]) => Value,
): Value {
  const values: Value[] = [];
  for (const { operation, inputs } of vertices)
    values.push(
      compute(
        operation,
        inputs.map((input) => values[input]),
      ),
    );
  return values.at(-1)!;
}
