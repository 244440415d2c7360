import {
  child,
  type Device,
  type FloatDType,
  InvalidInputError,
  type Key,
  key,
  normal,
  openDevice,
  type Tensor,
  uniform,
} from "@ansatz/tensor";
import { mixtureDrawKernel } from "../kernels/mixture-draw/index.ts";
import { mixturePathsKernel } from "../kernels/mixture-paths/index.ts";
import { type HostPoints, hostPoints, type PointArray, type PointSet } from "../point-set.ts";
import { copyPotential } from "./adam.ts";
import { HostExponents } from "./host-exponents.ts";
import {
  checkPotential,
  driftTables,
  type ExponentTables,
  type MixturePotential,
  normalizerTables,
  potentialTables,
} from "./potential.ts";

export interface SamplingOptions {
  /** Where to compute. Default: a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Floats to compute in. Default: the widest the device has. */
  readonly dtype?: FloatDType;
  /** Random numbers. Default `key(0)`. */
  readonly key?: Key;
}

export interface SimulationOptions extends SamplingOptions {
  /** Steps of equal length from time 0 to 1. Default 100. */
  readonly steps?: number;
  /** Keeps the state after every so many steps; divides `steps`. Default: only the end points. */
  readonly every?: number;
  /** Stops between groups of particles, by throwing AbortedError. */
  readonly signal?: AbortSignal;
}

/** Paths of many particles, row-major `[count, times, dimension]`. */
export interface PathArray {
  readonly data: Float64Array<ArrayBuffer>;
  readonly shape: readonly [count: number, times: number, dimension: number];
  /** Times of the states, `[times]`. */
  readonly times: Float64Array<ArrayBuffer>;
}

/** The distribution of end points given the starts: Σ_k w_k N(mean_k, ε S_k). */
export interface ConditionalPlan {
  /** `[count, K]`, rows sum to 1. */
  readonly weights: Float64Array<ArrayBuffer>;
  /** `[count, K, D]`. */
  readonly means: Float64Array<ArrayBuffer>;
  /** ε S_k, `[K, D, D]`, the same for all starts. */
  readonly covariances: Float64Array<ArrayBuffer>;
}

/** Means and covariances of the end points given the starts. */
export interface ConditionalMoments {
  /** `[count, D]`. */
  readonly means: Float64Array<ArrayBuffer>;
  /** `[count, D, D]`. */
  readonly covariances: Float64Array<ArrayBuffer>;
}

/** Normal numbers drawn at a time by `simulate`: 16 MiB of float32. */
const NOISE_PER_GROUP = 1 << 22;

/**
 * A Schrödinger bridge with a Gaussian mixture as potential: a process from the source at time 0 to the target at time 1, in closed form.
 * Everything but the samples is float64 on the calling thread.
 * Source: "Light Schrödinger Bridge", propositions 3.2 and 3.3.
 */
export class LightBridge {
  /** Its parameters, with weights α that sum to 1. Plain data to be stored. */
  readonly potential: MixturePotential;

  /** @throws InvalidInputError naming the field of the potential at fault. */
  constructor(potential: MixturePotential) {
    checkPotential(potential);
    this.potential = copyPotential(potential);
  }

  /** log v at points, `[count]`: the adjusted Schrödinger potential. @throws InvalidInputError for points that do not fit. */
  async logPotential(points: PointSet): Promise<Float64Array> {
    const given = await this.#points("points", points);
    const exponents = new HostExponents(this.potential, potentialTables(this.potential), this.potential.centers);
    return Float64Array.from({ length: given.count }, (_, b) => exponents.at(given.data, b));
  }

  /** log c at points, `[count]`: c(x) = ∫ exp(⟨x, y⟩/ε) v(y) dy normalises the plan. @throws InvalidInputError for points that do not fit. */
  async logNormalizer(points: PointSet): Promise<Float64Array> {
    const given = await this.#points("points", points);
    const exponents = new HostExponents(this.potential, normalizerTables(this.potential));
    return Float64Array.from({ length: given.count }, (_, b) => exponents.at(given.data, b));
  }

