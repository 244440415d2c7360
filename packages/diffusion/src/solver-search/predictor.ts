import {
  add,
  concatenate,
  type Device,
  divide,
  grad,
  type Key,
  matmul,
  multiply,
  RandomStream,
  relu,
  silu,
  split,
  subtract,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { dense, mlp } from "@ansatz/tensor/layers";
import { adam, disposeTree } from "@ansatz/tensor/optimisers";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { stepFeatures } from "./features.ts";
import type { SolverGenome } from "./genome.ts";
import type { Probes } from "./probes.ts";

export interface PredictorOptions {
  /** Passes over the genomes. Default 100. */
  readonly epochs?: number;
  /** Of Adam. Default 1e-3. */
  readonly learningRate?: number;
  /** Scores should be apart by so much. Default 0.1. */
  readonly margin?: number;
  /** Networks whose scores are averaged. Default 1. */
  readonly networks?: number;
}

/** A measured solver. Quality: lower is better, infinite where it diverged. */
export interface Measured {
  readonly genome: SolverGenome;
  readonly quality: number;
}

const WIDTH = 64;
/** Genomes whose pairs are one step of training. */
const BATCH = 32;

/** Scores of genomes without running them: lower is better. */
export interface QualityPredictor extends Disposable {
  predict(genomes: readonly SolverGenome[]): Promise<Float64Array>;
}

/**
 * Learns to rank solvers: every step embedded by a small network, the mean over steps mapped to a score, trained so that of two genomes the better one has the lower score (pairwise
 * hinge loss). The same key gives the same predictor.
 */
export async function trainPredictor(
  measured: readonly Measured[],
  { schedule, probes }: { readonly schedule: NoiseSchedule; readonly probes: Probes },
  {
    key,
    device,
    epochs = 100,
    learningRate = 1e-3,
    margin = 0.1,
    networks = 1,
  }: PredictorOptions & { key: Key; device: Device },
): Promise<QualityPredictor> {
  const describe = (genome: SolverGenome): Description => {
    const planned = probes.plan(genome);
    const steps = stepFeatures(genome, planned, { schedule, statistics: probes.statistics.length > 0 });
    return { steps, probes: probes.errors(genome, planned) };
  };
  const rows = measured.map(({ genome }) => describe(genome));
  const qualities = measured.map(({ quality }) => quality);
  const width = rows[0].steps[0].length;
  const standard = {
    steps: standardisation(rows.flatMap(({ steps }) => steps)),
    probes: standardisation(rows.map((row) => row.probes)),
  };
  const embed = mlp([width, WIDTH, WIDTH], { activation: silu, outputActivation: silu });
  const head = mlp([WIDTH + probes.count, WIDTH, 1], { activation: silu });
  const direct = dense(probes.count, 1);
  type Parameters = {
    readonly embed: ReturnType<typeof embed.init>;
    readonly head: ReturnType<typeof head.init>;
    readonly direct: ReturnType<typeof direct.init>;
  };
  const score = (parameters: Parameters, { steps, mean, probed }: EncodedSteps) => {
    const embedded = matmul(mean, embed.apply(parameters.embed, steps));
    const joined = concatenate([embedded, probed], { axis: 1 });
    return add(head.apply(parameters.head, joined), direct.apply(parameters.direct, probed));
  };
  const loss = (parameters: Parameters, encoded: EncodedSteps, signs: Tensor, pairs: Tensor) => {
    const scores = score(parameters, encoded);
    const apart = multiply(subtract(scores, scores.reshape([1, -1])), signs);
    return divide(sum(multiply(relu(subtract(margin, apart)), multiply(signs, signs))), pairs);
  };
  const gradient = grad(loss);
  const encode = (indices: readonly number[]) =>
    encodedSteps(
      indices.map((index) => rows[index]),
      standard,
      device,
    );
  const train = async (own: Key) => {
    const [forEmbed, forHead, forDirect, forBatches] = split(own, 4);
    const random = new RandomStream(forBatches);
    const optimiser = adam({ learningRate });
    let parameters: Parameters = {
      embed: embed.init(forEmbed, { device }),
      head: head.init(forHead, { device }),
      direct: direct.init(forDirect, { device }),
    };
    let state = optimiser.init(parameters);
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const batch of batches(measured.length, random)) {
        const next = device.scope(() => {
          const { signs, pairs } = signsOf(batch.map((index) => qualities[index]));
          if (pairs === 0) return null;
          const count = batch.length;
          const gradients = gradient(
            parameters,
            encode(batch),
            device.tensor(signs, [count, count]),
            device.tensor([pairs], [1], "float32").reshape([]),
          );
          return optimiser.update(gradients, state, parameters);
        });
        if (!next) continue;
        disposeTree(parameters, state);
        ({ parameters, state } = next);
      }
      if (epoch % 20 === 19) await new Promise((resolve) => setTimeout(resolve));
    }
    disposeTree(state);
    return parameters;
  };
  const trained: Parameters[] = [];
  for (const own of split(key, networks)) trained.push(await train(own));
  return {
    async predict(genomes) {
      const total = new Float64Array(genomes.length);
      const encodedRows = genomes.map(describe);
      for (let begin = 0; begin < genomes.length; begin += CHUNK) {
        const scores = device.scope(() => {
          const encoded = encodedSteps(encodedRows.slice(begin, begin + CHUNK), standard, device);
          return trained.map((parameters) => score(parameters, encoded));
        });
        for (const each of scores) {
          using own = each;
          for (const [index, value] of (await own.data()).entries()) total[begin + index] += Number(value) / networks;
        }
      }
      return total;
    },
    [Symbol.dispose]: () => disposeTree(...trained),
  };
}

