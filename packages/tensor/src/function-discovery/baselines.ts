import * as dd from "./double-double.ts";
import { chebyshevSpaced, type ErrorMeasure, sample } from "./error-measure.ts";
import { FULL_STAGES, LeastSquaresFit } from "./least-squares.ts";
import { minimaxPolynomial, padeApproximant, taylorPolynomial } from "./minimax.ts";
import { countOperations, type Program, withCoefficients } from "./program.ts";
import { ProgramMemory } from "./program-memory.ts";
import { hornerProgram, rationalProgram } from "./skeletons.ts";
import type { Target } from "./targets.ts";

/** What textbooks would do with so many operations. */
export interface Baseline {
  readonly name: "Taylor" | "minimax polynomial" | "minimax, squared" | "Padé" | "minimax rational";
  readonly operations: number;
  readonly program: Program;
  /** The largest error on a dense grid, in float64 arithmetic. */
  readonly error: number;
}

const DENSE = 2049;

/**
 * Baselines of at most `operations` operations: Taylor's and the minimax polynomial by Horner's rule (2d operations), Padé's and the minimax rational function (4m)
 * and, where squaring a function is evaluating it elsewhere as for 2^x (`squarings`), a minimax polynomial of the root, squared one to three times (2d + s).
 */
export function baselines(
  target: Target,
  { operations, measure, squarings }: { operations: number; measure: ErrorMeasure; squarings: boolean },
): Baseline[] {
  const memory = new ProgramMemory({ format: "float64", fma: "separate" });
  const dense = memory.load(sample(target, chebyshevSpaced(target.interval, DENSE), measure));
  const found: Baseline[] = [];
  const add = (name: Baseline["name"], program: Program) => {
    const coefficients = program.vertices.flatMap(({ value }) => (value === undefined ? [] : [value]));
    const error = memory.compile(program)(dense)(coefficients, 1)[0];
    found.push({ name, operations: countOperations(program), program, error });
  };
  for (let degree = 1; 2 * degree <= operations; degree++) {
    add("Taylor", hornerProgram(degree, 0, taylorPolynomial(target, degree)));
    add(
      "minimax polynomial",
      hornerProgram(degree, 0, minimaxPolynomial(target, degree).coefficients.map(dd.toNumber)),
    );
    for (let s = 1; squarings && s <= 3 && 2 * degree + s <= operations; s++)
      add("minimax, squared", squaredMinimax(target, degree, s));
  }
  const training = sample(target, chebyshevSpaced(target.interval, 129), measure);
  for (let degree = 1; 4 * degree <= operations; degree++) {
    const pade = padeApproximant(target, degree);
    const program = rationalProgram(degree, pade);
    add("Padé", program);
    const { coefficients } = new LeastSquaresFit(program, training).fit(pade, FULL_STAGES);
    add("minimax rational", withCoefficients(program, coefficients));
  }
  return found;
}

/** The minimax polynomial of f^(1/2^s) as a program that squares it s times. For f(x) = 2^x that root is f(x / 2^s). */
function squaredMinimax(target: Target, degree: number, squarings: number): Program {
  const root: Target = {
    ...target,
    evaluate(x) {
      let value = target.evaluate(x);
      for (let k = 0; k < squarings; k++) value = dd.sqrt(value);
      return value;
    },
  };
  return hornerProgram(degree, squarings, minimaxPolynomial(root, degree).coefficients.map(dd.toNumber));
}