  /** Where a particle that starts at a point ends: a mixture for every start. @throws InvalidInputError for points that do not fit. */
  async conditionalPlan(starts: PointSet): Promise<ConditionalPlan> {
    const given = await this.#points("starts", starts);
    const { components, dimension } = this.potential;
    const exponents = new HostExponents(this.potential, normalizerTables(this.potential));
    const weights = new Float64Array(given.count * components);
    const means = new Float64Array(given.count * components * dimension);
    for (let b = 0; b < given.count; b++) {
      exponents.at(given.data, b);
      weights.set(exponents.weights, b * components);
      for (let k = 0; k < components; k++) exponents.addGradient(k, 1, means, (b * components + k) * dimension);
    }
    return { weights, means, covariances: this.#covariances() };
  }

  /** Means and covariances of `conditionalPlan`, exact. @throws InvalidInputError for points that do not fit. */
  async conditionalMoments(starts: PointSet): Promise<ConditionalMoments> {
    const plan = await this.conditionalPlan(starts);
    const { components, dimension } = this.potential;
    const count = plan.weights.length / components;
    const means = new Float64Array(count * dimension);
    const covariances = new Float64Array(count * dimension * dimension);
    for (let b = 0; b < count; b++) {
      const mean = means.subarray(b * dimension, (b + 1) * dimension);
      const covariance = covariances.subarray(b * dimension ** 2, (b + 1) * dimension ** 2);
      for (let k = 0; k < components; k++)
        for (let i = 0; i < dimension; i++)
          mean[i] += plan.weights[b * components + k] * plan.means[(b * components + k) * dimension + i];
      for (let k = 0; k < components; k++) {
        const w = plan.weights[b * components + k];
        const own = plan.means.subarray((b * components + k) * dimension, (b * components + k + 1) * dimension);
        for (let i = 0; i < dimension; i++)
          for (let j = 0; j < dimension; j++)
            covariance[i * dimension + j] +=
              w * (plan.covariances[(k * dimension + i) * dimension + j] + (own[i] - mean[i]) * (own[j] - mean[j]));
      }
    }
    return { means, covariances };
  }

  /** g(x, t), the drift of the process dX = g(X, t) dt + √ε dW, `[count, D]`; finite and continuous on [0, 1]. @throws InvalidInputError for points or a time that do not fit. */
  async drift(points: PointSet, time: number): Promise<PointArray> {
    const given = await this.#points("points", points);
    checkTime(time);
    const { components, dimension } = this.potential;
    const exponents = new HostExponents(this.potential, driftTables(this.potential, time));
    const data = new Float64Array(given.data.length);
    for (let b = 0; b < given.count; b++) {
      exponents.at(given.data, b);
      for (let k = 0; k < components; k++) exponents.addGradient(k, exponents.weights[k], data, b * dimension);
    }
    return { data, shape: [given.count, dimension] };
  }

  /** One end point for every start, drawn from the conditional plan on a device. @throws InvalidInputError for points that do not fit; UnsupportedError on tensorflow. */
  async sampleTarget(starts: PointSet, options: SamplingOptions = {}): Promise<PointArray> {
    const given = await this.#points("starts", starts);
    const { dimension, regularization } = this.potential;
    return withDevice(options, async (device, dtype, randomKey) => {
      const drawn = device.scope(() => {
        const points = device.tensor(given.data, [given.count, dimension], dtype);
        const uniforms = uniform(child(randomKey, 0), [given.count], { device, dtype });
        const noise = normal(child(randomKey, 1), [given.count, dimension], { device, dtype });
        const tables = this.#upload(device, dtype, [normalizerTables(this.potential)]);
        return mixtureDrawKernel.run([points, uniforms, noise, ...tables], { regularization })[0];
      });
      return { data: Float64Array.from(await consume(drawn)), shape: [given.count, dimension] };
    });
  }

  /** Where the particles are at one time, `[count, D]`: exact, (1 − t) x₀ + t x₁ + √(ε t (1 − t)) ξ. @throws as `sampleTarget`, and for a time outside of [0, 1]. */
  async sampleAt(starts: PointSet, time: number, options: SamplingOptions = {}): Promise<PointArray> {
    const paths = await this.samplePaths(starts, [time], options);
    return { data: paths.data, shape: [paths.shape[0], paths.shape[2]] };
  }

  /**
   * Paths at increasing times in [0, 1], exact: end points from the conditional plan and Brownian bridges to them.
   * @throws as `sampleTarget`, and for times that do not increase or are outside of [0, 1].
   */
  async samplePaths(starts: PointSet, times: readonly number[], options: SamplingOptions = {}): Promise<PathArray> {
    for (const [index, time] of times.entries()) {
      checkTime(time, `times[${index}]`);
      if (index > 0 && !(time > times[index - 1]))
        throw new InvalidInputError(`times[${index}]`, `more than ${times[index - 1]}, the time before`, time);
    }
    if (times.length === 0) throw new InvalidInputError("times", "at least one time", times);
    const given = await this.#points("starts", starts);
    const { dimension, regularization } = this.potential;
    const { data: ends } = await this.sampleTarget(starts, options);
    return withDevice(options, async (device, dtype, randomKey) => {
      const noise = await consume(
        normal(child(randomKey, 2), [given.count, times.length, dimension], { device, dtype }),
      );
      const data = new Float64Array(noise.length);
      for (let b = 0; b < given.count; b++)
        for (let i = 0; i < dimension; i++) {
          let [at, state] = [0, given.data[b * dimension + i]];
          const end = ends[b * dimension + i];
          for (let l = 0; l < times.length; l++) {
            const [step, left] = [times[l] - at, 1 - at];
            const place = (b * times.length + l) * dimension + i;
            const share = left > 0 ? step / left : 0;
            state += share * (end - state) + Math.sqrt(Math.max(0, regularization * step * (1 - share))) * noise[place];
            data[place] = state;
            at = times[l];
          }
        }
      return { data, shape: [given.count, times.length, dimension], times: Float64Array.from(times) };
    });
  }

  /**
   * Paths by Euler's and Maruyama's method with the drift, each particle's steps in one go on a device.
   * @throws InvalidInputError for points or options that do not fit; UnsupportedError on tensorflow; AbortedError.
   */
  async simulate(starts: PointSet, options: SimulationOptions = {}): Promise<PathArray> {
    const { steps = 100, signal } = options;
    if (!Number.isInteger(steps) || steps < 1) throw new InvalidInputError("options.steps", "an integer ≥ 1", steps);
    const { every = steps } = options;
    if (!Number.isInteger(every) || every < 1 || steps % every !== 0)
      throw new InvalidInputError("options.every", `an integer that divides ${steps}`, every);
    const given = await this.#points("starts", starts);
    const { dimension, regularization } = this.potential;
    const kept = steps / every;
    const data = new Float64Array(given.count * kept * dimension);
    return withDevice(options, async (device, dtype, randomKey) => {
      const schedule = Array.from({ length: steps }, (_, step) => driftTables(this.potential, step / steps));
      const tables = this.#upload(device, dtype, schedule);
      const group = Math.max(1, Math.floor(NOISE_PER_GROUP / (steps * dimension)));
      try {
        for (let first = 0; first < given.count; first += group) {
          signal?.throwIfAborted();
          const count = Math.min(group, given.count - first);
          const states = device.scope(() => {
            const points = given.data.subarray(first * dimension, (first + count) * dimension);
            const noise = normal(child(randomKey, first / group), [count, steps, dimension], { device, dtype });
            const inputs = [device.tensor(points, [count, dimension], dtype), noise, ...tables];
            return mixturePathsKernel.run(inputs, { regularization, stepSize: 1 / steps, every })[0];
          });
          data.set(await consume(states), first * kept * dimension);
        }
      } finally {
        for (const table of tables) table.dispose();
      }
      const times = Float64Array.from({ length: kept }, (_, l) => ((l + 1) * every) / steps);
      return { data, shape: [given.count, kept, dimension], times };
    });
  }

  #points(argument: string, points: PointSet): Promise<HostPoints> {
    return hostPoints(argument, points, this.potential.dimension);
  }

