import { InvalidInputError } from "../errors.ts";

/** What an inner vertex computes of its inputs; `fma` is a·b + c. */
export const OPERATIONS = ["add", "subtract", "multiply", "divide", "fma", "sqrt"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Vertices without inputs besides x: a number to be fitted, or one that stays. */
export const LEAVES = ["coefficient", "zero", "one", "two"] as const;
export type Leaf = (typeof LEAVES)[number];

/** Inputs that an operation has. */
export const ARITY: Readonly<Record<Operation | Leaf | "input", number>> = {
  ...{ add: 2, subtract: 2, multiply: 2, divide: 2, fma: 3, sqrt: 1 },
  ...{ coefficient: 0, zero: 0, one: 0, two: 0, input: 0 },
};

export const LITERALS: Readonly<Partial<Record<Vertex["operation"], number>>> = { zero: 0, one: 1, two: 2 };

export interface Vertex {
  readonly operation: Operation | Leaf | "input";
  /** Numbers of earlier vertices, in the order of the operands. */
  readonly inputs: readonly number[];
  /** Of a coefficient: where its fit starts, or where it has ended. */
  readonly value?: number;
}

/**
 * A straight-line program of one variable: vertex 0 is the input x, every vertex follows those it takes, the last is the result, and every other but x leads
 * to it. Plain data.
 */
export interface Program {
  readonly vertices: readonly Vertex[];
}

/** The program that evolution starts from: f(x) = x. */
export const identity: Program = { vertices: [{ operation: "input", inputs: [] }] };

/** A vertex that knows its inputs themselves: what is rewired while a program is built or changed. */
export interface GraphVertex {
  operation: Vertex["operation"];
  inputs: GraphVertex[];
  value?: number | undefined;
}

/** The program that computes `result`: vertices that do not lead to it are gone, the others stand in the order in which they are first needed. */
export function programOf(result: GraphVertex): Program {
  const vertices: Vertex[] = [identity.vertices[0]];
  const numbers = new Map<GraphVertex, number>();
  const visit = (vertex: GraphVertex): number => {
    if (vertex.operation === "input") return 0;
    const known = numbers.get(vertex);
    if (known !== undefined) return known;
    const inputs = vertex.inputs.map(visit);
    const { operation, value } = vertex;
    const number = vertices.push(value === undefined ? { operation, inputs } : { operation, inputs, value }) - 1;
    numbers.set(vertex, number);
    return number;
  };
  visit(result);
  return { vertices };
}

/** The vertices of a program, as a graph; the last is the result. */
export function graphOf({ vertices }: Program): GraphVertex[] {
  const graph: GraphVertex[] = [];
  for (const { operation, inputs, value } of vertices)
    graph.push({ operation, inputs: inputs.map((input) => graph[input]), ...(value !== undefined && { value }) });
  return graph;
}

/** Builds programs from expressions: `expression(({ x, add, coefficient }) => add(x, coefficient(0.5)))`. */
export function expression(write: (builder: ExpressionBuilder) => GraphVertex): Program {
  const leaf = (operation: Vertex["operation"]): GraphVertex => ({ operation, inputs: [] });
  const operation =
    (name: Operation) =>
    (...inputs: GraphVertex[]): GraphVertex => {
      if (inputs.length !== ARITY[name]) throw new InvalidInputError(name, `${ARITY[name]} operands`, inputs.length);
      return { operation: name, inputs };
    };
  const operations = Object.fromEntries(OPERATIONS.map((name) => [name, operation(name)]));
  return programOf(
    write({
      ...(operations as Record<Operation, (...inputs: GraphVertex[]) => GraphVertex>),
      ...{ x: leaf("input"), zero: leaf("zero"), one: leaf("one"), two: leaf("two") },
      coefficient: (value = 1) => ({ operation: "coefficient", inputs: [], value }),
    }),
  );
}

/** See `expression`. */
export interface ExpressionBuilder extends Record<Operation, (...inputs: GraphVertex[]) => GraphVertex> {
  readonly x: GraphVertex;
  readonly zero: GraphVertex;
  readonly one: GraphVertex;
  readonly two: GraphVertex;
  coefficient(value?: number): GraphVertex;
}

/** Values of the coefficients, in the order of their vertices. */
export function coefficientsOf({ vertices }: Program): number[] {
  return vertices.flatMap(({ operation, value }) => (operation === "coefficient" ? [value ?? 0] : []));
}

/** The program with other coefficients. @throws InvalidInputError unless there are as many as it has. */
export function withCoefficients({ vertices }: Program, coefficients: ArrayLike<number>): Program {
  let next = 0;
  const replaced = vertices.map((vertex) =>
    vertex.operation === "coefficient" ? { ...vertex, value: coefficients[next++] } : vertex,
  );
  if (next !== coefficients.length) throw new InvalidInputError("coefficients", `${next} numbers`, coefficients.length);
  return { vertices: replaced };
}

/** For each vertex, whether its value depends on x. What does not is computed once and costs nothing per element. */
export function dependsOnInput({ vertices }: Program): boolean[] {
  const depends: boolean[] = [];
  for (const { operation, inputs } of vertices)
    depends.push(operation === "input" || inputs.some((input) => depends[input]));
  return depends;
}

/**
 * The same program, more freely: a subexpression of coefficients alone becomes one coefficient, and every use of a coefficient one of its own. Costs nothing and
 * computes the same until coefficients are fitted, which can then only be done better.
 */
export function freed(program: Program, compute: (operation: Operation, given: readonly number[]) => number): Program {
  const depends = dependsOnInput(program);
  const values: number[] = [];
  const graph: GraphVertex[] = [];
  const result = (number: number): GraphVertex => {
    const { operation } = program.vertices[number];
    if (depends[number] || LITERALS[operation] !== undefined) return graph[number];
    return { operation: "coefficient", inputs: [], value: values[number] };
  };
  for (const [index, { operation, inputs, value }] of program.vertices.entries()) {
    if (!depends[index])
      values[index] =
        value ??
        LITERALS[operation] ??
        compute(
          operation as Operation,
          inputs.map((input) => values[input]),
        );
    graph.push({ operation, inputs: inputs.map(result) });
  }
  return programOf(result(program.vertices.length - 1));
}

/** How often operations count; those left out count once. */
export type OperationWeights = Readonly<Partial<Record<Operation, number>>>;

/** The paper's "number of interactions": operations whose value depends on x, optionally weighted. */
export function countOperations(program: Program, weights: OperationWeights = {}): number {
  const depends = dependsOnInput(program);
  return program.vertices.reduce(
    (total, { operation }, index) => total + (index > 0 && depends[index] ? (weights[operation as Operation] ?? 1) : 0),
    0,
  );
}

/** All operations, those on coefficients alone too: the paper's "number of transforms". */
export function countTransforms({ vertices }: Program): number {
  return vertices.filter(({ operation }) => ARITY[operation] > 0).length;
}

/** Whether a value is a well-formed program. @throws InvalidInputError saying what is wrong. */
export function checkProgram(argument: string, { vertices }: Program): void {
  const refuse = (expected: string, actual: unknown) => {
    throw new InvalidInputError(argument, expected, actual);
  };
  if (vertices[0]?.operation !== "input") refuse("a program whose first vertex is the input", vertices[0]);
  for (const [index, { operation, inputs, value }] of vertices.entries()) {
    if (ARITY[operation] === undefined) refuse("known operations", operation);
    if (inputs.length !== ARITY[operation]) refuse(`${ARITY[operation]} inputs of ${operation}`, inputs.length);
    if (inputs.some((input) => !Number.isInteger(input) || input < 0 || input >= index))
      refuse(`vertex ${index} to take earlier vertices`, inputs);
    if (operation === "coefficient" && typeof value !== "number") refuse("a value of every coefficient", value);
  }
}

const SYMBOL: Readonly<Partial<Record<Vertex["operation"], string>>> = {
  ...{ add: "+", subtract: "-", multiply: "*", divide: "/" },
};

/** The program as one expression, with what is used twice named: `"v2 = x * x; v2 + 0.5"`. */
export function printProgram({ vertices }: Program): string {
  const uses = new Array<number>(vertices.length).fill(0);
  for (const { inputs } of vertices) for (const input of inputs) uses[input]++;
  const statements: string[] = [];
  const texts: string[] = [];
  for (const [index, vertex] of vertices.entries()) {
    const text = printVertex(vertex, texts);
    const isNamed = uses[index] > 1 && ARITY[vertex.operation] > 0;
    if (isNamed) statements.push(`v${index} = ${text.replace(/^\((.*)\)$/s, "$1")}`);
    texts.push(isNamed ? `v${index}` : text);
  }
  return [...statements, texts.at(-1)!.replace(/^\((.*)\)$/s, "$1")].join("; ");
}

function printVertex({ operation, inputs, value }: Vertex, texts: readonly string[]): string {
  if (operation === "input") return "x";
  if (operation === "coefficient") return String(value);
  if (LITERALS[operation] !== undefined) return String(LITERALS[operation]);
  const given = inputs.map((input) => texts[input]);
  return SYMBOL[operation] ? `(${given.join(` ${SYMBOL[operation]} `)})` : `${operation}(${given.join(", ")})`;
}
