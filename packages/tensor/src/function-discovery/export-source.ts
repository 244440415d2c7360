import { InvalidInputError } from "../errors.ts";
import { checkProgram, countOperations, LITERALS, type Operation, type Program, type Vertex } from "./program.ts";
import { type Format, roundTo } from "./rounding.ts";

/** Languages that a program can be written in. AssemblyScript is for vectors of 128 bits; WGSL has float32 only. */
export type SourceLanguage = "typescript" | "assemblyscript" | "wgsl";

/** @see exportSource */
export interface ExportOptions {
  readonly language: SourceLanguage;
  /** Of the function: lower-case letters first, then letters and digits. */
  readonly name: string;
  /** What every operation rounds to. bfloat16 has no arithmetic in these languages. */
  readonly format: "float32" | "float64";
  /** A line of documentation. */
  readonly summary?: string;
}

/**
 * A program as source code of one function of x, to be kept and compiled wherever it is wanted. TypeScript and AssemblyScript give the program's bits; a WGSL
 * compiler may fuse products and sums.
 *
 * @throws InvalidInputError for a name that is none, a format that the language does not have, or a program that is not well-formed.
 */
export function exportSource(program: Program, options: ExportOptions): string {
  const { language, name, format, summary = `${countOperations(program)} operations.` } = options;
  checkProgram("program", program);
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) throw new InvalidInputError("options.name", "a name in camelCase", name);
  const isKnown = format === "float32" || (format === "float64" && language !== "wgsl");
  if (!isKnown)
    throw new InvalidInputError("options.format", language === "wgsl" ? "float32" : "float32 or float64", format);
  const dialect = DIALECTS[language];
  if (!dialect) throw new InvalidInputError("options.language", Object.keys(DIALECTS).join(" or "), language);
  const texts: string[] = [];
  const lines: string[] = [];
  for (const [index, vertex] of program.vertices.entries()) {
    const [text, isStatement] = vertexText(vertex, texts, dialect, format);
    if (isStatement) lines.push(`  ${dialect.declare} v${index} = ${text};`);
    texts.push(isStatement ? `v${index}` : text);
  }
  return [...dialect.head(name, format, summary), ...lines, `  return ${texts.at(-1)};`, "}", ""].join("\n");
}

interface Dialect {
  readonly declare: string;
  head(name: string, format: Format, summary: string): string[];
  constant(value: number, format: Format): string;
  apply(operation: Exclude<Operation, "fma">, operands: readonly string[], format: Format): string;
}

const SYMBOL = { add: "+", subtract: "-", multiply: "*", divide: "/" } as const;
const LANES = { add: "add", subtract: "sub", multiply: "mul", divide: "div", sqrt: "sqrt" } as const;

const DIALECTS: Readonly<Record<SourceLanguage, Dialect>> = {
  typescript: {
    declare: "const",
    head: (name, _, summary) => [`/** ${summary} */`, `export function ${name}(x: number): number {`],
    constant: (value) => String(value),
    apply(operation, operands, format) {
      const value = operation === "sqrt" ? `Math.sqrt(${operands[0]})` : operands.join(` ${SYMBOL[operation]} `);
      return format === "float32" ? `Math.fround(${value})` : value;
    },
  },
  assemblyscript: {
    declare: "const",
    head: (name, _, summary) => [
      ...[`/** ${summary} */`, "// @ts-ignore: decorator", "@inline"],
      `export function ${name}(x: v128): v128 {`,
    ],
    constant: (value, format) => (format === "float32" ? `f32x4.splat(${value})` : `f64x2.splat(${value})`),
    apply: (operation, operands, format) =>
      `${format === "float32" ? "f32x4" : "f64x2"}.${LANES[operation]}(${operands.join(", ")})`,
  },
  wgsl: {
    declare: "let",
    head: (name, _, summary) => [`// ${summary}`, `fn ${name}(x: f32) -> f32 {`],
    constant: (value) => `${value}f`,
    apply: (operation, operands) =>
      operation === "sqrt" ? `sqrt(${operands[0]})` : operands.join(` ${SYMBOL[operation]} `),
  },
};

/** The text of a vertex, and whether it is a statement of its own: operations are, one each, so that they round in the program's order. */
function vertexText(
  { operation, inputs, value }: Vertex,
  texts: readonly string[],
  dialect: Dialect,
  format: Format,
): readonly [string, boolean] {
  if (operation === "input") return ["x", false];
  const constant = value ?? LITERALS[operation];
  if (constant !== undefined) return [dialect.constant(roundTo(format, constant), format), false];
  // A negative number behind a sign would read as a decrement.
  const operands = inputs.map((input) => (texts[input].startsWith("-") ? `(${texts[input]})` : texts[input]));
  if (operation !== "fma") return [dialect.apply(operation as Exclude<Operation, "fma">, operands, format), true];
  const product = dialect.apply("multiply", operands.slice(0, 2), format);
  const isInfix = dialect.apply("add", ["", ""], format).startsWith(" ");
  return [dialect.apply("add", [isInfix ? `(${product})` : product, operands[2]], format), true];
}
