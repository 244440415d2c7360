import { atLeast, atMost, defineExperiment, type Expectation, type Report, within } from "@ansatz/lab";
import { type Device, type Key, normal, split } from "@ansatz/tensor";
import { z } from "zod";
import { digitErrors } from "../digit-errors/digit-errors.ts";
import { digitPicture } from "../digit-errors/digit-picture.ts";
import { type Contestant, reportDigits } from "../digit-errors/reporting.ts";
import { digitMixture } from "../digits/index.ts";
import { dpmSolver } from "../dpm-solver/index.ts";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import { THREE_GAUSSIANS } from "../models/index.ts";
import { ddim, disposeState, evaluator } from "../sampling/index.ts";
import { artifactScore } from "./artifact-score.ts";
import { momentumNumber } from "./coefficients.ts";
import { guidedModels, guidedSamples, mixtureMoments, GUIDED_SCHEDULE as schedule } from "./guided-mixture.ts";
import { momentum } from "./index.ts";
import { type MultistepMomentum, multistepMethod, realStabilityInterval, stabilityMap } from "./stability.ts";
import { stabilityDemand } from "./stability-demand.ts";

const parameters = z.object({
  resolution: z.int().min(16).max(1024).default(512).describe("Pixels along the edges of the stability maps"),
  guidanceScale: z.number().min(1).max(50).default(10).describe("Weight of guidance in the divergence demonstration"),
  steps: z.int().min(4).max(100).default(8).describe("Steps of the divergence demonstration"),
  guidedSamples: z.int().min(10).max(100_000).default(2000).describe("Samples of the divergence demonstration"),
  samples: z.int().min(1).max(64).default(64).describe("Digits that are drawn; the reference figures are for 64"),
});

const MAPS: readonly (readonly [string, MultistepMomentum])[] = [
  ["PLMS 4", { order: 4, damping: 1 }],
  ["HB 4, β = 0.8", { kind: "heavy-ball", order: 4, damping: 0.8 }],
  ["Nesterov 4, β = 0.8", { kind: "nesterov", order: 4, damping: 0.8 }],
  ["GHVB 3.9", momentumNumber(3.9)],
  ["GHVB 3.5", momentumNumber(3.5)],
  ["GHVB 2.5", momentumNumber(2.5)],
  ["GHVB 1.8", momentumNumber(1.8)],
];

const DIGITS: readonly Contestant[] = [
  { name: "DDIM", solver: ddim() },
  { name: "iPNDM (PLMS 4)", solver: exponentialIntegrator({ kind: "ipndm" }) },
  { name: "DPM-Solver++ 2M", solver: dpmSolver({ method: "multistep", lowerOrderFinal: false }) },
  { name: "GHVB 3.9", solver: momentum({ number: 3.9 }), grid: "time-quadratic" },
  { name: "GHVB 1.8", solver: momentum({ number: 1.8 }), grid: "time-quadratic" },
  { name: "HB 4, β = 0.8", solver: momentum({ kind: "heavy-ball", damping: 0.8 }), grid: "time-quadratic" },
];

const BUDGETS = [5, 8, 10, 12, 20];

/** Momentum numbers of the divergence demonstration, from DDIM to PLMS 4. */
const NUMBERS = Array.from({ length: 13 }, (_, index) => 1 + index / 4);

/** Momentum numbers and the digit of the guided pictures. */
const PICTURED = [4, 3.5, 2.5, 1.5];
const DIGIT = 3;

