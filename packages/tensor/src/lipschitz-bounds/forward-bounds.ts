import type { DeviceNetwork } from "./device-network.ts";
import type { Activation } from "./network.ts";
import {
  bellRelaxation,
  CURVES,
  type Relaxation,
  rectifierRelaxation,
  sigmoidalRelaxation,
  slopeRange,
} from "./relaxations.ts";
import { optimizedBounds } from "./slope-optimization.ts";
import {
  descend,
  devicesLines,
  type Interval,
  intervalOn,
  largest,
  onBothSides,
  type StageLines,
} from "./substitution.ts";
import type { Values } from "./values.ts";

/** Which side of 0 a domain of a branch and bound keeps a neuron on: 1, −1, or 0 for either; [boxes, neurons] of each hidden stage. */
type Signs = readonly Int8Array[];

/** Bounds of everything that a forward pass computes, with what a backward one needs of it. */
export interface ForwardBounds {
  readonly boxes: number;
  readonly input: Interval;
  /** Of each hidden stage. */
  readonly preactivations: readonly Interval[];
  /** The activations' slopes, [boxes, neurons] of each hidden stage. */
  readonly slopes: readonly Interval[];
  readonly lines: readonly StageLines[];
  /** Lines about the derivatives of smooth activations. */
  readonly slopeLines: readonly (StageLines | undefined)[];
  /** What rounding changes at most in a unit row times each hidden stage's map, [boxes, neurons]. */
  readonly errors: readonly Values[];
  /** Whether a box has no point with the signs asked for. */
  readonly isEmpty: Uint8Array;
}

export interface ForwardOptions {
  readonly signs?: Signs;
  /** Bounds that hold anyway, such as those of the domain that was split. */
  readonly known?: readonly Interval[];
  /** Take the known bounds as they are instead of propagating again. */
  readonly keepKnown?: boolean;
  /** Steps of the ascent that tightens the lower slopes of ReLUs. Default: 0. */
  readonly slopeIterations?: number;
}

/**
 * Bounds of the pre-activations of all hidden layers by backward substitution of linear relaxations (CROWN), in exact arithmetic and in that of the device: what rounding can
 * contribute is in the intercepts.
 */
export async function forwardBounds(
  on: DeviceNetwork,
  input: Interval,
  boxes: number,
  options: ForwardOptions = {},
): Promise<ForwardBounds> {
  const preactivations: Interval[] = [];
  const slopes: Interval[] = [];
  const lines: StageLines[] = [];
  const slopeLines: (StageLines | undefined)[] = [];
  const allErrors: Values[] = [];
  const isEmpty = new Uint8Array(boxes);
  let magnitudes = largest(input);
  for (let stage = 0; stage < on.hidden; stage++) {
    const map = on.maps[stage];
    const activation = map.stage.activation!;
    const errors = await productErrors(on, stage, magnitudes, boxes);
    allErrors.push(errors);
    const known = options.known?.[stage];
    const own =
      known && options.keepKnown ? known : await stageBounds(on, stage, { boxes, input, lines, errors }, options);
    const bounds = restrict(own, known, options.signs?.[stage], isEmpty);
    const signs = options.signs?.[stage];
    preactivations.push(bounds);
    slopes.push(slopesOf(activation, bounds, map.stage.outputs, signs));
    const widen = { bias: map.bias, errors, rounding: on.sumRounding(map.stage.outputs), unit: on.unit };
    lines.push(linesOf(bounds, (lower, upper, neuron) => relaxationOf(activation, lower, upper, neuron), widen));
    slopeLines.push(
      activation.kind === "piecewise-linear"
        ? undefined
        : linesOf(bounds, (lower, upper, neuron) => slopeRelaxationOf(activation, lower, upper, neuron), widen),
    );
    magnitudes = activationMagnitudes(activation, bounds, map.stage.outputs);
  }
  return { boxes, input, preactivations, slopes, lines, slopeLines, errors: allErrors, isEmpty };
}

