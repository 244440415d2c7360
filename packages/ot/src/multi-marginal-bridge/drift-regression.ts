import { exponentialCovariance, gaussianProcess } from "@ansatz/linalg";
import {
  type Device,
  type Key,
  mean,
  permutation,
  relu,
  square,
  subtract,
  type Tensor,
  valueAndGrad,
} from "@ansatz/tensor";
import { mlp } from "@ansatz/tensor/layers";
import { adam, disposeTree } from "@ansatz/tensor/optimisers";
import { AffineDrift } from "./affine-drift.ts";
import { type ChainDrift, type Paths, statesAt, velocitiesAt } from "./path-simulation.ts";
import type { DriftRegression } from "./proportional-fitting-options.ts";

/** What a regression falls back to where there are no paths: an affine drift for every time step, nothing, or a given drift. */
export type DriftMean =
  | { readonly kind: "affine"; readonly ridge: number }
  | { readonly kind: "given"; readonly drift: ChainDrift }
  | undefined;

export interface RegressionContext {
  readonly regression: DriftRegression;
  readonly mean: DriftMean;
  /** σ. */
  readonly sigma: number;
  readonly stepSize: number;
  readonly device: Device;
  readonly key: Key;
}

/** A drift that was learned. */
export interface LearnedDrift extends Disposable {
  readonly at: ChainDrift;
}

/** Learns the drift that paths follow: a mean, and a regression of what it leaves. */
export async function regressDrift(paths: Paths, context: RegressionContext): Promise<LearnedDrift> {
  const { dimension, count, steps } = paths;
  const { stepSize, device, regression } = context;
  const fallback = meanOf(paths, context);
  // Rows (x, t) and what the mean leaves of their velocities, step after step.
  const inputs = new Float64Array(steps * count * (dimension + 1));
  const residuals = new Float64Array(steps * count * dimension);
  for (let step = 0; step < steps; step++) {
    const states = statesAt(paths, step);
    const velocities = velocitiesAt(paths, step, stepSize);
    await fallback(states, step, -1, velocities);
    residuals.set(velocities, step * velocities.length);
    inputs.set(spaceTime(states, dimension, step * stepSize), step * count * (dimension + 1));
  }
  using points = device.tensor(inputs, [steps * count, dimension + 1], "float64");
  using values = device.tensor(residuals, [steps * count, dimension], "float64");
  const learned = await (regression.method === "network"
    ? trainNetwork(points, values, regression, context)
    : fitProcess(points, values, regression, context));
  return {
    async at(states, step) {
      const rows = states.length / dimension;
      const where = spaceTime(states, dimension, step * stepSize);
      using tensor = device.tensor(where, [rows, dimension + 1], "float64");
      using predicted = learned.predict(tensor);
      const result = Float64Array.from(await predicted.data());
      await fallback(states, step, 1, result);
      return result;
    },
    [Symbol.dispose]: () => learned[Symbol.dispose](),
  };
}

/** Adds `sign` times a drift at states `[n, d]` to velocities. */
type AddDrift = (
  states: Float64Array<ArrayBuffer>,
  step: number,
  sign: number,
  into: Float64Array<ArrayBuffer>,
) => void | Promise<void>;

function meanOf(paths: Paths, { mean: fallback, stepSize }: RegressionContext): AddDrift {
  if (!fallback) return () => {};
  if (fallback.kind === "affine") {
    const affine = new AffineDrift(paths, stepSize, fallback.ridge);
    return (states, step, sign, into) => affine.addTo(states, step, sign, into);
  }
  return async (states, step, sign, into) => {
    const velocities = await fallback.drift(states, step);
    for (let at = 0; at < into.length; at++) into[at] += sign * velocities[at];
  };
}

/** Rows (x, t). */
function spaceTime(states: Float64Array<ArrayBuffer>, dimension: number, time: number): Float64Array<ArrayBuffer> {
  const width = dimension + 1;
  return Float64Array.from({ length: (states.length / dimension) * width }, (_, index) =>
    index % width === dimension ? time : states[Math.floor(index / width) * dimension + (index % width)],
  );
}

interface Regressor extends Disposable {
  predict(points: Tensor<"float64">): Tensor;
}

async function fitProcess(
  points: Tensor<"float64">,
  values: Tensor<"float64">,
  regression: Extract<DriftRegression, { method: "gaussian-process" }>,
  { sigma, stepSize, device, key, mean: fallback }: RegressionContext,
): Promise<Regressor> {
  const { lengthScale = 1, exactPoints = 1000, inducingPoints = 100 } = regression;
  const variance =
    regression.variance ?? (fallback ? await excessVariance(values, sigma ** 2 / stepSize) : 1 / stepSize);
  const options = {
    covariance: exponentialCovariance({ variance, lengthScale }),
    noiseVariance: sigma ** 2 / stepSize,
  };
  const [rows, columns] = points.shape;
  if (rows <= exactPoints || rows <= inducingPoints) return gaussianProcess(points, values, options);
  using drawn = permutation(key, rows, { device });
  const [order, all] = await Promise.all([drawn.data(), points.data()]);
  const chosen = Float64Array.from(
    { length: inducingPoints * columns },
    (_, index) => all[order[Math.floor(index / columns)] * columns + (index % columns)],
  );
  using inducing = device.tensor(chosen, [inducingPoints, columns], "float64");
  return await gaussianProcess(points, values, { ...options, inducingPoints: inducing });
}

/** Mean square of residuals beyond that of the noise, at least a tenth of it: below, the noise itself is not known so well. */
async function excessVariance(residuals: Tensor, noiseVariance: number): Promise<number> {
  const values = await residuals.data();
  let total = 0;
  for (const value of values) total += value * value;
  return Math.max(total / values.length - noiseVariance, 0.1 * noiseVariance);
}

async function trainNetwork(
  points: Tensor<"float64">,
  values: Tensor<"float64">,
  regression: Extract<DriftRegression, { method: "network" }>,
  { device, key }: RegressionContext,
): Promise<Regressor> {
  const { hidden = [500, 500], learningRate = 5e-3, epochs = 250 } = regression;
  const network = mlp([points.shape[1], ...hidden, values.shape[1]], { activation: relu });
  const optimiser = adam({ learningRate });
  let parameters = network.init(key, { device, dtype: "float64" });
  let state = optimiser.init(parameters);
  const loss = (at: typeof parameters) => mean(square(subtract(network.apply(at, points), values)));
  for (let epoch = 0; epoch < epochs; epoch++) {
    const next = device.scope(() => {
      const { gradient } = valueAndGrad(loss)(parameters);
      return optimiser.update(gradient, state, parameters);
    });
    disposeTree(parameters, state);
    ({ parameters, state } = next);
  }
  disposeTree(state);
  return {
    predict: (where) => network.apply(parameters, where),
    [Symbol.dispose]: () => disposeTree(parameters),
  };
}
