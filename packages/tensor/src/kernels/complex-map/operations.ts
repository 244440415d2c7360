/** A complex number, real part first. */
export type Pair = readonly [re: number, im: number];

export type ComplexOperation = "neg" | "add" | "subtract" | "multiply" | "divide" | "where";

/** Names of the arguments; `where` has a condition before its two. */
export const ARGUMENTS: Readonly<Record<ComplexOperation, readonly string[]>> = {
  neg: ["x"],
  add: ["a", "b"],
  subtract: ["a", "b"],
  multiply: ["a", "b"],
  divide: ["a", "b"],
  where: ["condition", "a", "b"],
};

/** The definitions, in float64. */
export const DEFINITIONS: Readonly<Record<Exclude<ComplexOperation, "where">, (a: Pair, b: Pair) => Pair>> = {
  neg: ([re, im]) => [-re, -im],
  add: (a, b) => [a[0] + b[0], a[1] + b[1]],
  subtract: (a, b) => [a[0] - b[0], a[1] - b[1]],
  multiply: (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]],
  divide,
};

/** Without overflow in between; a quotient by 0 is infinite. Source: Smith, "Algorithm 116: Complex division" (Communications of the ACM, 1962). */
function divide([a, b]: Pair, [c, d]: Pair): Pair {
  if (c === 0 && d === 0) return [a / c, b / c];
  if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c;
    const scale = c + d * ratio;
    return [(a + b * ratio) / scale, (b - a * ratio) / scale];
  }
  const ratio = c / d;
  const scale = c * ratio + d;
  return [(a * ratio + b) / scale, (b * ratio - a) / scale];
}