/** What rounding changes at most in a row with unit coefficients times the stage's map, applied to values of these magnitudes, [boxes, neurons]. */
async function productErrors(on: DeviceNetwork, stage: number, magnitudes: Values, boxes: number): Promise<Values> {
  const { rounding, biasMagnitude } = on.maps[stage];
  const products = await on.read(() => on.maps[stage].apply(on.perBox(magnitudes, boxes), true));
  return products.map((product, index) => rounding * (product + biasMagnitude[index % biasMagnitude.length]));
}

interface StageContext {
  readonly boxes: number;
  readonly input: Interval;
  readonly lines: readonly StageLines[];
  readonly errors: Values;
}

async function stageBounds(
  on: DeviceNetwork,
  stage: number,
  context: StageContext,
  { slopeIterations = 0 }: ForwardOptions,
): Promise<Interval> {
  const { boxes, input, lines, errors } = context;
  const { bias, stage: spec } = on.maps[stage];
  const neurons = spec.outputs;
  const lower = new Float64Array(boxes * neurons);
  const upper = new Float64Array(boxes * neurons);
  const isOptimized = slopeIterations > 0 && stage > 0;
  for (const { first, count } of on.batches(neurons, boxes)) {
    const rows = () => onBothSides(on.maps[stage].applyTransposed(on.unitRows(neurons, first, count)));
    const found = isOptimized
      ? await optimizedBounds(on, {
          stage,
          boxes,
          rows,
          input,
          lines,
          rowCount: 2 * count,
          iterations: slopeIterations,
        })
      : await on.read(() => {
          const start = { rows: rows(), constant: undefined };
          return descend(on, stage - 1, start, devicesLines(on, lines, boxes), intervalOn(on, input, boxes));
        });
    for (let box = 0; box < boxes; box++)
      for (let row = 0; row < count; row++) {
        const index = box * neurons + first + row;
        upper[index] = found[box * 2 * count + row] + bias[first + row] + errors[index];
        lower[index] = -found[(2 * box + 1) * count + row] + bias[first + row] - errors[index];
      }
  }
  return { lower, upper };
}

function restrict(
  { lower, upper }: Interval,
  known: Interval | undefined,
  signs: Int8Array | undefined,
  isEmpty: Uint8Array,
): Interval {
  const neurons = lower.length / isEmpty.length;
  const bounds = { lower: lower.slice(), upper: upper.slice() };
  for (let index = 0; index < lower.length; index++) {
    let least = lower[index];
    let most = upper[index];
    if (known) {
      least = Math.max(least, known.lower[index]);
      most = Math.min(most, known.upper[index]);
    }
    if (signs?.[index] === 1) least = Math.max(least, 0);
    if (signs?.[index] === -1) most = Math.min(most, 0);
    if (least > most) {
      isEmpty[Math.floor(index / neurons)] = 1;
      // Anything will do for a domain that is thrown away.
      least = most;
    }
    bounds.lower[index] = least;
    bounds.upper[index] = most;
  }
  return bounds;
}

/**
 * Intervals of the activations' slopes. A ReLU that may be at its kink has all of [0, 1] (the Clarke Jacobian); on one side of a split it has that side's slope,
 * since almost every Jacobian near a kink belongs to one of the sides.
 */
function slopesOf(
  activation: Activation,
  { lower, upper }: Interval,
  neurons: number,
  signs: Int8Array | undefined,
): Interval {
  const least = new Float64Array(lower.length);
  const most = new Float64Array(lower.length);
  for (let index = 0; index < lower.length; index++) {
    if (activation.kind !== "piecewise-linear") {
      [least[index], most[index]] = isIdentity(activation, index % neurons)
        ? [1, 1]
        : slopeRange(CURVES[activation.kind], lower[index], upper[index]);
      continue;
    }
    const slope = activation.slopes[index % neurons];
    const sign = signs?.[index] ?? 0;
    least[index] = lower[index] > 0 || sign === 1 ? 1 : slope;
    most[index] = upper[index] < 0 || sign === -1 ? slope : 1;
  }
  return { lower: least, upper: most };
}

