import { isComplex, isFloat } from "../dtype.ts";
import { conj } from "../kernels/complex-parts/index.ts";
import { runProgram } from "../kernels/fused/index.ts";
import { type TracedFunction, traceFunction } from "../kernels/fused/symbolic-device.ts";
import type { MapOptions } from "../kernels/map/arguments.ts";
import { multiply } from "../kernels/map/binary.ts";
import { Tensor } from "../tensor.ts";
import { type Derivatives, type Primitive, type RuleContext, rulesOf } from "./primitive.ts";
import { elementwiseCoefficients } from "./taylor.ts";

// Rules of elementwise operations, each as one kernel: traced once, compiled, and replayed. Small networks spend most of their time in these passes.

type Slope = (Derivatives<unknown> & { structure: "elementwise" })["derivative"];

/** Beyond this many, rules are traced anew: constants that change make no end of them. */
const LARGEST_CACHE = 2000;

const rules = new Map<string, TracedFunction | null>();

/** `v` times the derivative of an elementwise primitive, or times its conjugate, which is the adjoint; null where that is zero. */
export function timesSlope<Options>(
  v: Tensor,
  primitive: Primitive<Options>,
  context: RuleContext<Options>,
  kind?: "adjoint",
): Tensor | null {
  const { inputs, outputs, options } = context;
  const derivative = slopeOf(primitive, options);
  const key = keyOf(primitive, inputs[0], options);
  if (key === undefined) {
    const slope = derivative(inputs[0], outputs[0], options);
    if (slope === null) return null;
    return multiply(v, kind === "adjoint" && slope instanceof Tensor && isComplex(slope.dtype) ? conj(slope) : slope);
  }
  const rule = traced(`slope ${key}`, 3, ([cotangent, x, y]) => {
    const slope = derivative(x, y, options);
    return slope === null ? null : [multiply(cotangent, slope)];
  });
  return rule && run(rule, [v, inputs[0], outputs[0]])[0];
}

/** Coefficients 1 … order of an elementwise primitive's output from those of its input. */
export function elementwiseSeries<Options>(
  primitive: Primitive<Options>,
  x: readonly (Tensor | null)[],
  order: number,
  context: RuleContext<Options>,
): readonly (Tensor | null)[] {
  const { inputs, outputs, options } = context;
  const derivative = slopeOf(primitive, options);
  const key = keyOf(primitive, inputs[0], options);
  if (key === undefined) return elementwiseCoefficients(x, order, context, derivative);
  const present = x.map((_, k) => k).filter((k) => k > 0 && x[k] !== null);
  const rule = traced(`series ${order} ${present} ${key}`, 2 + present.length, ([input, output, ...given]) => {
    const series = x.map((_, k) => (k === 0 ? input : present.includes(k) ? given[present.indexOf(k)] : null));
    const coefficients = elementwiseCoefficients(
      series,
      order,
      { inputs: [input], outputs: [output], options },
      derivative,
    );
    // A derivative of zero gives no series; otherwise every order has a term of the first coefficient.
    const zero = () => input.device.zeros([], input.dtype);
    return coefficients.every((each) => each === null) ? null : coefficients.map((each) => each ?? zero());
  });
  if (!rule) return new Array<null>(order).fill(null);
  return run(rule, [inputs[0], outputs[0], ...present.map((k) => x[k]!)]);
}

function slopeOf<Options>(primitive: Primitive<Options>, options: Options): Slope {
  const { derivative } = rulesOf(primitive, options) as Derivatives<Options> & { structure: "elementwise" };
  return derivative as Slope;
}

/** Names the operation where its rules can be traced: those of `map` on real numbers. */
function keyOf<Options>({ name }: Primitive<Options>, { dtype }: Tensor, options: Options): string | undefined {
  if (name !== "map" || !isFloat(dtype)) return undefined;
  const { operation, constants = [] } = options as unknown as MapOptions;
  return `${operation} ${constants}`;
}

function traced(
  key: string,
  count: number,
  rule: (values: readonly Tensor[]) => readonly Tensor[] | null,
): TracedFunction | null {
  const known = rules.get(key);
  if (known !== undefined) return known;
  const made = traceFunction(count, rule);
  if (rules.size >= LARGEST_CACHE) rules.clear();
  rules.set(key, made);
  return made;
}

function run({ program, used }: TracedFunction, values: readonly Tensor[]): Tensor[] {
  return runProgram(
    program,
    used.map((index) => values[index]),
    values[1].shape,
    values[1],
  );
}