export default defineExperiment({
  id: "diffusion/momentum",
  title: "Momentum against divergence artifacts in diffusion sampling",
  summary:
    "Multistep samplers with few steps and strong guidance leave their stability region, and images blow up. Averaging over past steps enlarges the region; a single number trades the stability of low orders for the accuracy of high ones.",
  paper: {
    title: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts",
    section: "figures 3, 4 and 6, scaled to exact models",
  },
  parameters,
  metrics: {
    intervalPlain: { label: "real stability interval of PLMS 4", better: "higher" },
    intervalHeavyBall: { label: "real stability interval of HB 4, β = 0.8", better: "higher" },
    intervalGeneralized: { label: "real stability interval of GHVB 3.5", better: "higher" },
    largestDemand: { label: "how far guided steps reach down the real axis, at most" },
    artifactsPlain: { label: "artifact score of PLMS 4" },
    artifacts35: { label: "artifact score of GHVB 3.5", better: "lower" },
    artifacts25: { label: "artifact score of GHVB 2.5", better: "lower" },
    artifactRatio: {
      label: "artifacts of PLMS 4 over those of GHVB 2.5 (at least 0.001)",
      unit: "×",
      better: "higher",
    },
    digitErrorGeneralized: { label: "GHVB 3.9's error on digits, 10 evaluations", better: "lower" },
    digitErrorPlain: { label: "iPNDM's error on digits, 10 evaluations" },
    digitErrorMultistep: { label: "DPM-Solver++(2M)'s error on digits, 10 evaluations" },
  },
  async run({ parameters: given, device, key, signal, report }) {
    const { resolution, guidanceScale, steps, samples } = given;
    const [forPlane, forDigits] = split(key);
    const intervals = await reportStability(report, device, resolution);
    const demand = await reportDemand(report, device, { guidanceScale, steps, key: forPlane });
    const artifacts = await reportDivergence(report, device, { ...given, key: forPlane, signal });
    if (!signal.aborted) await reportGuidedDigits(report, device, { guidanceScale, steps, key: forDigits });
    using digits = await digitErrors(device, { samples });
    const onDigits = await reportDigits(report, digits, DIGITS, { budgets: BUDGETS, shown: 10, signal });
    const digitError = (name: string) => onDigits.get(name)?.[BUDGETS.indexOf(10)] ?? null;
    const metrics = {
      intervalPlain: -intervals.get("PLMS 4")!,
      intervalHeavyBall: -intervals.get("HB 4, β = 0.8")!,
      intervalGeneralized: -intervals.get("GHVB 3.5")!,
      largestDemand: demand,
      artifactsPlain: artifacts.get(4) ?? null,
      artifacts35: artifacts.get(3.5) ?? null,
      artifacts25: artifacts.get(2.5) ?? null,
      artifactRatio: artifacts.size === NUMBERS.length ? artifacts.get(4)! / Math.max(1e-3, artifacts.get(2.5)!) : null,
      digitErrorGeneralized: digitError("GHVB 3.9"),
      digitErrorPlain: digitError("iPNDM (PLMS 4)"),
      digitErrorMultistep: digitError("DPM-Solver++ 2M"),
    };
    const expectations: Expectation[] = [
      within("intervalPlain", 0.3, 1e-6, "−3(2 − β)/(10β) with β = 1"),
      within("intervalHeavyBall", 0.45, 1e-6, "−3(2 − β)/(10β)"),
      within("intervalGeneralized", 3 / 7, 1e-6, "−3(2 − β)/(11 − β)"),
    ];
    if (steps === 8 && guidanceScale === 10)
      expectations.push(
        atLeast("largestDemand", 0.3, "beyond the stability interval of PLMS 4: why it diverges"),
        atLeast("artifactRatio", 100, "paper, figure 6: artifacts all but vanish at low momentum numbers"),
        atMost("artifacts25", metrics.artifacts35 ?? 0, "fewer artifacts with a lower momentum number"),
        atMost("artifacts35", metrics.artifactsPlain ?? 0, "fewer artifacts with a lower momentum number"),
      );
    if (samples === 64)
      expectations.push(
        within("digitErrorGeneralized", 0.0285, 2e-4, "our reference run, 64 noises"),
        within("digitErrorPlain", 0.1065, 2e-4, "our reference run, 64 noises"),
        within("digitErrorMultistep", 0.0827, 2e-4, "our reference run, 64 noises"),
      );
    return { metrics, expectations: signal.aborted ? [] : expectations };
  },
});

/** Pictures of the stability regions, and their intervals on the real axis. */
async function reportStability(report: Report, device: Device, resolution: number): Promise<Map<string, number>> {
  const intervals = new Map<string, number>();
  const rows: [string, number, number][] = [];
  for (const [name, settings] of MAPS) {
    const method = multistepMethod(settings);
    using map = stabilityMap(device, method, { rows: resolution, columns: resolution });
    const growth = Float64Array.from(await map.data());
    report.heatmap(`stability of ${name}`, {
      ...{ rows: resolution, columns: resolution, rowLabel: "Im z from 2.5 (top) to −2.5" },
      ...{ values: growth.map((value) => Math.min(2, value)), columnLabel: "Re z from −4 to 1" },
      caption: "growth per step, cut at 2: stable where below 1",
    });
    const interval = realStabilityInterval(method);
    intervals.set(name, interval);
    rows.push([name, interval, (growth.filter((value) => value < 1).length / growth.length) * 25]);
  }
  report.table("stability regions", [{ name: "method" }, { name: "on the real axis, from" }, { name: "area" }], rows);
  return intervals;
}

