import { concatenate } from "../kernels/concatenate/index.ts";
import { add } from "../kernels/map/binary.ts";
import { neg } from "../kernels/map/unary.ts";
import type { Tensor } from "../tensor.ts";
import { type DeviceNetwork, select, selectSum } from "./device-network.ts";
import type { Values } from "./values.ts";

/** Bounds of the neurons of a layer, [boxes, neurons]. */
export interface Interval {
  readonly lower: Values;
  readonly upper: Values;
}

/** Lines about an activation as functions of what comes out of the linear map before the bias: biases and rounding errors are in the intercepts. */
export interface StageLines {
  readonly upperSlope: Values;
  readonly upperIntercept: Values;
  readonly lowerSlope: Values;
  readonly lowerIntercept: Values;
}

/** Rows and their negatives, so that upper bounds are all that is needed. */
export function onBothSides(rows: Tensor): Tensor {
  return concatenate([rows, neg(rows)], { axis: 1 });
}

/** Largest absolute values. */
export function largest({ lower, upper }: Interval): Values {
  return lower.map((value, index) => Math.max(Math.abs(value), Math.abs(upper[index])));
}

/** Coefficients, [boxes or 1, rows, neurons], with what has been added up on the way, [boxes or 1, rows]. */
export interface LinearForm {
  readonly rows: Tensor | undefined;
  readonly constant: Tensor | undefined;
}

export interface DeviceLines {
  readonly upperSlope: Tensor;
  readonly upperIntercept: Tensor;
  readonly lowerSlope: Tensor;
  readonly lowerIntercept: Tensor;
}

export function devicesLines(on: DeviceNetwork, lines: readonly StageLines[], boxes: number): DeviceLines[] {
  return lines.map((each) => deviceLines(on, each, boxes));
}

export function deviceLines(on: DeviceNetwork, lines: StageLines, boxes: number): DeviceLines {
  return {
    upperSlope: on.perBox(lines.upperSlope, boxes),
    upperIntercept: on.perBox(lines.upperIntercept, boxes),
    lowerSlope: on.perBox(lines.lowerSlope, boxes),
    lowerIntercept: on.perBox(lines.lowerIntercept, boxes),
  };
}

/** The upper and the lower end of values that rows end at, moved outward by the rounding of the sum. */
export function intervalOn(
  on: DeviceNetwork,
  { lower, upper }: Interval,
  boxes: number,
): readonly [above: Tensor, below: Tensor] {
  const rounding = on.sumRounding(lower.length / boxes);
  const above = upper.map((value) => value + rounding * Math.abs(value));
  const below = lower.map((value) => value - rounding * Math.abs(value));
  return [on.perBox(above, boxes), on.perBox(below, boxes)];
}

/** Upper bounds, [boxes, rows], of linear forms in the activations of a stage (−1: the input), see `descendForm`. */
export function descend(
  on: DeviceNetwork,
  from: number,
  form: LinearForm,
  lines: readonly DeviceLines[],
  [above, below]: readonly [Tensor, Tensor],
  extras: readonly (Tensor | undefined)[] = [],
): Tensor {
  const { rows, constant } = descendForm(on, from, form, lines, extras);
  const bound = selectSum(rows!, above, below);
  return constant ? add(constant, bound) : bound;
}

/**
 * Linear forms in the activations of a stage, substituted down to the input: forms there that are above them.
 *
 * @param extras coefficients of what comes out of the linear maps, to be added on the way.
 */
export function descendForm(
  on: DeviceNetwork,
  from: number,
  form: LinearForm,
  lines: readonly DeviceLines[],
  extras: readonly (Tensor | undefined)[] = [],
): LinearForm {
  let { rows, constant } = form;
  const plus = (sum: Tensor | undefined, term: Tensor) => (sum ? add(sum, term) : term);
  for (let stage = from; stage >= 0; stage--) {
    const { upperSlope, upperIntercept, lowerSlope, lowerIntercept } = lines[stage];
    let own: Tensor | undefined;
    if (rows) {
      constant = plus(constant, selectSum(rows, upperIntercept, lowerIntercept));
      own = select(rows, upperSlope, lowerSlope);
    }
    const extra = extras[stage];
    if (extra) own = plus(own, extra);
    rows = own && on.maps[stage].applyTransposed(own);
  }
  return { rows, constant };
}
