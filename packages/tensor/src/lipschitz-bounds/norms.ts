import { InvalidInputError } from "../errors.ts";
import { sizeOf } from "../shape.ts";
import type { DeviceNetwork } from "./device-network.ts";
import { atMost, boundForms, type GradientBounds, type JacobianRelaxation } from "./jacobian-bounds.ts";
import type { LayerNorm, StagedNetwork, WeightedStep } from "./network.ts";
import type { Values } from "./values.ts";

/** The norm that perturbations of the input are measured in; "infinity" makes a Lipschitz constant the largest sum of absolute derivatives, "euclidean" the largest root of a sum of squares. */
export type PerturbationNorm = "infinity" | "euclidean";

/** @throws InvalidInputError */
export function checkNorm(norm: PerturbationNorm): void {
  if (norm !== "infinity" && norm !== "euclidean")
    throw new InvalidInputError("options.norm", `"infinity" or "euclidean"`, norm);
}

/** Upper bounds of the dual norms of the gradients of each case; with coefficients, those that reach the products of each stage. */
export async function gradientNorms(
  on: DeviceNetwork,
  bounds: GradientBounds,
  norm: PerturbationNorm,
  relaxation: JacobianRelaxation,
  withCoefficients = false,
): Promise<{ readonly norms: Values; readonly coefficients: readonly Values[] }> {
  const { cases } = bounds;
  const [{ lower, upper }] = bounds.gradients;
  const inputs = lower.length / cases;
  const fromIntervals = new Float64Array(cases);
  for (const [index, value] of upper.entries()) {
    const size = Math.max(value, -lower[index]);
    fromIntervals[Math.floor(index / inputs)] += norm === "infinity" ? size : size * size;
  }
  const rounded = fromIntervals.map((value) => atMost(value * (1 + inputs * Number.EPSILON)));
  const finish = (values: Values) =>
    norm === "infinity" ? values : values.map((value) => Math.sqrt(Math.max(0, value)) * (1 + Number.EPSILON));
  if (relaxation !== "linear") return { norms: finish(rounded), coefficients: [] };
  const linear = await boundForms(on, bounds, normForm(bounds, norm), withCoefficients);
  const least = linear.upper.map((value, index) => Math.min(value, rounded[index]));
  return { norms: finish(least), coefficients: linear.coefficients };
}

/** Chords above |g| or g², with a sum of constants for each case. */
function normForm(bounds: GradientBounds, norm: PerturbationNorm) {
  const { cases } = bounds;
  const [{ lower, upper }] = bounds.gradients;
  const inputs = lower.length / cases;
  const rows = new Float64Array(lower.length);
  const constants = new Float64Array(cases);
  for (let index = 0; index < lower.length; index++) {
    const [least, most] = [lower[index], upper[index]];
    let constant = 0;
    if (norm === "euclidean") {
      rows[index] = least + most;
      constant = -least * most;
    } else if (least >= 0 || most <= 0) rows[index] = least >= 0 ? 1 : -1;
    else {
      rows[index] = (most + least) / (most - least);
      constant = (-2 * most * least) / (most - least);
    }
    // Two roundings in the constant, and the sum over all inputs.
    constants[Math.floor(index / inputs)] += constant + (inputs + 4) * Number.EPSILON * Math.abs(constant);
  }
  return { rows, constants };
}

/**
 * The product of the layers' norms, one for each output: a Lipschitz constant everywhere.
 *
 * The spectral norm of a map is bounded by the root of the product of its largest sums of absolute values along rows and along columns.
 */
export function globalConstants({ norms }: StagedNetwork, outputs: readonly number[], norm: PerturbationNorm): Values {
  const rounding = 1 + 2 * Number.EPSILON * termsOf(norms);
  return Float64Array.from(outputs, (output) => outputNorm(norms, output, norm) * rounding);
}

/** Lipschitz constant of one output. */
function outputNorm(layers: readonly LayerNorm[], output: number, norm: PerturbationNorm): number {
  const last = layers.at(-1);
  const before = layers.slice(0, -1);
  if (!last) return 1;
  switch (last.kind) {
    case "linear":
      return rowNorm(last.map, output, norm) * productNorm(before, norm);
    case "elementwise":
      return last.constant * outputNorm(before, output, norm);
    case "residual":
      return (
        (outputNorm(last.shortcut, output, norm) + outputNorm(last.branch, output, norm)) * productNorm(before, norm)
      );
    case "pooling":
      return productNorm(before, norm);
  }
}

function productNorm(layers: readonly LayerNorm[], norm: PerturbationNorm): number {
  return layers.reduce((product, layer) => product * layerNorm(layer, norm), 1);
}

function layerNorm(layer: LayerNorm, norm: PerturbationNorm): number {
  switch (layer.kind) {
    case "linear":
      return mapNorm(layer.map, norm);
    case "elementwise":
      return layer.constant;
    case "residual":
      return productNorm(layer.shortcut, norm) + productNorm(layer.branch, norm);
    case "pooling":
      // One output is one of its inputs; all of them together may share some.
      return norm === "infinity" ? 1 : layer.euclidean;
  }
}

/** Roundings in a product of norms. */
function termsOf(layers: readonly LayerNorm[]): number {
  return layers.reduce((total, layer) => {
    if (layer.kind === "linear") return total + weightsOf(layer.map).length + 4;
    return total + (layer.kind === "residual" ? termsOf(layer.shortcut) + termsOf(layer.branch) + 4 : 4);
  }, 4);
}

function mapNorm(map: WeightedStep, norm: PerturbationNorm): number {
  const alongRows = Math.max(...rowSums(map));
  return norm === "infinity" ? alongRows : Math.sqrt(alongRows * Math.max(...columnSums(map)));
}

function rowNorm(map: WeightedStep, output: number, norm: PerturbationNorm): number {
  const weights = weightsOf(map);
  const rows = map.kind === "dense" ? map.outputs : map.filterShape[0];
  const width = weights.length / rows;
  const row = map.kind === "dense" ? output : Math.floor(output / sizeOf(map.outputShape.slice(1)));
  const own = weights.subarray(row * width, (row + 1) * width);
  if (norm === "infinity") return own.reduce((sum, value) => sum + Math.abs(value), 0);
  return Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
}

/** Sums of absolute weights of each output; of a convolution, of each filter. */
function rowSums(map: WeightedStep): Values {
  const weights = weightsOf(map);
  const rows = map.kind === "dense" ? map.outputs : map.filterShape[0];
  const sums = new Float64Array(rows);
  for (const [index, value] of weights.entries()) sums[Math.floor((index * rows) / weights.length)] += Math.abs(value);
  return sums;
}

/** Sums of absolute weights of each input; of a convolution, at least those of each channel. */
function columnSums(map: WeightedStep): Values {
  const weights = weightsOf(map);
  if (map.kind === "dense") {
    const sums = new Float64Array(map.inputs);
    for (const [index, value] of weights.entries()) sums[index % map.inputs] += Math.abs(value);
    return sums;
  }
  const [filters, channels, ...window] = map.filterShape;
  const perChannel = sizeOf(window);
  const sums = new Float64Array(channels * map.groups);
  for (const [index, value] of weights.entries()) {
    const filter = Math.floor(index / (channels * perChannel));
    const group = Math.floor(filter / (filters / map.groups));
    sums[group * channels + (Math.floor(index / perChannel) % channels)] += Math.abs(value);
  }
  return sums;
}

function weightsOf(map: WeightedStep): Values {
  return map.kind === "dense" ? map.weights : map.filter;
}
