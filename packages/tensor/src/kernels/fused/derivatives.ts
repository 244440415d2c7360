import { sumTo } from "../../differentiation/broadcasting.ts";
import { ForwardTrace } from "../../differentiation/forward.ts";
import type { Derivatives, MaybeTensors, RuleContext } from "../../differentiation/primitive.ts";
import { Tape } from "../../differentiation/reverse.ts";
import { TaylorTrace } from "../../differentiation/taylor.ts";
import type { Tensor } from "../../tensor.ts";
import { runProgram, runSteps } from "./index.ts";
import type { FusedOptions } from "./patterns.ts";
import type { Program } from "./program.ts";
import { SymbolicDevice } from "./symbolic-device.ts";

/** A program's derivative: a program of the inputs, the outputs, and further values (cotangents, tangents, coefficients), of which it uses some. */
interface Derived {
  readonly program: Program;
  readonly used: readonly number[];
  /** Which of the asked results it gives; the others are zero. */
  readonly given: readonly number[];
}

export const fusedDerivatives: Derivatives<FusedOptions> = {
  structure: "nonlinear",
  reverse(cotangents, context) {
    const { needed } = context;
    const present = presentIn(cotangents);
    const wanted = context.inputs.map((_, index) => index).filter((index) => needed[index]);
    const derived = derivedFrom(
      context.options.program,
      `reverse ${present} | ${wanted}`,
      present.length,
      (setting) => {
        const { inputs, run, further } = setting;
        using tape = new Tape();
        const variables = inputs.map((input) => tape.variable(input));
        const outputs = run(variables);
        return tape
          .pullback(
            present.map((index) => outputs[index]),
            further,
            variables,
          )
          .filter((_, index) => needed[index]);
      },
    );
    const results = runDerived(
      derived,
      context,
      present.map((index) => cotangents[index]!),
      wanted.length,
    );
    const cotangentOf = new Map(wanted.map((input, position) => [input, results[position]]));
    return context.inputs.map(({ shape }, input) => {
      const result = cotangentOf.get(input);
      return result ? sumTo(result, shape) : null;
    });
  },
  forward(tangents, context) {
    const present = presentIn(tangents);
    const derived = derivedFrom(context.options.program, `forward ${present}`, present.length, (setting) => {
      using trace = new ForwardTrace();
      const duals = setting.inputs.map((input, index) =>
        present.includes(index) ? trace.dual(input, setting.further[present.indexOf(index)]) : input,
      );
      return setting.run(duals).map((output) => trace.tangentOf(output));
    });
    const given = present.map((index) => tangents[index]!);
    return runDerived(derived, context, given, context.outputs.length);
  },
  taylor(series, order, context) {
    const present = series.map((each) => presentIn(each.slice(1)).map((index) => index + 1));
    const count = present.flat().length;
    const { program } = context.options;
    const derived = derivedFrom(program, `taylor ${order} ${JSON.stringify(present)}`, count, (setting) => {
      using trace = new TaylorTrace(order);
      let next = 0;
      const expanded = setting.inputs.map((input, index) => {
        if (present[index].length === 0) return input;
        const coefficients = new Array<Tensor | null>(order).fill(null);
        for (const k of present[index]) coefficients[k - 1] = setting.further[next++];
        return trace.expand(input, coefficients);
      });
      return setting.run(expanded).flatMap((output) => trace.seriesOf(output).slice(1));
    });
    const given = present.flatMap((orders, input) => orders.map((k) => series[input][k]!));
    const results = runDerived(derived, context, given, order * context.outputs.length);
    return context.outputs.map((_, output) => results.slice(output * order, (output + 1) * order));
  },
};

interface Setting {
  readonly inputs: readonly Tensor[];
  /** The cotangents, tangents or coefficients. */
  readonly further: readonly Tensor[];
  /** Runs the program; its known outputs are not computed again. */
  run(inputs: readonly Tensor[]): Tensor[];
}

const derivatives = new WeakMap<Program, Map<string, Derived>>();

/** Traces a derivative once per program and kind. */
function derivedFrom(
  program: Program,
  kind: string,
  furtherCount: number,
  derive: (setting: Setting) => readonly (Tensor | null)[],
): Derived {
  const known = derivatives.get(program) ?? new Map<string, Derived>();
  derivatives.set(program, known);
  const before = known.get(kind);
  if (before) return before;
  const device = new SymbolicDevice();
  const derived = device.scope((): Derived => {
    const make = (count: number) => Array.from({ length: count }, () => device.input());
    const inputs = make(program.inputs);
    const outputs = make(program.outputs.length);
    const further = make(furtherCount);
    const value = (tensor: Tensor) => device.numberOf(tensor);
    for (const [index, output] of runSteps(program, inputs, inputs[0]).entries())
      device.builder.substitute(value(output), value(outputs[index]));
    const results = derive({ inputs, further, run: (given) => runSteps(program, given, inputs[0]) });
    const given = results.map((_, index) => index).filter((index) => results[index] !== null);
    const built = device.builder.build(
      [...inputs, ...outputs, ...further].map(value),
      given.map((index) => value(results[index]!)),
    );
    return { ...built, given };
  });
  known.set(kind, derived);
  return derived;
}

function runDerived(
  { program, used, given }: Derived,
  { inputs, outputs }: RuleContext<FusedOptions>,
  further: readonly Tensor[],
  count: number,
): (Tensor | null)[] {
  const results = new Array<Tensor | null>(count).fill(null);
  if (given.length === 0) return results;
  const all = [...inputs, ...outputs, ...further];
  const values = runProgram(
    program,
    used.map((index) => all[index]),
    outputs[0].shape,
    inputs[0],
  );
  for (const [position, index] of given.entries()) results[index] = values[position];
  return results;
}

function presentIn(values: MaybeTensors): number[] {
  return values.map((_, index) => index).filter((index) => values[index] !== null);
}
