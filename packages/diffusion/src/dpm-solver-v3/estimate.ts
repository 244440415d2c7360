import {
  child,
  DivergedError,
  InvalidInputError,
  type Key,
  mean,
  multiply,
  normal,
  rademacher,
  slice,
  type Tensor,
} from "@ansatz/tensor";
import { linearCombination } from "../kernels/linear-combination/index.ts";
import { denoisingModel, type Model } from "../models/prediction.ts";
import { combineByDimension } from "./by-dimension.ts";
import { checkEstimation, type Estimation, type EstimationOptions } from "./estimation-options.ts";
import { batchMoments, type Moments, mergedMoments, pooledMoments } from "./moments.ts";
import { type NoiseNetwork, noiseNetwork } from "./noise-network.ts";
import type { ModelStatistics } from "./statistics.ts";

export type { EstimationOptions } from "./estimation-options.ts";

/** How far an estimate has got; plain data that survives JSON. */
export interface EstimationState {
  readonly format: "ansatz-estimation-1";
  readonly halfLogSnr: readonly [from: number, to: number];
  readonly intervals: number;
  readonly dimension: number;
  /** l of the first nodes: all of them before the first s and b. */
  readonly linear: readonly number[];
  readonly scale: readonly number[];
  readonly bias: readonly number[];
}

export interface EstimationResult {
  readonly reason: "completed" | "aborted";
  /** Undefined when aborted. */
  readonly statistics: ModelStatistics | undefined;
  /** To go on from with `resume`. */
  readonly state: EstimationState;
}

const MILLISECONDS_BETWEEN_PAUSES = 20;

/**
 * Estimates the statistics of a model that DPM-Solver-v3 steps with, from draws of its data: l = E[diag(σ ∇ε)] by Hutchinson's estimator, then s and b by the regression of the derivative of
 * f = (σε − l x)/α along the flow on f itself. Two Jacobian–vector products for each node and draw.
 *
 * @throws InvalidInputError for options out of range and a state of another problem; DivergedError with the node when the model's answers are not finite; UnsupportedError when the model does not
 * differentiate.
 *
 * Source: "DPM-Solver-v3: Improved Diffusion ODE Solver with Empirical Model Statistics", section 3.1 and appendix C; common draws, the regularization and the bound are additions.
 */
export async function estimateStatistics(model: Model, options: EstimationOptions): Promise<EstimationResult> {
  const estimation = checkEstimation(options);
  const { schedule, intervals, dimension, times, derivatives } = estimation;
  const bounds = [schedule.halfLogSnr(times[0]), schedule.halfLogSnr(times[intervals])] as const;
  const network = noiseNetwork(denoisingModel(model), { schedule, derivatives, bounds });
  const problem = { halfLogSnr: bounds, intervals, dimension };
  const { linear, scale, bias } = startState(options.resume, problem);
  using draws = drawer(estimation);
  const count = (intervals + 1) * dimension;
  let lastPause = performance.now();
  const walk = async (values: readonly number[], visit: (node: number) => Promise<void>) => {
    while (values.length < count && !options.signal?.aborted) {
      await visit(values.length / dimension);
      options.onProgress?.({ done: (linear.length + bias.length) / dimension, total: 2 * (intervals + 1) });
      if (performance.now() - lastPause < MILLISECONDS_BETWEEN_PAUSES) continue;
      await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
      lastPause = performance.now();
    }
  };
  await walk(linear, async (node) => {
    linear.push(...checkFinite(await linearAt(network, estimation, draws, node), node));
  });
  await walk(bias, async (node) => {
    const coefficients = coefficientsAt(linear, node, problem);
    const moments = await momentsAt(network, estimation, draws, node, coefficients);
    const { scales, biases } = regression(moments, estimation);
    scale.push(...checkFinite(scales, node));
    bias.push(...checkFinite(biases, node));
  });
  const all = { ...problem, linear, scale, bias };
  const state = { format: "ansatz-estimation-1", ...all } as const;
  if (bias.length < count) return { reason: "aborted", statistics: undefined, state };
  return { reason: "completed", statistics: { format: "ansatz-model-statistics-1", ...all }, state };
}

type Problem = Pick<EstimationState, "halfLogSnr" | "intervals" | "dimension">;

function startState(resume: EstimationState | undefined, problem: Problem) {
  if (!resume) return { linear: [], scale: [], bias: [] } as Record<"linear" | "scale" | "bias", number[]>;
  const { linear, scale, bias } = resume;
  const isSame =
    resume.format === "ansatz-estimation-1" &&
    resume.intervals === problem.intervals &&
    resume.dimension === problem.dimension &&
    resume.halfLogSnr.every((value, end) => Math.abs(value - problem.halfLogSnr[end]) <= 1e-6) &&
    scale.length === bias.length &&
    [...linear, ...scale, ...bias].every(Number.isFinite);
  if (!isSame) throw new InvalidInputError("options.resume", "an unfinished estimate of this very problem", resume);
  return { linear: [...linear], scale: [...scale], bias: [...bias] };
}

function checkFinite(values: Float64Array, node: number): Float64Array {
  if (!values.every(Number.isFinite))
    throw new DivergedError("estimateStatistics", node, "the model's answers or derivatives are not finite", values);
  return values;
}

/** States of a batch with the direction of Hutchinson's estimator. */
interface Draw extends Disposable {
  readonly x: Tensor;
  readonly direction: Tensor;
}

