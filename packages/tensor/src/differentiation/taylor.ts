import { isComplex, isDifferentiable, partDType } from "../dtype.ts";
import { complex } from "../kernels/complex-parts/index.ts";
import { add, multiply } from "../kernels/map/binary.ts";
import type { Tensor } from "../tensor.ts";
import { applyLinear, ForwardTrace } from "./forward.ts";
import { elementwiseSeries } from "./fused-rules.ts";
import {
  apply,
  below,
  nextLevel,
  type Primitive,
  type RuleContext,
  rulesOf,
  type Trace,
  TraceLink,
} from "./primitive.ts";

/** Taylor coefficients of a value along a path: `[value, c₁, c₂, …]`, the k-th derivative being k! cₖ; null is zero. */
type Series = readonly (Tensor | null)[];

class SeriesLink extends TraceLink {
  readonly series: Series;

  constructor(trace: TaylorTrace, series: Series) {
    super(
      trace,
      series[0]!,
      series.filter((each) => each !== null),
    );
    this.series = series;
  }
}

/** Taylor mode: every value that depends on the path's parameter carries its coefficients up to `order`. */
export class TaylorTrace implements Trace, Disposable {
  readonly level = nextLevel();
  readonly order: number;
  active = true;

  constructor(order: number) {
    this.order = order;
  }

  /** A value with coefficients 1 … order. */
  expand(value: Tensor, coefficients: Series): Tensor {
    return value.alias(
      new SeriesLink(
        this,
        [value, ...coefficients].map((each) => each?.alias() ?? null),
      ),
    );
  }

  /** All coefficients of a value, from the 0-th. */
  seriesOf(value: Tensor): Series {
    if (value.link?.trace === this) return (value.link as SeriesLink).series;
    return [value, ...new Array<null>(this.order).fill(null)];
  }

  run<Options>(primitive: Primitive<Options>, inputs: readonly Tensor[], options: Options): readonly Tensor[] {
    const primals = inputs.map((input) => below(this, input));
    const outputs = apply(primitive, primals, options);
    if (!outputs.some(({ dtype }) => isDifferentiable(dtype))) return outputs;
    const series = inputs.map((input) => this.seriesOf(input));
    const context = { inputs: primals, outputs, options };
    const coefficients = coefficientsOf(primitive, series, this.order, context);
    return outputs.map((output, index) =>
      coefficients[index].some((each) => each !== null) ? this.expand(output, coefficients[index]) : output,
    );
  }

  [Symbol.dispose](): void {
    this.active = false;
  }
}

/** Coefficients 1 … order of every output. */
function coefficientsOf<Options>(
  primitive: Primitive<Options>,
  series: readonly Series[],
  order: number,
  context: RuleContext<Options>,
): readonly Series[] {
  const rules = rulesOf(primitive, context.options);
  const orders = Array.from({ length: order }, (_, index) => index + 1);
  switch (rules.structure) {
    case "linear": {
      const byOrder = orders.map((k) => {
        const values = series.map((each) => each[k]);
        return values.every((value) => value === null) ? null : applyLinear(primitive, values, context);
      });
      return context.outputs.map((_, output) => byOrder.map((results) => results?.[output] ?? null));
    }
    case "bilinear": {
      const rest = context.inputs.slice(2);
      const product = (a: Tensor, b: Tensor) => apply(primitive, [a, b, ...rest], context.options)[0];
      return [orders.map((k) => convolve(series[0], series[1], k, product))];
    }
    case "elementwise":
      return [elementwiseSeries(primitive, series[0], order, context)];
    case "nonlinear":
      return rules.taylor
        ? rules.taylor(series, order, context)
        : nestedCoefficients(primitive, series, order, context);
  }
}

/** Σ a_i b_(k−i), or null when every term has a zero factor. */
function convolve(a: Series, b: Series, k: number, product: (a: Tensor, b: Tensor) => Tensor): Tensor | null {
  let sum: Tensor | null = null;
  for (let i = 0; i <= k; i++) {
    const left = a[i];
    const right = b[k - i];
    if (!left || !right) continue;
    const term = product(left, right);
    sum = sum ? add(sum, term) : term;
  }
  return sum;
}

/**
 * From y′ = f′(x) x′: k y_k = Σ_(i=1…k) i x_i u_(k−i), where u is the series of f′(x). The derivative is written in operations, so its series comes from
 * running it under a Taylor trace of its own, which needs y only up to the order already known.
 */
export function elementwiseCoefficients<Options>(
  x: Series,
  order: number,
  { inputs: [input], outputs: [output], options }: RuleContext<Options>,
  derivative: (input: Tensor, output: Tensor, options: Options) => Tensor | number | null,
): Series {
  const y: (Tensor | null)[] = [output];
  for (let k = 1; k <= order; k++) {
    using trace = new TaylorTrace(k - 1);
    const slope = derivative(trace.expand(input, x.slice(1, k)), trace.expand(output, y.slice(1, k)), options);
    if (slope === null) return new Array<null>(order).fill(null);
    const u = typeof slope === "number" ? [input.device.full([], slope, input.dtype)] : trace.seriesOf(slope);
    const weighted = x
      .slice(0, k + 1)
      .map((each, i) => (i === 0 || !each ? null : i === k ? each : multiply(each, i / k)));
    y.push(convolve(weighted, u, k, multiply));
  }
  return y.slice(1);
}

/** For primitives without structure: derivatives in the path's parameter by forward mode nested `order` times; cost 2^order. */
function nestedCoefficients<Options>(
  primitive: Primitive<Options>,
  series: readonly Series[],
  order: number,
  { inputs, outputs, options }: RuleContext<Options>,
): Series[] {
  const { device } = inputs[0];
  const pathAt = (input: Tensor, coefficients: Series, t: Tensor): Tensor => {
    if (coefficients.slice(1).every((each) => each === null)) return input;
    const parameter = isComplex(input.dtype) ? complex(t, device.zeros([], t.dtype)) : t;
    // Horner's rule in t, whose value is 0: it changes no number, only carries the derivatives.
    let sum: Tensor | null = null;
    for (let k = order; k >= 1; k--) {
      const next = coefficients[k];
      sum =
        sum && next
          ? multiply(add(sum, next), parameter)
          : sum
            ? multiply(sum, parameter)
            : next && multiply(next, parameter);
    }
    return add(input, sum!);
  };
  // Real, whatever the inputs are: some may be complex and others not.
  const { dtype } = inputs.find((input) => isDifferentiable(input.dtype))!;
  const float = isComplex(dtype) ? partDType(dtype) : dtype;
  const evaluate = (t: Tensor) =>
    apply(
      primitive,
      inputs.map((input, index) => pathAt(input, series[index], t)),
      options,
    );
  let along: (t: Tensor) => readonly (readonly (Tensor | null)[])[] = (t) => evaluate(t).map((value) => [value]);
  for (let k = 1; k <= order; k++) {
    const previous = along;
    along = (t) => {
      using trace = new ForwardTrace();
      const results = previous(trace.dual(t, device.full([], 1, float)));
      return results.map((derivatives) => {
        const last = derivatives.at(-1) ?? null;
        return [...derivatives.map((each) => each && below(trace, each)), last && trace.tangentOf(last)];
      });
    };
  }
  let factorial = 1;
  const factorials = Array.from({ length: order }, (_, index) => (factorial *= index + 1));
  const results = along(device.zeros([], float));
  return outputs.map((_, output) =>
    results[output].slice(1).map((derivative, index) => derivative && multiply(derivative, 1 / factorials[index])),
  );
}
