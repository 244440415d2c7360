import { atLeast, atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { type Device, type Key, openDevice, split } from "@ansatz/tensor";
import { balancedSubset, DIGIT_CLASSES, loadDigits } from "@ansatz/tensor/digits";
import { disposeTree } from "@ansatz/tensor/optimisers";
import { z } from "zod";
import {
  accuracyOn,
  type FourierNoise,
  finerSteps,
  held,
  rowSequences,
  type Sequences,
  trainOnDigits,
} from "./experiment/digits.ts";
import { spikeErrors } from "./experiment/spikes.ts";
import {
  compareTransferFunctions,
  largestResolvent,
  mapConvergence,
  spikesOf,
  tradePerturbations,
} from "./experiment/transfer.ts";
import { type DiagonalSystem, normalDiagonalisation, perturbThenDiagonalise } from "./index.ts";
import { sequenceClassifier } from "./sequence-classifier.ts";

const parameters = z.object({
  states: z.int().min(8).max(128).default(64).describe("States n of the systems whose transfer functions are compared"),
  share: z.number().min(0.001).max(0.99).default(0.1).describe("τ of the structured perturbation τ/2 b bᵀ"),
  tradeStates: z.int().min(4).max(64).default(16).describe("States of the comparison of perturbations; 0.2 s at 16"),
  trainingImages: z.int().min(100).max(8000).default(3000).describe("Digits that the classifiers learn from"),
  epochs: z.int().min(1).max(50).default(3).describe("How often each is seen"),
  testImages: z.int().min(10).max(2000).default(200).describe("Digits that they are tested on, of all kinds alike"),
  width: z.int().min(2).max(256).default(16).describe("Features of a classifier"),
  depth: z.int().min(1).max(8).default(1).describe("State-space layers of a classifier"),
  modelStates: z.int().min(8).max(64).default(32).describe("States of each layer's systems"),
  noise: z.number().min(0).max(10).default(0.1).describe("Amplitude of the cosine added to pixels in [0, 1]"),
  clock: z.int().min(1).max(256).default(32).describe("Samples that a row is held for where noise is faster than rows"),
});

type Parameters = z.output<typeof parameters>;

export default defineExperiment({
  id: "linalg/state-space",
  title: "State-space models by perturbing HiPPO before it is diagonalised",
  summary:
    "HiPPO cannot be diagonalised stably. S4D leaves a part of it away and gets spikes in frequency; a small perturbation has none. Transfer functions, what perturbations cost, noise at a spike, and digits read row by row.",
  paper: {
    title: "Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
    authors: ["Annan Yu", "Arnur Nigmetov", "Dmitriy Morozov", "Michael W. Mahoney", "N. Benjamin Erichson"],
    year: 2024,
    section: "sections 3 and 5, on a small scale",
  },
  parameters,
  metrics: {
    diagonalDeviation: { label: "sup |ΔG| of S4D over sup |G|" },
    perturbedDeviation: { label: "largest |ΔG| / |G| of the perturbed system", better: "lower" },
    halving: { label: "deviation of S4D at frequency 10, from 64 to 128 states", better: "lower" },
    residual: { label: "largest ‖Ã − V Λ V⁻¹‖ / ‖Ã‖ of structured perturbations", better: "lower" },
    boundUsed: { label: "share of the paper's bound (2 ln n + 4) ‖E‖ that small random E reach" },
    boundReached: { label: "share of the paper's bound that the worst E reaches, to first order" },
    noisyHippo: { label: "error with noise at the spike, HiPPO" },
    noisyDiagonal: { label: "error with noise at the spike, S4D" },
    noisyPerturbed: { label: "error with noise at the spike, PTD", better: "lower" },
    accuracy: { label: "share of digits recognised by S4-PTD", better: "higher" },
    diagonalCollapse: { label: "share of digits recognised by S4D with noise at the spike" },
    spikeAccuracy: { label: "share of digits recognised by S4-PTD with noise at the spike", better: "higher" },
    slowNoiseAccuracy: {
      label: "share recognised with thrice the noise from row to row, S4-PTD trained with noise",
      better: "higher",
    },
    seconds: { label: "training time of all classifiers", unit: "s", better: "lower" },
  },
  async run({ parameters, device, key, signal, report }) {
    const [forTrade, forDigits] = split(key, 2);
    const { states, share } = parameters;
    // What is said about transfer functions needs float64, whatever the classifiers run on.
    await using exact = await openDevice("cpu");
    const deviations = await compareTransferFunctions(exact, states, share, report);
    const halving = await mapConvergence(exact, share, report);
    const { residual, bound } = await tradePerturbations(exact, parameters.tradeStates, forTrade, signal, report);
    const boundReached = await largestResolvent(exact, parameters.tradeStates, report);
    const errors = await spikeErrors(exact, states, share, signal, report);
    const digits = await classifyDigits(device, exact, forDigits, parameters, signal, report);
    return {
      metrics: {
        ...{ diagonalDeviation: deviations.diagonal, perturbedDeviation: deviations.perturbed, halving, residual },
        ...{ boundUsed: bound, boundReached, noisyHippo: errors.noisy.HiPPO, noisyDiagonal: errors.noisy.S4D },
        ...{ noisyPerturbed: errors.noisy.PTD, ...digits },
      },
      expectations: [...expectationsOfTheory(parameters), ...expectationsOfDigits(parameters)],
    };
  },
});

function expectationsOfTheory({ states, share }: Parameters): readonly Expectation[] {
  return [
    atMost(
      "perturbedDeviation",
      share / (1 - share),
      "G of the structured perturbation is within τ/(1 − τ) of HiPPO's, uniformly",
    ),
    atLeast("diagonalDeviation", states / 4, "theorem 2: no uniform convergence, spikes grow with n"),
    atMost("halving", 0.52, "theorem 1: linear convergence at a fixed frequency"),
    atMost("residual", 1e-12, "backward stability: the exact diagonalisation of a nearby matrix"),
    atMost("boundUsed", 1, "theorem 3: |ΔG| ≤ (2 ln n + 4) ‖E‖ to first order"),
    atMost("boundReached", 1, "theorem 3: ‖(iω − A)⁻¹‖² ≤ 2 ln n + 4 on the imaginary axis"),
    atLeast("boundReached", 0.1, "the bound is no more than an order of magnitude away"),
    ...(states === 64 && share <= 0.1
      ? [
          atMost("noisyPerturbed", 0.06, "the response to noise at a spike is no larger than HiPPO's own"),
          atLeast("noisyDiagonal", 3, "S4D blows noise at a spike up"),
        ]
      : []),
  ];
}

/** Claims about what has been learnt hold for settings that learn enough. */
function expectationsOfDigits({
  trainingImages,
  epochs,
  noise,
  modelStates,
  clock,
}: Parameters): readonly Expectation[] {
  if (trainingImages * epochs < 9000 || noise !== 0.1 || modelStates !== 32 || clock < 32) return [];
  return [
    atLeast("accuracy", 0.8, "S4-PTD learns digits row by row"),
    atLeast("spikeAccuracy", 0.75, "figure 1: S4-PTD keeps its accuracy under noise at a spike"),
    atMost("diagonalCollapse", 0.4, "figure 1: S4D loses it"),
    atLeast("slowNoiseAccuracy", 0.7, "what is learnt with noise holds with noise"),
  ];
}

interface Contestant {
  readonly name: string;
  readonly system: DiagonalSystem;
  readonly layer: "s4" | "s5";
  readonly noise?: FourierNoise;
}

/** Time between rows: the time constant 2 of S4D's modes is 20 rows. */
const ROW_STEP = 0.1;

/** Noise from row to row that one of the classifiers sees in training, in radians. */
const SLOW_FREQUENCY = 2;

/** Trains on digits row by row; then the same systems with each row held for some time, which shows them noise at the frequency of the spike. */
async function classifyDigits(
  device: Device,
  exact: Device,
  key: Key,
  parameters: Parameters,
  signal: AbortSignal,
  report: Report,
) {
  const { trainingImages, testImages, modelStates, share, width, depth, noise, clock } = parameters;
  const { training, test } = await loadDigits();
  const rows = rowSequences(balancedSubset(training, trainingImages));
  const tested = rowSequences(balancedSubset(test, testImages));
  const fine = held(tested, clock);
  const normal = await normalDiagonalisation(modelStates, { device: exact });
  const perturbed = await perturbThenDiagonalise(modelStates, { share, device: exact });
  const slow = { amplitude: 3 * noise, frequency: SLOW_FREQUENCY };
  const contestants: readonly Contestant[] = [
    { name: "S4D", system: normal, layer: "s4" },
    { name: "S4-PTD", system: perturbed, layer: "s4" },
    { name: "S5", system: normal, layer: "s5" },
    { name: "S5-PTD", system: perturbed, layer: "s5" },
    { name: "S4-PTD, trained with noise", system: perturbed, layer: "s4", noise: slow },
  ];
  const [spike] = spikesOf(normal);
  const atSpike = { amplitude: noise, frequency: (spike * ROW_STEP) / clock };
  const beside = { ...atSpike, frequency: 0.6 * atSpike.frequency };
  const table: [string, ...number[]][] = [];
  const start = performance.now();
  let seconds = 0;
  for (const [index, { name, system, layer, noise: seen }] of contestants.entries()) {
    signal.throwIfAborted();
    const classifier = sequenceClassifier(rows.features, DIGIT_CLASSES, system, {
      ...{ layer, width, depth, steps: [ROW_STEP, ROW_STEP], discretisation: "hold" },
    });
    const began = performance.now();
    const learnt = await trainOnDigits(device, classifier, rows, {
      ...{ key, epochs: parameters.epochs, batch: 25, noise: seen, signal },
      onStep(step, total, loss) {
        report.point(`loss, ${name}`, step, loss);
        report.progress(index * total + step, contestants.length * total, `${name}: loss ${loss.toFixed(3)}`);
      },
    });
    seconds += (performance.now() - began) / 1000;
    const finer = device.scope(() => finerSteps(learnt, clock));
    const shareOf = (own: typeof learnt, digits: Sequences, added?: FourierNoise) =>
      accuracyOn(device, classifier, own, digits, added);
    table.push([
      name,
      await shareOf(learnt, tested),
      await shareOf(learnt, tested, slow),
      await shareOf(finer, fine),
      await shareOf(finer, fine, beside),
      await shareOf(finer, fine, atSpike),
    ]);
    disposeTree(learnt, { steps: finer.blocks.map(({ core }) => (core as { logStep: never }).logStep) });
  }
  report.note(`classifiers took ${((performance.now() - start) / 1000).toFixed(1)} s with their tests`);
  report.table(
    "digits recognised",
    [
      ...[{ name: "model" }, { name: "rows" }, { name: `noise of ${slow.amplitude} from row to row` }],
      ...[
        { name: "held rows" },
        { name: `noise of ${noise} beside the spike` },
        { name: `noise of ${noise} at the spike` },
      ],
    ],
    table,
  );
  reportAccuracies(report, table);
  const [diagonal, robust] = table;
  const trained = table[table.length - 1];
  return {
    ...{ accuracy: robust[1], diagonalCollapse: diagonal[5], spikeAccuracy: robust[5], slowNoiseAccuracy: trained[2] },
    seconds,
  };
}

function reportAccuracies(report: Report, table: readonly (readonly [string, ...number[]])[]): void {
  report.heatmap("digits recognised, models by tests", {
    rows: table.length,
    columns: 5,
    values: Float64Array.from(table.flatMap(([, ...shares]) => shares)),
    rowLabel: table.map(([name]) => name).join("; "),
    columnLabel: "rows; noise from row to row; held rows; noise beside the spike; noise at the spike",
    caption: "S4D is the one that noise at its spike blinds.",
  });
}
