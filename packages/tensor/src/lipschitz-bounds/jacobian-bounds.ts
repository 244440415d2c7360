import { concatenate } from "../kernels/concatenate/index.ts";
import { add } from "../kernels/map/binary.ts";
import type { Tensor } from "../tensor.ts";
import { type DeviceNetwork, select, selectSum } from "./device-network.ts";
import type { ForwardBounds } from "./forward-bounds.ts";
import { freeProduct, intervalProduct, mcCormick, type Plane, signedProduct } from "./products.ts";
import {
  descend,
  deviceLines,
  devicesLines,
  type Interval,
  intervalOn,
  largest,
  onBothSides,
  type StageLines,
} from "./substitution.ts";
import type { Values } from "./values.ts";

/** How the products of the chain rule are relaxed: linearly, linearly where signs are known (RecurJac), or by intervals. */
export type JacobianRelaxation = "linear" | "recurjac" | "interval";

/** Planes about the products of gradients and slopes of a stage, [cases, neurons]. */
interface StagePlanes {
  readonly upper: PlaneArrays;
  readonly lower: PlaneArrays;
}

interface PlaneArrays {
  readonly ofGradient: Values;
  readonly ofSlope: Values;
  readonly constant: Values;
}

/** Bounds of the derivatives of outputs in what each stage is given (the input first), with what further rows need. A case is one output in one box, outputs fastest. */
export interface GradientBounds {
  readonly cases: number;
  /** [cases, neurons], of the inputs of each stage. */
  readonly gradients: readonly Interval[];
  readonly planes: readonly StagePlanes[];
  /** What rounding changes at most in a unit row times the stage's map, [cases, inputs of the stage]. */
  readonly errors: readonly Values[];
  /** The forward pass with every box repeated for each output. */
  readonly forward: ForwardBounds;
}

/**
 * Bounds of the Clarke Jacobian by linear bound propagation through the chain rule, from the last layer to the input.
 *
 * @param options inputs: how the derivatives in the input themselves are bounded; `"interval"` is enough where only few forms in them are wanted. Default: the relaxation.
 *
 * Source: sections on the backward graph and its relaxations (clarke gradients as a second network).
 */
export async function gradientBounds(
  on: DeviceNetwork,
  boxes: ForwardBounds,
  outputs: readonly number[],
  relaxation: JacobianRelaxation,
  { inputs = relaxation }: { readonly inputs?: JacobianRelaxation } = {},
): Promise<GradientBounds> {
  const forward = repeatBoxes(boxes, outputs.length);
  const cases = forward.boxes;
  const last = await lastGradients(on, outputs, cases);
  const gradients: Interval[] = [last];
  const planes: StagePlanes[] = [];
  const errors: Values[] = [new Float64Array(0)];
  for (let stage = on.hidden - 1; stage >= 0; stage--) {
    const products = productsOf(on, forward, stage, gradients[0], errors[0], relaxation);
    planes.unshift(products.planes);
    const interval = await intervalGradients(on, stage, products.range, cases);
    errors.unshift(interval.errors);
    const soFar = { cases, gradients, planes, errors, forward };
    const own = stage === 0 ? inputs : relaxation;
    gradients.unshift(
      own === "interval" ? interval.bounds : tighter(await linearGradients(on, stage, soFar), interval.bounds),
    );
  }
  return { cases, gradients, planes, errors, forward };
}

/**
 * Relaxations whose bounds are taken together for those asked for. The planes that are tightest about single products of smooth activations are not always so for the whole network (by up to 8 % in random ones),
 * so that RecurJac's are looked at too.
 */
export function passesOf(on: DeviceNetwork, relaxation: JacobianRelaxation): readonly JacobianRelaxation[] {
  return relaxation === "linear" && !on.network.isPiecewiseLinear ? ["linear", "recurjac"] : [relaxation];
}