/** How far each step reaches down the negative real axis, with guidance and without. @returns the largest with guidance. */
async function reportDemand(
  report: Report,
  device: Device,
  { guidanceScale: scale, steps, key }: { readonly guidanceScale: number; readonly steps: number; readonly key: Key },
): Promise<number> {
  using models = guidedModels(device, { mixture: THREE_GAUSSIANS, wanted: [0, 1], scale });
  const plan = ddim().plan({ schedule, steps, grid: "time-uniform" });
  const guided = evaluator(models.model, { schedule, guidance: models.guidance });
  const plain = evaluator(models.model, { schedule });
  using noise = normal(key, [16, 2], { device, dtype: device.defaultFloat });
  const rows: [number, number, number][] = [];
  let state = plan.init(noise);
  while (!state.done) {
    const { index, time, x } = state;
    const options = { schedule, time, nextTime: plan.times[index + 1], key };
    const demands = [await stabilityDemand(guided, x, options), await stabilityDemand(plain, x, options)] as const;
    report.point("how far a guided step reaches down the real axis", index, -demands[0]);
    rows.push([index, ...demands]);
    state = await plan.step(state, guided);
  }
  disposeState(state);
  report.table(
    "stability demanded of each step",
    [{ name: "step" }, { name: "z, guided" }, { name: "z, unguided" }],
    rows,
  );
  return Math.max(...rows.map(([, demand]) => -demand));
}

/** Mean artifact score of guided samples for each momentum number. */
async function reportDivergence(
  report: Report,
  device: Device,
  options: {
    readonly guidanceScale: number;
    readonly steps: number;
    readonly guidedSamples: number;
    readonly key: Key;
    readonly signal: AbortSignal;
  },
): Promise<Map<number, number>> {
  const { guidanceScale, steps, guidedSamples: count, key, signal } = options;
  const guided = { mixture: THREE_GAUSSIANS, wanted: [0, 1], scale: guidanceScale } as const;
  const moments = mixtureMoments(THREE_GAUSSIANS);
  const found = new Map<number, number>();
  for (const [index, number] of NUMBERS.entries()) {
    if (signal.aborted) break;
    const run = { solver: momentum({ number }), steps, count, key, grid: "time-uniform" } as const;
    using x = await guidedSamples(device, guided, run);
    using latents = x.reshape([count, 2, 1, 1]);
    const { scores } = await artifactScore(latents, moments);
    const mean = scores.reduce((sum, score) => sum + score, 0) / count;
    found.set(number, mean);
    // Steps of a series are whole: hundredths of the momentum number.
    report.point("artifact score against 100 × momentum number", Math.round(100 * number), mean);
    if (PICTURED.includes(number)) reportDensity(report, number, Float64Array.from(await x.data()));
    report.progress(index + 1, NUMBERS.length, `guided samples, GHVB ${number}`);
  }
  report.table("artifacts under guidance", [{ name: "momentum number" }, { name: "artifact score" }], [...found]);
  return found;
}

/** How many samples there are where. */
function reportDensity(report: Report, number: number, points: Float64Array): void {
  const [edge, half] = [64, 12];
  const values = new Float64Array(edge * edge);
  for (let index = 0; index < points.length; index += 2) {
    const column = Math.floor(((points[index] + half) / (2 * half)) * edge);
    const row = Math.floor(((half - points[index + 1]) / (2 * half)) * edge);
    if (row >= 0 && row < edge && column >= 0 && column < edge) values[row * edge + column]++;
  }
  report.heatmap(`guided samples of GHVB ${number}`, {
    ...{ rows: edge, columns: edge, values, scale: "log", rowLabel: "second coordinate", columnLabel: "first" },
    caption: `samples per cell, both coordinates from −${half} to ${half}; the component that is asked for is at (2, 0)`,
  });
}

/** Digits of one kind under guidance: the lower the momentum number, the fewer blobs. */
async function reportGuidedDigits(
  report: Report,
  device: Device,
  { guidanceScale: scale, steps, key }: { readonly guidanceScale: number; readonly steps: number; readonly key: Key },
): Promise<void> {
  const perDigit = 50;
  const mixture = await digitMixture({ perDigit });
  const guided = { mixture, wanted: [DIGIT * perDigit, (DIGIT + 1) * perDigit], scale } as const;
  const rows: Float64Array[] = [];
  for (const number of PICTURED) {
    const run = { solver: momentum({ number }), steps, count: 12, key, grid: "time-uniform" } as const;
    using x = await guidedSamples(device, guided, run);
    rows.push(Float64Array.from(await x.data()));
  }
  const caption = `the digit ${DIGIT} after ${steps} steps under guidance of ${scale}, momentum numbers from the top: ${PICTURED.join(", ")}`;
  report.image("guided digits", digitPicture(rows, 12, caption));
}
