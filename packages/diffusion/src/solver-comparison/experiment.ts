import { atLeast, atMost, defineExperiment, type Expectation, type Report, within } from "@ansatz/lab";
import { type Device, type Key, normal, split } from "@ansatz/tensor";
import { disposeTree } from "@ansatz/tensor/optimisers";
import { z } from "zod";
import { type DigitErrors, digitErrors, solverErrors } from "../digit-errors/digit-errors.ts";
import { digitPicture } from "../digit-errors/digit-picture.ts";
import {
  digitDenoiser,
  digitMixture,
  energyDistance,
  frechetDistance,
  loadSmallDigits,
  type SmallDigits,
  trainDigitDenoiser,
} from "../digits/index.ts";
import { SMALL_SIZE } from "../digits/small-digits.ts";
import { estimateStatistics, type ModelStatistics } from "../dpm-solver-v3/index.ts";
import { type GaussianMixture, type Model, mixtureModel } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { type ComparedSolver, comparedSolvers } from "./contestants.ts";

const parameters = z.object({
  samples: z.int().min(2).max(64).default(64).describe("Digits that are drawn; the reference figures are for 64"),
  statisticsDraws: z
    .int()
    .min(0)
    .max(1024)
    .default(64)
    .describe("Draws that DPM-Solver-v3's statistics are estimated from; 0 leaves it out"),
  statisticsIntervals: z.int().min(20).max(1200).default(120).describe("Intervals of the statistics' grid"),
  trainingSteps: z
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe("Steps that the learned denoiser is trained for, of 256 digits each; 0 leaves it out"),
  learnedSamples: z.int().min(2).max(2048).default(256).describe("Digits that are drawn from the learned denoiser"),
});

type Field = Omit<DigitErrors, typeof Symbol.dispose>;

/** Evaluations of the plot, of the table, and of the pictures. */
const PLOTTED = [4, 5, 6, 7, 8, 10, 12, 15, 20, 30];
const TABLE = [5, 8, 10, 12, 20];
const SHOWN = [5, 10, 20];
const SHOWN_DIGITS = 12;

/** Errors that the number of evaluations is told for. */
const TARGETS = [0.1, 0.05, 0.02, 0.01];

const schedule = linearSchedule();

export default defineExperiment({
  id: "diffusion/solver-comparison",
  title: "All solvers on handwritten digits: error against evaluations",
  summary:
    "Every sampler of this package on two models of handwritten digits, one with an exact score and one learned here: how far each is from the exact trajectory after 4 to 30 evaluations.",
  paper: {
    title: "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10 Steps",
    section: "tables of FID against evaluations, scaled to models whose trajectories are known",
  },
  parameters,
  metrics: {
    ddimError10: { label: "DDIM's error, 10 evaluations", better: "lower" },
    deisError10: { label: "tAB-DEIS 3's error, 10 evaluations", better: "lower" },
    momentumError10: { label: "GHVB 3.9's error, 10 evaluations", better: "lower" },
    bestError5: { label: "least error, 5 evaluations", better: "lower" },
    bestError10: { label: "least error, 10 evaluations", better: "lower" },
    bestError20: { label: "least error, 20 evaluations", better: "lower" },
    advantage10: { label: "DDIM's error over the least, 10 evaluations", unit: "×", better: "higher" },
    learnedAdvantage10: { label: "the same on the learned denoiser", unit: "×", better: "higher" },
    denoisingLoss: {
      label: "learned denoiser: squared error of the noise, mean of the last 50 steps",
      better: "lower",
    },
    energyDistance: { label: "learned denoiser: energy distance of samples to unseen digits", better: "lower" },
    frechetDistance: { label: "learned denoiser: Fréchet distance of samples to unseen digits", better: "lower" },
  },
  async run({ parameters: given, device, key, signal, report }) {
    const [forDraws, forTraining, forNoise] = split(key, 3);
    const mixture = await digitMixture();
    const statistics = await mixtureStatistics(device, mixture, forDraws, { ...given, signal });
    using digits = await digitErrors(device, { samples: given.samples });
    const exact = await compare(report, digits, comparedSolvers(statistics), { title: "exact digits", signal });
    const learned =
      given.trainingSteps > 0 && !signal.aborted
        ? await learnedDigits({ report, device, signal, forTraining, forNoise, given })
        : undefined;
    const at = (name: string, evaluations: number) => exact.get(name)?.get(evaluations) ?? null;
    const metrics = {
      ddimError10: at("DDIM", 10),
      deisError10: at("tAB-DEIS 3", 10),
      momentumError10: at("GHVB 3.9", 10),
      bestError5: leastAt(exact, 5),
      bestError10: leastAt(exact, 10),
      bestError20: leastAt(exact, 20),
      advantage10: advantageAt(exact, 10),
      learnedAdvantage10: learned ? advantageAt(learned.errors, 10) : null,
      denoisingLoss: learned?.loss ?? null,
      energyDistance: learned?.energy ?? null,
      frechetDistance: learned?.frechet ?? null,
    };
    return { metrics, expectations: signal.aborted ? [] : expectationsOf(given) };
  },
});

