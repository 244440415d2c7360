import { InvalidInputError } from "../errors.ts";
import type { Shape } from "../shape.ts";

/** A parsed equation: labels of the axes of each operand and of the result. Axes of an ellipsis have labels too, numbers that count from the last of them. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/**
 * Reads an equation in NumPy's syntax for operands of the given shapes. Without an arrow, the result has the ellipsis, then all labels that occur once, in alphabetical order.
 *
 * @throws InvalidInputError for anything else than letters, commas, one arrow, and one ellipsis per term; for a number of terms or labels that does not fit the operands;
 * for labels of the result that are repeated or occur in no operand.
 */
export function parseEquation(equation: string, shapes: readonly Shape[]): Equation {
  const [left, right, ...more] = equation.replaceAll(/\s/g, "").split("->");
  if (more.length > 0) refuse("one arrow at most", equation);
  const terms = left.split(",");
  if (terms.length !== shapes.length) refuse(`${shapes.length} terms, one for each operand`, equation);
  const operands = terms.map((term, index) => {
    const labels = labelsOf(term, equation, (named) => shapes[index].length - named);
    if (labels.length !== shapes[index].length)
      refuse(`${shapes[index].length} labels in "${term}", one for each axis of [${shapes[index]}]`, equation);
    return labels;
  });
  const spread = Math.max(0, ...operands.map((labels) => labels.filter(isSpread).length));
  const output = right === undefined ? impliedOutput(operands, spread) : labelsOf(right, equation, () => spread);
  if (new Set(output).size !== output.length) refuse("labels of the result only once", equation);
  const known = new Set(operands.flat());
  const unknown = output.find((label) => !known.has(label));
  if (unknown !== undefined) refuse(`labels of operands in the result, not ${unknown}`, equation);
  if (spread > 0 && !output.some(isSpread)) refuse("the ellipsis in the result too", equation);
  return { operands, output };
}

/** Whether a label is of an axis of an ellipsis. */
export function isSpread(label: string): boolean {
  return label < "A";
}

/** @param spreadOf how many axes an ellipsis stands for, beside so many named ones. */
function labelsOf(term: string, equation: string, spreadOf: (named: number) => number): string[] {
  const parts = term.split("...");
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z]*$/.test(part)))
    refuse(`letters, and one ellipsis at most, in "${term}"`, equation);
  if (parts.length === 1) return [...term];
  const spread = Math.max(0, spreadOf(parts[0].length + parts[1].length));
  const axes = Array.from({ length: spread }, (_, axis) => String(spread - axis));
  return [...parts[0], ...axes, ...parts[1]];
}

function impliedOutput(operands: readonly (readonly string[])[], spread: number): string[] {
  const all = operands.flat();
  const once = [...new Set(all)].filter((label) => !isSpread(label) && all.indexOf(label) === all.lastIndexOf(label));
  return [...Array.from({ length: spread }, (_, axis) => String(spread - axis)), ...once.sort()];
}

function refuse(expected: string, equation: string): never {
  throw new InvalidInputError("einsum: equation", expected, equation);
}