/** Upper bounds of linear forms in the derivatives in the input, one for each case; and, when asked for, the coefficients that reach the products of each stage, [cases, neurons]. */
export async function boundForms(
  on: DeviceNetwork,
  bounds: GradientBounds,
  form: { readonly rows: Values; readonly constants: Values },
  withCoefficients = false,
): Promise<{ readonly upper: Values; readonly coefficients: readonly Values[] }> {
  const { cases, gradients, errors } = bounds;
  const sizes = largest(gradients[0]);
  const inputs = sizes.length / cases;
  const constants = form.constants.slice();
  for (const [index, coefficient] of form.rows.entries()) {
    const error = (errors[0][index] ?? 0) + 8 * on.unit * sizes[index];
    constants[Math.floor(index / inputs)] += Math.abs(coefficient) * error;
  }
  const coefficients: Values[] = [];
  if (withCoefficients)
    for (let stage = 0; stage < on.hidden; stage++)
      coefficients.push(await on.read(() => climb(on, bounds, 0, on.perBox(form.rows, cases), stage).rows));
  const bound = await on.read(() => boundRows(on, bounds, 0, on.perBox(form.rows, cases)));
  const upper = bound.map((value, index) => value + constants[index] + 2 ** -52 * Math.abs(constants[index]));
  return { upper, coefficients };
}

/** Gradients in what the last stage is given: rows of its map. */
async function lastGradients(on: DeviceNetwork, outputs: readonly number[], cases: number): Promise<Interval> {
  const map = on.maps.at(-1)!;
  const { inputs, outputs: all } = map.stage;
  const rows = new Float64Array(outputs.length * all);
  for (const [row, output] of outputs.entries()) rows[row * all + output] = 1;
  const values = await on.read(() => map.applyTransposed(on.device.tensor(rows, [outputs.length, all], on.dtype)));
  const sizes = await on.read(() => map.applyTransposed(on.device.tensor(rows, [outputs.length, all], on.dtype), true));
  const at = (index: number) => index % (outputs.length * inputs);
  return {
    lower: Float64Array.from({ length: cases * inputs }, (_, k) => values[at(k)] - map.rounding * sizes[at(k)]),
    upper: Float64Array.from({ length: cases * inputs }, (_, k) => values[at(k)] + map.rounding * sizes[at(k)]),
  };
}

/** Planes about the products of a stage and their intervals; the rounding of what follows is in the planes' constants. */
function productsOf(
  on: DeviceNetwork,
  forward: ForwardBounds,
  stage: number,
  gradients: Interval,
  errors: Values,
  relaxation: JacobianRelaxation,
): { readonly planes: StagePlanes; readonly range: Interval } {
  const count = gradients.lower.length;
  const make = () => ({
    ofGradient: new Float64Array(count),
    ofSlope: new Float64Array(count),
    constant: new Float64Array(count),
  });
  const planes = { upper: make(), lower: make() };
  const range = { lower: new Float64Array(count), upper: new Float64Array(count) };
  const slopes = forward.slopes[stage];
  const isSmooth = forward.slopeLines[stage] !== undefined;
  const relax =
    relaxation === "interval"
      ? intervalProduct
      : relaxation === "recurjac"
        ? signedProduct
        : isSmooth
          ? mcCormick
          : freeProduct;
  const rounding = on.sumRounding(count / forward.boxes);
  for (let index = 0; index < count; index++) {
    const given = {
      gradient: [gradients.lower[index], gradients.upper[index]],
      slope: [slopes.lower[index], slopes.upper[index]],
    } as const;
    const { upper, lower } = relax(given);
    const interval = intervalProduct(given);
    range.lower[index] = interval.lower.constant;
    range.upper[index] = interval.upper.constant;
    const size = Math.max(-gradients.lower[index], gradients.upper[index]);
    const ofGradient = Math.max(Math.abs(upper.ofGradient), Math.abs(lower.ofGradient));
    const ofSlope = Math.max(Math.abs(upper.ofSlope), Math.abs(lower.ofSlope));
    const error =
      ofGradient * ((errors[index] ?? 0) + 8 * on.unit * size) + ofSlope * 8 * on.unit * slopes.upper[index];
    store(planes.upper, index, upper, error + rounding * Math.abs(upper.constant));
    store(planes.lower, index, lower, -error - rounding * Math.abs(lower.constant));
  }
  return { planes, range };
}