function relaxationOf(activation: Activation, lower: number, upper: number, neuron: number): Relaxation {
  if (activation.kind === "piecewise-linear") return rectifierRelaxation(lower, upper, activation.slopes[neuron]);
  if (isIdentity(activation, neuron)) return CONSTANT_SLOPE.identity;
  return sigmoidalRelaxation(CURVES[activation.kind], lower, upper);
}

/** Lines about the slope of a smooth activation as a function of what it is given. */
function slopeRelaxationOf(activation: SmoothActivation, lower: number, upper: number, neuron: number): Relaxation {
  if (isIdentity(activation, neuron)) return CONSTANT_SLOPE.slope;
  return bellRelaxation(CURVES[activation.kind], lower, upper);
}

type SmoothActivation = Exclude<Activation, { readonly kind: "piecewise-linear" }>;

/** Whether a neuron is one that a shortcut carries past the activation. */
function isIdentity({ identityFrom }: SmoothActivation, neuron: number): boolean {
  return neuron >= identityFrom;
}

/** The identity, and its slope, between lines that are themselves. */
const CONSTANT_SLOPE = {
  identity: { upper: { slope: 1, intercept: 0 }, lower: { slope: 1, intercept: 0 } },
  slope: { upper: { slope: 0, intercept: 1 }, lower: { slope: 0, intercept: 1 } },
} as const;

/** Largest absolute values of activations, all of which increase. */
function activationMagnitudes(activation: Activation, { lower, upper }: Interval, neurons: number): Values {
  const value = (z: number, neuron: number) => {
    if (activation.kind === "piecewise-linear") return Math.max(z, z * activation.slopes[neuron]);
    return isIdentity(activation, neuron) ? z : CURVES[activation.kind].value(z);
  };
  return lower.map((z, index) => {
    const neuron = index % neurons;
    return Math.max(Math.abs(value(z, neuron)), Math.abs(value(upper[index], neuron)));
  });
}

interface Widening {
  readonly bias: Values;
  /** [boxes, neurons]. */
  readonly errors: Values;
  readonly rounding: number;
  readonly unit: number;
}

function linesOf(
  { lower, upper }: Interval,
  relax: (lower: number, upper: number, neuron: number) => Relaxation,
  { bias, errors, rounding, unit }: Widening,
): StageLines {
  const make = () => new Float64Array(lower.length);
  const lines = { upperSlope: make(), upperIntercept: make(), lowerSlope: make(), lowerIntercept: make() };
  for (let index = 0; index < lower.length; index++) {
    const neuron = index % bias.length;
    const { upper: above, lower: below } = relax(lower[index], upper[index], neuron);
    // Where the two lines differ, the lower one may be turned up to the diagonal later.
    const isExact = above.slope === below.slope;
    const steepest = Math.max(Math.abs(above.slope), Math.abs(below.slope), isExact ? 0 : 1);
    const size = Math.max(Math.abs(lower[index]), Math.abs(upper[index]));
    // The product that follows, the rounding of the coefficient (its conversion, product and sum with others), and that of the sum of constants.
    const common = steepest * (errors[index] + 8 * unit * size);
    const widening = ({ intercept }: typeof above) =>
      common + rounding * (Math.abs(intercept) + steepest * Math.abs(bias[neuron]));
    lines.upperSlope[index] = above.slope;
    lines.upperIntercept[index] = above.intercept + above.slope * bias[neuron] + widening(above);
    lines.lowerSlope[index] = below.slope;
    lines.lowerIntercept[index] = below.intercept + below.slope * bias[neuron] - widening(below);
  }
  return lines;
}