/** Genomes predicted together: the matrix of means grows with the square. */
const CHUNK = 64;

interface EncodedSteps {
  /** All steps of all genomes, [steps, features]. */
  readonly steps: Tensor;
  /** [genomes, steps], rows that take the mean over a genome's steps. */
  readonly mean: Tensor;
  /** [genomes, probes] */
  readonly probed: Tensor;
}

/** What is known of a genome without asking the model. */
interface Description {
  readonly steps: readonly (readonly number[])[];
  readonly probes: readonly number[];
}

function encodedSteps(rows: readonly Description[], standard: Standardisations, device: Device): EncodedSteps {
  const flat = rows.flatMap(({ steps }) => steps);
  const means = new Float32Array(rows.length * flat.length);
  let begin = 0;
  for (const [index, { steps }] of rows.entries()) {
    const row = index * flat.length + begin;
    means.fill(1 / steps.length, row, row + steps.length);
    begin += steps.length;
  }
  return {
    steps: standardised(flat, standard.steps, device),
    mean: device.tensor(means, [rows.length, flat.length]),
    probed: standardised(
      rows.map(({ probes }) => probes),
      standard.probes,
      device,
    ),
  };
}

function standardised(
  rows: readonly (readonly number[])[],
  { mean, deviation }: Standardisation,
  device: Device,
): Tensor {
  const width = mean.length;
  const values = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries())
    for (let feature = 0; feature < width; feature++)
      values[index * width + feature] = (row[feature] - mean[feature]) / deviation[feature];
  return device.tensor(values, [rows.length, width]);
}

interface Standardisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

interface Standardisations {
  readonly steps: Standardisation;
  readonly probes: Standardisation;
}

function standardisation(flat: readonly (readonly number[])[]): Standardisation {
  const mean = flat[0].map((_, feature) => flat.reduce((total, row) => total + row[feature], 0) / flat.length);
  const deviation = mean.map((center, feature) => {
    const variance = flat.reduce((total, row) => total + (row[feature] - center) ** 2, 0) / flat.length;
    // A decision that nobody took yet must not shout when somebody does.
    return Math.max(Math.sqrt(variance), 0.1);
  });
  return { mean, deviation };
}

/** sign(q_i − q_j), and how many pairs differ. Two that diverged are alike. */
function signsOf(qualities: readonly number[]): { signs: Float32Array<ArrayBuffer>; pairs: number } {
  const count = qualities.length;
  const signs = new Float32Array(count * count);
  let pairs = 0;
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      const sign = qualities[i] === qualities[j] ? 0 : qualities[i] > qualities[j] ? 1 : -1;
      signs[i * count + j] = sign;
      if (sign !== 0) pairs++;
    }
  return { signs, pairs };
}

function batches(count: number, random: RandomStream): number[][] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    [order[index], order[other]] = [order[other], order[index]];
  }
  const size = Math.ceil(count / Math.ceil(count / BATCH));
  return Array.from({ length: Math.ceil(count / size) }, (_, batch) => order.slice(batch * size, (batch + 1) * size));
}

/** Kendall's τ_b between two lists of numbers: 1 where they rank alike, 0 where one says nothing about the other. NaN where a list is constant. */
export function kendallTau(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [agreement, differentA, differentB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++)
    for (let j = i + 1; j < a.length; j++) {
      const signA = compare(a[i], a[j]);
      const signB = compare(b[i], b[j]);
      agreement += signA * signB;
      differentA += Math.abs(signA);
      differentB += Math.abs(signB);
    }
  return agreement / Math.sqrt(differentA * differentB);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a > b ? 1 : -1;
}
