import { atLeast, atMost, defineExperiment, type Expectation, type Report, within } from "@ansatz/lab";
import { z } from "zod";
import { digitErrors } from "../digit-errors/digit-errors.ts";
import { type Contestant, doubledSteps, reportDigits, reportErrorCurves } from "../digit-errors/reporting.ts";
import { dpmSolver } from "../dpm-solver/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { ddim, gridTimes } from "../sampling/index.ts";
import { type ExtrapolationKind, largestCoefficient, multistepCoefficients } from "./coefficients.ts";
import { exponentialIntegrator } from "./index.ts";

const parameters = z.object({
  mostSteps: z.int().min(20).max(640).default(160).describe("Steps that the error curves go up to, doubling from 10"),
  samples: z.int().min(1).max(64).default(64).describe("Digits that are drawn; the paper's figures are for 64"),
  shownEvaluations: z.int().min(3).max(50).default(10).describe("Evaluations of the pictures"),
});

const CURVES: readonly Contestant[] = [
  { name: "DDIM", solver: ddim(), grid: "time-quadratic" },
  ...[1, 2, 3].map((order) => ({ name: `tAB-DEIS ${order}`, solver: exponentialIntegrator({ order }) })),
  { name: "rhoAB-DEIS 3", solver: exponentialIntegrator({ kind: "rhoAB" }) },
  { name: "iPNDM 3", solver: exponentialIntegrator({ kind: "ipndm" }) },
  { name: "rhoRK-DEIS kutta3", solver: exponentialIntegrator({ kind: "rhoRK" }) },
  { name: "rhoRK-DEIS rk4", solver: exponentialIntegrator({ kind: "rhoRK", method: "rk4" }) },
];

const DIGITS: readonly Contestant[] = [
  { name: "DDIM", solver: ddim() },
  { name: "tAB-DEIS 3", solver: exponentialIntegrator() },
  { name: "rhoAB-DEIS 3", solver: exponentialIntegrator({ kind: "rhoAB" }) },
  { name: "iPNDM 3", solver: exponentialIntegrator({ kind: "ipndm" }) },
  { name: "rhoRK-DEIS heun2", solver: exponentialIntegrator({ kind: "rhoRK", method: "heun2" }) },
  { name: "DPM-Solver++ 2M", solver: dpmSolver({ method: "multistep", lowerOrderFinal: false }) },
];

const BUDGETS = [5, 8, 10, 12, 15, 20];

export default defineExperiment({
  id: "diffusion/exponential-integrator",
  title: "Sampling by exponential integrators that extrapolate the noise",
  summary:
    "Draws from a diffusion model with few evaluations: the linear part of its equation is solved exactly, and the predicted noise is a polynomial through past predictions, in time or in the noise-to-signal ratio.",
  paper: {
    title: "Fast Sampling of Diffusion Models with Exponential Integrator",
    section: "section 3, tables 2 and 3, scaled to exact models",
  },
  parameters,
  metrics: {
    errorTimeAdamsBashforth: { label: "error of tAB-DEIS 3 after 20 steps, three Gaussians", better: "lower" },
    errorRatioAdamsBashforth: { label: "error of rhoAB-DEIS 3 after 20 steps, three Gaussians", better: "lower" },
    order: { label: "order of tAB-DEIS 3 over the last doubling of steps", better: "higher" },
    digitErrorDdim: { label: "DDIM's error on digits, 10 evaluations", better: "lower" },
    digitErrorTimeAdamsBashforth: { label: "tAB-DEIS 3's error on digits, 10 evaluations", better: "lower" },
    digitErrorMultistep: { label: "DPM-Solver++(2M)'s error on digits, 10 evaluations", better: "lower" },
    advantage: { label: "DDIM's error on digits over tAB-DEIS 3's, 15 evaluations", unit: "×", better: "higher" },
  },
  async run({ parameters: { mostSteps, samples, shownEvaluations }, device, signal, report }) {
    reportCoefficients(report);
    const counts = doubledSteps(mostSteps);
    const errors = await reportErrorCurves(report, CURVES, counts, signal);
    const inTime = errors.get("tAB-DEIS 3");
    using digits = await digitErrors(device, { samples });
    const options = { budgets: BUDGETS, shown: shownEvaluations, signal };
    const onDigits = await reportDigits(report, digits, DIGITS, options);
    const at = (name: string, evaluations: number) => onDigits.get(name)?.[BUDGETS.indexOf(evaluations)] ?? null;
    const [ddimAtEnd, timeAtEnd] = [at("DDIM", 15), at("tAB-DEIS 3", 15)];
    const metrics = {
      errorTimeAdamsBashforth: inTime?.[1] ?? null,
      errorRatioAdamsBashforth: errors.get("rhoAB-DEIS 3")?.[1] ?? null,
      order: inTime ? Math.log2(inTime[inTime.length - 2] / inTime[inTime.length - 1]) : null,
      digitErrorDdim: at("DDIM", 10),
      digitErrorTimeAdamsBashforth: at("tAB-DEIS 3", 10),
      digitErrorMultistep: at("DPM-Solver++ 2M", 10),
      advantage: ddimAtEnd && timeAtEnd ? ddimAtEnd / timeAtEnd : null,
    };
    const expectations: Expectation[] = [
      within("errorTimeAdamsBashforth", 2e-3, 1e-5, "our reference run, three Gaussians, quadratic grid"),
      within("errorRatioAdamsBashforth", 1.55e-2, 1e-4, "behind tAB at few steps: the paper's table 2"),
      atLeast("order", mostSteps >= 160 ? 3.2 : 2.8, "extrapolation of degree 3"),
    ];
    if (samples === 64)
      expectations.push(
        within("digitErrorDdim", 0.1094, 2e-4, "our reference run, 64 noises"),
        within("digitErrorTimeAdamsBashforth", 0.0618, 2e-4, "our reference run, 64 noises"),
        within("digitErrorMultistep", 0.0827, 2e-4, "our reference run, 64 noises"),
        atLeast("advantage", 4, "paper: FID 3.37 with 15 evaluations, where DDIM is far off"),
      );
    else expectations.push(atMost("digitErrorTimeAdamsBashforth", 0.12, "below DDIM's"));
    return { metrics, expectations: signal.aborted ? [] : expectations };
  },
});

/** What each of the last predictions counts in each of ten steps. */
function reportCoefficients(report: Report): void {
  const schedule = linearSchedule();
  const steps = 10;
  const kinds: readonly ExtrapolationKind[] = ["tAB", "rhoAB", "ipndm"];
  const rows = kinds.map((kind) => {
    const times = gridTimes({ schedule }, kind === "ipndm" ? "time-uniform" : "time-quadratic", steps);
    const table = multistepCoefficients(schedule, times, kind, 3);
    const values = new Float64Array(steps * 4);
    for (const [i, { noise }] of table.entries())
      for (const [j, value] of noise.entries()) {
        values[i * 4 + j] = value;
        report.point(`coefficient of prediction i − ${j}: ${kind}`, i, value);
      }
    report.heatmap(`coefficients: ${kind}`, {
      ...{ rows: steps, columns: 4, values, rowLabel: "step", columnLabel: "predictions ago" },
      caption: "what the newest prediction (left) and those before it count in each step, the first at the top",
    });
    return [kind, largestCoefficient(table)];
  });
  report.table("largest coefficients in 10 steps", [{ name: "kind" }, { name: "max |C|" }], rows);
}