function expectationsOf({ samples, trainingSteps }: z.infer<typeof parameters>): Expectation[] {
  const expectations: Expectation[] = [
    atLeast("advantage10", 3, "the papers: solvers of high order need a fraction of DDIM's evaluations"),
  ];
  if (samples === 64)
    expectations.push(
      within("ddimError10", 0.1094, 2e-4, "our reference run, 64 noises"),
      within("deisError10", 0.0618, 2e-4, "our reference run, 64 noises"),
      within("momentumError10", 0.0285, 2e-4, "our reference run, 64 noises"),
    );
  if (trainingSteps >= 1000)
    expectations.push(
      atLeast("learnedAdvantage10", 1.5, "a learned score, too, is smooth enough for solvers of high order"),
      atMost("denoisingLoss", 0.2, "a fifth of the noise's variance is left on average over times"),
    );
  return expectations;
}

type Errors = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Errors of all solvers: curves in one plot, a table, evaluations that an error takes, and pictures. */
async function compare(
  report: Report,
  field: Field,
  solvers: readonly ComparedSolver[],
  { title, signal }: { readonly title: string; readonly signal: AbortSignal },
): Promise<Errors> {
  const found = new Map<string, Map<number, number>>();
  const pictures = new Map(SHOWN.map((evaluations) => [evaluations, [field.reference]]));
  const blank = new Float64Array(field.reference.length).fill(-1);
  for (const [index, { name, solver, grid, leastEvaluations }] of solvers.entries()) {
    const errors = new Map<number, number>();
    found.set(name, errors);
    for (const evaluations of PLOTTED) {
      if (signal.aborted) return found;
      const isPossible = evaluations >= leastEvaluations;
      if (isPossible) {
        const error = await field.error(solver, evaluations, grid);
        errors.set(evaluations, error);
        if (Number.isFinite(error)) report.point(`error on ${title}: ${name}`, evaluations, error);
      }
      pictures.get(evaluations)?.push(isPossible ? await field.run(solver, evaluations, grid) : blank);
    }
    report.progress(index + 1, solvers.length, `${title}: ${name}`);
  }
  report.table(
    `error on ${title} (root mean square)`,
    [{ name: "solver" }, ...TABLE.map((evaluations) => ({ name: `${evaluations} evaluations` }))],
    [...found].map(([name, errors]) => [name, ...TABLE.map((evaluations) => errors.get(evaluations) ?? "–")]),
  );
  report.table(
    `evaluations to an error on ${title}`,
    [{ name: "solver" }, ...TARGETS.map((target) => ({ name: `≤ ${target}` }))],
    [...found].map(([name, errors]) => [name, ...TARGETS.map((target) => evaluationsTo(errors, target) ?? "> 30")]),
  );
  const names = ["exact trajectory", ...solvers.map(({ name }) => name)].join(", ");
  const columns = Math.min(SHOWN_DIGITS, field.reference.length / SMALL_SIZE);
  for (const [evaluations, rows] of pictures)
    report.image(
      `${title}, ${evaluations} evaluations`,
      digitPicture(
        rows,
        columns,
        `after ${evaluations} evaluations, from the top: ${names}; empty where a solver cannot do with so few`,
      ),
    );
  return found;
}