function store(arrays: PlaneArrays, index: number, { ofGradient, ofSlope, constant }: Plane, widening: number): void {
  arrays.ofGradient[index] = ofGradient;
  arrays.ofSlope[index] = ofSlope;
  arrays.constant[index] = constant + widening;
}

/** Intervals of Wᵀ p from those of p, and the rounding of a unit row times W. */
async function intervalGradients(
  on: DeviceNetwork,
  stage: number,
  products: Interval,
  cases: number,
): Promise<{ readonly bounds: Interval; readonly errors: Values }> {
  const map = on.maps[stage];
  const centres = products.lower.map((value, index) => (value + products.upper[index]) / 2);
  const radii = products.lower.map((value, index) => (products.upper[index] - value) / 2);
  const middle = await on.read(() => map.applyTransposed(on.perBox(centres, cases)));
  const spread = await on.read(() => {
    const both = concatenate([on.perBox(radii, cases), on.perBox(largest(products), cases)], { axis: 1 });
    return map.applyTransposed(both, true);
  });
  const { inputs } = map.stage;
  const radiusAt = (index: number) => spread[index + Math.floor(index / inputs) * inputs];
  const errors = middle.map((_, index) => map.rounding * spread[index + (Math.floor(index / inputs) + 1) * inputs]);
  // The rounding of the centre's product, of the radius's, and of both on the host.
  const reach = (index: number) => radiusAt(index) + 3 * errors[index];
  const bounds = {
    lower: middle.map((value, index) => value - reach(index)),
    upper: middle.map((value, index) => value + reach(index)),
  };
  return { bounds, errors };
}

async function linearGradients(on: DeviceNetwork, stage: number, bounds: GradientBounds): Promise<Interval> {
  const { cases, errors } = bounds;
  const neurons = on.maps[stage].stage.inputs;
  const lower = new Float64Array(cases * neurons);
  const upper = new Float64Array(cases * neurons);
  for (const { first, count } of on.batches(neurons, cases)) {
    const found = await on.read(() => boundRows(on, bounds, stage, on.unitRows(neurons, first, count), onBothSides));
    for (let each = 0; each < cases; each++)
      for (let row = 0; row < count; row++) {
        const index = each * neurons + first + row;
        upper[index] = found[each * 2 * count + row] + errors[0][index];
        lower[index] = -found[(2 * each + 1) * count + row] - errors[0][index];
      }
  }
  return { lower, upper };
}

/**
 * Upper bounds, [cases, rows], of rows times the gradients in what a stage is given, substituted up the chain rule to the last layer, and where activations are smooth down
 * the network to the input.
 *
 * `bounds` need not reach further down than the stage: its lists end with those of the last stage.
 *
 * @param spread what to do with the rows after the first product, which all cases share.
 */
function boundRows(
  on: DeviceNetwork,
  bounds: GradientBounds,
  stage: number,
  rows: Tensor,
  spread: (rows: Tensor) => Tensor = (same) => same,
): Tensor {
  const { cases, gradients, forward } = bounds;
  const end = climb(on, bounds, stage, rows, on.hidden, spread);
  const [above, below] = intervalOn(on, gradients.at(-1)!, cases);
  const last = selectSum(stage === on.hidden ? spread(end.rows) : end.rows, above, below);
  const constant = end.constant ? add(end.constant, last) : last;
  if (end.ofSlopes.every((each) => each === undefined)) return constant;
  const extras = end.ofSlopes.map(
    (each, index) => each && onPreactivation(on, each, forward.slopeLines[index]!, cases),
  );
  const total = extras.reduce((sum, extra) => (extra ? add(sum, extra.constant) : sum), constant);
  return descend(
    on,
    on.hidden - 1,
    { rows: undefined, constant: total },
    devicesLines(on, forward.lines, cases),
    intervalOn(on, forward.input, cases),
    extras.map((extra) => extra?.rows),
  );
}