  /** Tables of all times one after the other, without that axis where there is one alone; then rotations, if there are any. */
  #upload(device: Device, dtype: FloatDType, tables: readonly ExponentTables[]): Tensor[] {
    const { components, dimension, rotations } = this.potential;
    const times = tables.length === 1 ? [] : [tables.length];
    const joined = (field: keyof ExponentTables): Float64Array<ArrayBuffer> => {
      const length = tables[0][field].length;
      const data = new Float64Array(tables.length * length);
      for (const [index, table] of tables.entries()) data.set(table[field], index * length);
      return data;
    };
    return [
      device.tensor(joined("offsets"), [...times, components], dtype),
      device.tensor(joined("quadratic"), [...times, components, dimension], dtype),
      device.tensor(joined("linear"), [...times, components, dimension], dtype),
      ...(rotations ? [device.tensor(rotations, [components, dimension, dimension], dtype)] : []),
    ];
  }

  /** ε S_k. */
  #covariances(): Float64Array<ArrayBuffer> {
    const { components, dimension, regularization, logEigenvalues, rotations } = this.potential;
    const covariances = new Float64Array(components * dimension * dimension);
    for (let k = 0; k < components; k++)
      for (let j = 0; j < dimension; j++) {
        const variance = regularization * Math.exp(logEigenvalues[k * dimension + j]);
        const block = k * dimension * dimension;
        if (!rotations) covariances[block + j * dimension + j] = variance;
        else
          for (let a = 0; a < dimension; a++)
            for (let b = 0; b < dimension; b++)
              covariances[block + a * dimension + b] +=
                variance * rotations[block + a * dimension + j] * rotations[block + b * dimension + j];
      }
    return covariances;
  }
}

function checkTime(time: number, argument = "time"): void {
  if (!(time >= 0 && time <= 1)) throw new InvalidInputError(argument, "a number from 0 to 1", time);
}

async function consume(tensor: Tensor): Promise<ArrayLike<number>> {
  const data = await tensor.data();
  tensor.dispose();
  return data;
}

async function withDevice<Result>(
  { device, dtype, key: randomKey = key(0) }: SamplingOptions,
  body: (device: Device, dtype: FloatDType, randomKey: Key) => Promise<Result>,
): Promise<Result> {
  if (device) return body(device, dtype ?? device.defaultFloat, randomKey);
  await using opened = await openDevice("cpu");
  return await body(opened, dtype ?? opened.defaultFloat, randomKey);
}