/** The fewest evaluations from which on all errors are below a bound. */
function evaluationsTo(errors: ReadonlyMap<number, number>, target: number): number | undefined {
  let least: number | undefined;
  for (const [evaluations, error] of [...errors].reverse()) {
    if (!(error <= target)) break;
    least = evaluations;
  }
  return least;
}

function leastAt(errors: Errors, evaluations: number): number | null {
  const all = [...errors.values()].flatMap((each) => each.get(evaluations) ?? []).filter(Number.isFinite);
  return all.length > 0 ? Math.min(...all) : null;
}

function advantageAt(errors: Errors, evaluations: number): number | null {
  const [ddim, least] = [errors.get("DDIM")?.get(evaluations), leastAt(errors, evaluations)];
  return ddim && least ? ddim / least : null;
}

/** What DPM-Solver-v3 knows of the mixture, from draws of it. */
async function mixtureStatistics(
  device: Device,
  mixture: GaussianMixture,
  key: Key,
  { statisticsDraws, statisticsIntervals, signal }: z.infer<typeof parameters> & { readonly signal: AbortSignal },
): Promise<ModelStatistics | undefined> {
  if (statisticsDraws < 2) return undefined;
  const [forNoise, forEstimate] = split(key);
  const dtype = device.defaultFloat;
  using noise = normal(forNoise, [statisticsDraws, SMALL_SIZE], { device, dtype });
  const values = await noise.data();
  // Components in turn, so that all digits are among a few draws.
  const stride = Math.floor(mixture.means.length / statisticsDraws) || 1;
  const draws = Float64Array.from(values, (value, index) => {
    const component = (Math.floor(index / SMALL_SIZE) * stride) % mixture.means.length;
    return mixture.means[component][index % SMALL_SIZE] + Math.sqrt(mixture.variances[component]) * value;
  });
  using data = device.tensor(Array.from(draws), [statisticsDraws, SMALL_SIZE], dtype);
  using model = mixtureModel(mixture, { schedule, device, dtype });
  const { statistics } = await estimateStatistics(model, {
    ...{ schedule, data, key: forEstimate, intervals: statisticsIntervals, signal },
  });
  return statistics;
}

interface LearnedDigits {
  readonly errors: Errors;
  readonly loss: number;
  readonly energy: number;
  readonly frechet: number;
}

/** The same with a network that is trained here. */
async function learnedDigits(context: {
  readonly report: Report;
  readonly device: Device;
  readonly signal: AbortSignal;
  readonly forTraining: Key;
  readonly forNoise: Key;
  readonly given: z.infer<typeof parameters>;
}): Promise<LearnedDigits> {
  const { report, device, signal, forTraining, forNoise, given } = context;
  const { training: images, test } = await loadSmallDigits();
  const { training, losses } = await trainDigitDenoiser({
    ...{ images, schedule, device, key: forTraining, steps: given.trainingSteps, signal },
    onProgress: ({ step, steps, loss }) => {
      report.point("loss of the denoiser", step, loss);
      report.progress(step, steps, `training, loss ${loss.toFixed(3)}`);
    },
  });
  try {
    const model: Model = digitDenoiser(training.parameters);
    using noise = normal(forNoise, [given.learnedSamples, SMALL_SIZE], { device, dtype: "float32" });
    const field = await solverErrors(model, { schedule, noise });
    const errors = await compare(report, field, comparedSolvers(undefined), { title: "learned digits", signal });
    const unseen = unseenDigits(test, given.learnedSamples);
    return {
      errors,
      loss: mean(losses.slice(-50)),
      energy: energyDistance(field.reference, unseen, SMALL_SIZE),
      frechet: await frechetDistance(field.reference, unseen, SMALL_SIZE),
    };
  } finally {
    disposeTree(training.parameters, training.optimiser);
  }
}

/** Test images of all digits alike, about as many as samples. */
function unseenDigits({ count, pixels }: SmallDigits, wanted: number): Float64Array {
  const stride = Math.max(1, Math.floor(count / wanted));
  const chosen = Array.from({ length: Math.min(wanted, count) }, (_, index) => index * stride);
  return Float64Array.from(
    chosen.flatMap((index) => Array.from(pixels.subarray(index * SMALL_SIZE, (index + 1) * SMALL_SIZE))),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
