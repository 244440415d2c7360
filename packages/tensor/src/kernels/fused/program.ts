import { type MapOperation, operationNamed } from "../map/operations.ts";

/** What a value of a program is: a float, or a truth value on the way to one. */
export type ValueKind = "float" | "bool";

/** One step; its arguments are numbers of inputs and earlier steps. */
export interface Step {
  readonly operation: MapOperation | "cast" | "constant";
  readonly arguments: readonly number[];
  readonly kind: ValueKind;
  /** Of a constant. */
  readonly constant?: number;
}

/** Elementwise operations in order. Values are numbered: the inputs from 0, then the steps. All inputs and outputs are floats of one dtype. */
export interface Program {
  readonly inputs: number;
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
  /** The same for programs that differ in their constants only: what compiled code is looked up by. */
  readonly structure: string;
}

interface Value {
  readonly operation: Step["operation"] | "input";
  readonly arguments: readonly number[];
  readonly kind: ValueKind;
  readonly constant: number;
}

/** A growing set of values, each distinct: an operation on the same arguments is the same value. */
export class ProgramBuilder {
  readonly #values: Value[] = [];
  readonly #known = new Map<string, number>();

  input(): number {
    return this.#values.push({ operation: "input", arguments: [], kind: "float", constant: 0 }) - 1;
  }

  constant(constant: number, kind: ValueKind = "float"): number {
    return this.#value({ operation: "constant", arguments: [], kind, constant });
  }

  cast(argument: number, kind: ValueKind): number {
    if (this.#values[argument].kind === kind) return argument;
    return this.#folded({ operation: "cast", arguments: [argument], kind, constant: 0 }, (x) =>
      kind === "float" ? x : Number(x !== 0),
    );
  }

  map(operation: MapOperation, values: readonly number[]): number {
    const { evaluate, result } = operationNamed(operation);
    const kind = result === "bool" ? "bool" : this.#values[values.at(-1)!].kind;
    return this.#folded({ operation, arguments: values, kind, constant: 0 }, evaluate);
  }

  /** Writes a whole program down; returns its outputs. */
  inline({ steps, outputs }: Program, inputs: readonly number[]): number[] {
    const values = [...inputs];
    for (const { operation, arguments: own, kind, constant } of steps) {
      const given = own.map((argument) => values[argument]);
      if (operation === "constant") values.push(this.constant(constant!, kind));
      else values.push(operation === "cast" ? this.cast(given[0], kind) : this.map(operation, given));
    }
    return outputs.map((output) => values[output]);
  }

  /** From now on `value` is what an operation gives that has given `instead` so far. */
  substitute(instead: number, value: number): void {
    const given = this.#values[instead];
    if (given.operation !== "input" && given.operation !== "constant") this.#known.set(keyOf(given), value);
  }

  /** The program for `outputs`, and which of the builder's inputs are its inputs. */
  build(inputs: readonly number[], outputs: readonly number[]): { program: Program; used: readonly number[] } {
    const needed = new Set<number>();
    const need = (value: number): void => {
      if (needed.has(value)) return;
      needed.add(value);
      this.#values[value].arguments.forEach(need);
    };
    outputs.forEach(need);
    const used = inputs.map((_, index) => index).filter((index) => needed.has(inputs[index]));
    const numbers = new Map(used.map((index, position) => [inputs[index], position]));
    const steps: Step[] = [];
    for (const [value, { operation, arguments: own, kind, constant }] of this.#values.entries()) {
      if (!needed.has(value) || operation === "input") continue;
      numbers.set(value, used.length + steps.length);
      steps.push({ operation, arguments: own.map((each) => numbers.get(each)!), kind, constant });
    }
    const program = programOf(
      used.length,
      steps,
      outputs.map((output) => numbers.get(output)!),
    );
    return { program, used };
  }

  #folded(value: Value, evaluate: (...values: number[]) => number): number {
    const given = value.arguments.map((argument) => this.#values[argument]);
    if (given.every(({ operation }) => operation === "constant"))
      return this.constant(evaluate(...given.map(({ constant }) => constant)), value.kind);
    return this.#value(value);
  }

  #value(value: Value): number {
    const key = keyOf(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const number = this.#values.push(value) - 1;
    this.#known.set(key, number);
    return number;
  }
}

function keyOf({ operation, arguments: own, kind, constant }: Value): string {
  return operation === "constant"
    ? `${kind} ${Object.is(constant, -0) ? "-0" : constant}`
    : `${operation} ${own} ${kind}`;
}

function programOf(inputs: number, steps: readonly Step[], outputs: readonly number[]): Program {
  const lines = steps.map(({ operation, arguments: own, kind }) => `${operation} ${own} ${kind}`);
  return { inputs, steps, outputs, structure: `${inputs}: ${lines.join("; ")} → ${outputs}` };
}
