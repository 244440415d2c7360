import { isDifferentiable } from "../dtype.ts";
import { add } from "../kernels/map/binary.ts";
import type { Tensor } from "../tensor.ts";
import { timesSlope } from "./fused-rules.ts";
import {
  apply,
  below,
  type MaybeTensors,
  nextLevel,
  type Primitive,
  type RuleContext,
  rulesOf,
  type Trace,
  TraceLink,
} from "./primitive.ts";

class TangentLink extends TraceLink {
  readonly tangent: Tensor;

  constructor(trace: ForwardTrace, primal: Tensor, tangent: Tensor) {
    super(trace, primal, [primal, tangent]);
    this.tangent = tangent;
  }
}

/** Forward mode: every value that depends on the input carries its tangent. */
export class ForwardTrace implements Trace, Disposable {
  readonly level = nextLevel();
  active = true;

  /** A value with a tangent of the same shape and dtype. */
  dual(value: Tensor, tangent: Tensor): Tensor {
    return value.alias(new TangentLink(this, value.alias(), tangent.alias()));
  }

  /** The tangent of a value; null when it does not depend on the input. */
  tangentOf({ link }: Tensor): Tensor | null {
    return link?.trace === this ? (link as TangentLink).tangent : null;
  }

  run<Options>(primitive: Primitive<Options>, inputs: readonly Tensor[], options: Options): readonly Tensor[] {
    const primals = inputs.map((input) => below(this, input));
    const outputs = apply(primitive, primals, options);
    if (!outputs.some(({ dtype }) => isDifferentiable(dtype))) return outputs;
    const tangents = inputs.map((input) => this.tangentOf(input));
    const results = pushForward(primitive, tangents, { inputs: primals, outputs, options });
    return outputs.map((output, index) => (results[index] ? this.dual(output, results[index]) : output));
  }

  [Symbol.dispose](): void {
    this.active = false;
  }
}

/** Tangents of the outputs, by the primitive's own rule or by its structure. */
function pushForward<Options>(
  primitive: Primitive<Options>,
  tangents: MaybeTensors,
  context: RuleContext<Options>,
): MaybeTensors {
  const rules = rulesOf(primitive, context.options);
  if (rules.structure === "nonlinear") return rules.forward(tangents, context);
  if (rules.structure === "linear") return applyLinear(primitive, tangents, context);
  if (rules.structure === "elementwise") return [timesSlope(tangents[0]!, primitive, context)];
  const [a, b] = context.inputs;
  const [da, db] = tangents;
  const left = da && apply(primitive, [da, b, ...context.inputs.slice(2)], context.options)[0];
  const right = db && apply(primitive, [a, db, ...context.inputs.slice(2)], context.options)[0];
  return [left && right ? add(left, right) : (left ?? right)];
}

/** A linear primitive at other values of its float inputs: integers stay, null is zero. */
export function applyLinear<Options>(
  primitive: Primitive<Options>,
  values: MaybeTensors,
  context: RuleContext<Options>,
): MaybeTensors {
  const rules = rulesOf(primitive, context.options);
  if (rules.structure === "linear" && rules.forward) return rules.forward(values, context);
  const filled = context.inputs.map(
    (input, index) =>
      values[index] ?? (isDifferentiable(input.dtype) ? input.device.zeros(input.shape, input.dtype) : input),
  );
  return apply(primitive, filled, context.options);
}