/** Rows on the gradients in what `from` is given become rows on the products of `to`, or, for the stage after the last hidden one, on the gradients it gives. */
function climb(
  on: DeviceNetwork,
  { cases, planes, forward }: GradientBounds,
  from: number,
  start: Tensor,
  to: number,
  spread: (rows: Tensor) => Tensor = (same) => same,
): {
  readonly rows: Tensor;
  readonly constant: Tensor | undefined;
  /** Coefficients of the slopes of each stage. */
  readonly ofSlopes: readonly (Tensor | undefined)[];
} {
  let rows = start;
  let constant: Tensor | undefined;
  const ofSlopes: (Tensor | undefined)[] = new Array(on.hidden).fill(undefined);
  for (let stage = from; stage <= Math.min(to, on.hidden - 1); stage++) {
    rows = on.maps[stage].apply(rows);
    if (stage === from) rows = spread(rows);
    if (stage === to) break;
    // Lists that do not reach down to the input yet.
    const { upper, lower } = planes[stage - on.hidden + planes.length];
    const pair = (name: keyof PlaneArrays) => [on.perBox(upper[name], cases), on.perBox(lower[name], cases)] as const;
    const term = selectSum(rows, ...pair("constant"));
    constant = constant ? add(constant, term) : term;
    if (forward.slopeLines[stage] && hasSlopes(upper, lower)) ofSlopes[stage] = select(rows, ...pair("ofSlope"));
    rows = select(rows, ...pair("ofGradient"));
  }
  return { rows, constant, ofSlopes };
}

function hasSlopes(upper: PlaneArrays, lower: PlaneArrays): boolean {
  return upper.ofSlope.some((value) => value !== 0) || lower.ofSlope.some((value) => value !== 0);
}

/** Coefficients of the slopes of a stage as coefficients of what comes out of its linear map. */
function onPreactivation(on: DeviceNetwork, rows: Tensor, lines: StageLines, cases: number) {
  const { upperSlope, upperIntercept, lowerSlope, lowerIntercept } = deviceLines(on, lines, cases);
  return { rows: select(rows, upperSlope, lowerSlope), constant: selectSum(rows, upperIntercept, lowerIntercept) };
}

export function tighter(first: Interval, second: Interval): Interval {
  return {
    lower: first.lower.map((value, index) => Math.max(value, second.lower[index])),
    upper: first.upper.map((value, index) => Math.min(value, second.upper[index])),
  };
}

function repeatBoxes(bounds: ForwardBounds, times: number): ForwardBounds {
  if (times === 1) return bounds;
  const repeat = (values: Values) => {
    const width = values.length / bounds.boxes;
    const repeated = new Float64Array(values.length * times);
    for (let box = 0; box < bounds.boxes; box++)
      for (let copy = 0; copy < times; copy++)
        repeated.set(values.subarray(box * width, (box + 1) * width), (box * times + copy) * width);
    return repeated;
  };
  const interval = ({ lower, upper }: Interval) => ({ lower: repeat(lower), upper: repeat(upper) });
  const lines = (each: StageLines) => ({
    upperSlope: repeat(each.upperSlope),
    upperIntercept: repeat(each.upperIntercept),
    lowerSlope: repeat(each.lowerSlope),
    lowerIntercept: repeat(each.lowerIntercept),
  });
  return {
    boxes: bounds.boxes * times,
    input: interval(bounds.input),
    preactivations: bounds.preactivations.map(interval),
    slopes: bounds.slopes.map(interval),
    lines: bounds.lines.map(lines),
    slopeLines: bounds.slopeLines.map((each) => each && lines(each)),
    errors: bounds.errors.map(repeat),
    isEmpty: Uint8Array.from({ length: bounds.boxes * times }, (_, index) => bounds.isEmpty[Math.floor(index / times)]),
  };
}