interface Drawer extends Disposable {
  /** Draws from the noisy data at a node, batch by batch. */
  at(node: number): Iterable<Draw>;
}

function drawer({ data, key, draws, batch, schedule, times }: Estimation): Drawer {
  const { device, shape } = data;
  const dtype = data.dtype as "float32" | "float64";
  const draw = (stream: Key) => ({
    noise: normal(child(stream, 0), shape, { device, dtype }),
    direction: rademacher(child(stream, 1), shape, { device, dtype }),
  });
  const common = draws === "common" ? draw(key) : undefined;
  return {
    *at(node) {
      const { noise, direction } = common ?? draw(child(key, node));
      const [alpha, sigma] = [schedule.alpha(times[node]), schedule.sigma(times[node])];
      for (let begin = 0; begin < shape[0]; begin += batch) {
        const end = Math.min(begin + batch, shape[0]);
        const part = (tensor: Tensor) => (batch === shape[0] ? tensor.alias() : slice(tensor, [[begin, end]]));
        using clean = part(data);
        using noisy = part(noise);
        const x = linearCombination([alpha, sigma], [clean, noisy]);
        const v = part(direction);
        yield {
          x,
          direction: v,
          [Symbol.dispose]: () => {
            x.dispose();
            v.dispose();
          },
        };
      }
      if (common) return;
      noise.dispose();
      direction.dispose();
    },
    [Symbol.dispose]: () => {
      common?.noise.dispose();
      common?.direction.dispose();
    },
  };
}

/** l at a node: the mean of (σ J v) ⊙ v. */
async function linearAt(network: NoiseNetwork, estimation: Estimation, draws: Drawer, node: number) {
  const { data, dimension, schedule, size, times } = estimation;
  const time = times[node];
  const total = new Float64Array(size);
  for (const draw of draws.at(node)) {
    using _ = draw;
    const { x, direction } = draw;
    using product = await network.product(x, time, direction);
    using means = x.device.scope(() => mean(multiply(product, direction).reshape([x.shape[0], size]), { axes: 0 }));
    const values = (await means.data()) as Float64Array;
    const share = (x.shape[0] / data.shape[0]) * schedule.sigma(time);
    for (let d = 0; d < size; d++) total[d] += share * values[d];
  }
  if (dimension === size) return total;
  return Float64Array.of(total.reduce((sum, value) => sum + value, 0) / size);
}

/** l and dl/dλ at a node. */
interface LinearCoefficients {
  readonly l: Float64Array;
  readonly slope: Float64Array;
}

/** The derivative is a central difference over the nodes, one-sided at the ends. */
function coefficientsAt(linear: readonly number[], node: number, problem: Problem): LinearCoefficients {
  const { dimension, intervals, halfLogSnr } = problem;
  const at = (index: number) => Float64Array.from(linear.slice(index * dimension, (index + 1) * dimension));
  const [before, after] = [Math.max(0, node - 1), Math.min(intervals, node + 1)];
  const width = ((after - before) * (halfLogSnr[1] - halfLogSnr[0])) / intervals;
  const [left, right] = [at(before), at(after)];
  return { l: at(node), slope: right.map((value, index) => (value - left[index]) / width) };
}

/** Moments of f = (σε − l x)/α and of f₁ = e^(−λ)((l − 1)ε + ε₁) − l̇ x/α, ε₁ = dε/dλ along the flow. */
async function momentsAt(
  network: NoiseNetwork,
  { dimension, schedule, size, times }: Estimation,
  draws: Drawer,
  node: number,
  { l, slope }: LinearCoefficients,
): Promise<Moments> {
  const time = times[node];
  const [alpha, sigma] = [schedule.alpha(time), schedule.sigma(time)];
  const ratio = sigma / alpha;
  const drift = schedule.logAlphaSlope(time) / schedule.halfLogSnrSlope(time);
  const filled = (value: number) => new Float64Array(dimension).fill(value);
  let moments: Moments | undefined;
  for (const draw of draws.at(node)) {
    using _ = draw;
    const { x } = draw;
    using noise = await network.noise(x, time);
    using flow = linearCombination([drift, -sigma], [x, noise]);
    using change = await network.pathDerivative(x, time, flow);
    using f = combineByDimension([filled(ratio), l.map((value) => -value / alpha)], [noise, x]);
    using f1 = combineByDimension(
      [l.map((value) => ratio * (value - 1)), filled(ratio), slope.map((value) => -value / alpha)],
      [noise, change, x],
    );
    const flat = [x.shape[0], size];
    using flatF = f.reshape(flat);
    using flatSlope = f1.reshape(flat);
    const found = await batchMoments(flatF, flatSlope);
    moments = moments ? mergedMoments(moments, found) : found;
  }
  return dimension === size ? moments! : pooledMoments(moments!);
}

/** Keeps the quotient defined where f does not vary and is 0. */
const SMALLEST_DENOMINATOR = 1e-12;

/** (s, b) = argmin E|f₁ − s f − b|², regularised. */
function regression({ f, slope, variance, covariance }: Moments, { regularization, largestScale }: Estimation) {
  const scales = covariance.map((value, d) => {
    const power = variance[d] + f[d] * f[d];
    const quotient = value / (variance[d] + regularization * power + SMALLEST_DENOMINATOR);
    return Math.max(-largestScale, Math.min(largestScale, quotient));
  });
  return { scales, biases: slope.map((value, d) => value - scales[d] * f[d]) };
}
