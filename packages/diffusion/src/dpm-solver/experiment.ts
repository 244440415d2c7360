import { atLeast, defineExperiment, type Expectation, within } from "@ansatz/lab";
import { z } from "zod";
import { digitErrors } from "../digit-errors/digit-errors.ts";
import { type Contestant, doubledSteps, reportDigits, reportErrorCurves } from "../digit-errors/reporting.ts";
import { ddim } from "../sampling/index.ts";
import { unipc } from "../unipc/index.ts";
import { dpmSolver } from "./index.ts";

const parameters = z.object({
  mostSteps: z.int().min(40).max(640).default(320).describe("Steps that the error curves go up to, doubling from 10"),
  samples: z.int().min(1).max(64).default(64).describe("Digits that are drawn"),
  shownEvaluations: z.int().min(4).max(100).default(10).describe("Evaluations of the pictures"),
});

/** Evaluations for a step. */
const COSTS: Readonly<Record<string, number>> = { DDIM: 1, "DPM-Solver-2": 2, "DPM-Solver-3": 3 };

const CURVES: readonly Contestant[] = [
  { name: "DDIM", solver: ddim() },
  { name: "DPM-Solver-2", solver: dpmSolver({ order: 2 }) },
  { name: "DPM-Solver-3", solver: dpmSolver({ order: 3 }) },
  { name: "DPM-Solver++(2M)", solver: dpmSolver({ method: "multistep", lowerOrderFinal: false }) },
  {
    name: "DPM-Solver++(3M), as published",
    solver: dpmSolver({ method: "multistep", order: 3, lowerOrderFinal: false }),
  },
  {
    name: "DPM-Solver++(3M), whole second derivative",
    solver: dpmSolver({ method: "multistep", order: 3, variant: "taylor", lowerOrderFinal: false }),
  },
  { name: "UniPC-3", solver: unipc() },
];

const BUDGETS = [5, 8, 10, 12, 20];

/** The error at which evaluations are compared. */
const WANTED_ERROR = 1e-2;

export default defineExperiment({
  id: "diffusion/dpm-solver",
  title: "Sampling in ten evaluations by exact integration of the linear part",
  summary:
    "The linear part of the probability-flow equation is solved exactly and only the network is expanded along the path. With steps of order 2 and 3 an exact sample is met in many times fewer evaluations than by DDIM, which is the first order of the same method.",
  paper: {
    title: "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10 Steps",
    section: "section 4, tables 1 and 2, scaled to exact models",
  },
  parameters,
  metrics: {
    errorThirdOrder: { label: "error of DPM-Solver-3 after 20 steps, three Gaussians", better: "lower" },
    evaluationsThirdOrder: { label: "evaluations of DPM-Solver-3 for an error of 0.01", better: "lower" },
    evaluationsDdim: { label: "evaluations of DDIM for an error of 0.01" },
    evaluationRatio: { label: "fewer evaluations than DDIM", unit: "×", better: "higher" },
    orderOfThird: { label: "measured order of DPM-Solver-3", better: "higher" },
    orderOfPublished: { label: "measured order of DPM-Solver++(3M) as published" },
    orderOfWhole: { label: "measured order of DPM-Solver++(3M) with the whole second derivative", better: "higher" },
    digitErrorSecondMultistep: { label: "DPM-Solver++(2M)'s error on digits, 20 evaluations", better: "lower" },
    digitErrorDdim: { label: "DDIM's error on digits, 20 evaluations" },
  },
  async run({ parameters: { mostSteps, samples, shownEvaluations }, device, signal, report }) {
    const counts = doubledSteps(mostSteps);
    const errors = await reportErrorCurves(report, CURVES, counts, signal);
    using digits = await digitErrors(device, { samples });
    const options = { budgets: BUDGETS, shown: shownEvaluations, signal };
    const onDigits = await reportDigits(report, digits, CURVES, options);
    const order = (name: string) => {
      const [before, last] = (errors.get(name) ?? []).slice(-2);
      return last ? Math.log2(before / last) : null;
    };
    const evaluationsFor = (name: string) => {
      const steps = stepsFor(counts, errors.get(name) ?? []);
      return steps === null ? null : steps * COSTS[name];
    };
    const [few, many] = [evaluationsFor("DPM-Solver-3"), evaluationsFor("DDIM")];
    const metrics = {
      errorThirdOrder: errors.get("DPM-Solver-3")?.[counts.indexOf(20)] ?? null,
      evaluationsThirdOrder: few,
      evaluationsDdim: many,
      evaluationRatio: few && many ? many / few : null,
      orderOfThird: order("DPM-Solver-3"),
      orderOfPublished: order("DPM-Solver++(3M), as published"),
      orderOfWhole: order("DPM-Solver++(3M), whole second derivative"),
      digitErrorSecondMultistep: onDigits.get("DPM-Solver++(2M)")?.[BUDGETS.indexOf(20)] ?? null,
      digitErrorDdim: onDigits.get("DDIM")?.[BUDGETS.indexOf(20)] ?? null,
    };
    const expectations: Expectation[] = [
      within("errorThirdOrder", 4.62e-4, 1e-6, "our reference run, three Gaussians, steps even in λ"),
      atLeast("orderOfThird", 2.9, "theorem 3.2"),
      atLeast("orderOfWhole", 2.9, "the multistep formula with the whole second derivative"),
    ];
    if (mostSteps >= 320)
      expectations.push(atLeast("evaluationRatio", 4, "paper: 4 to 16 times faster than training-free samplers"));
    if (samples === 64)
      expectations.push(
        within("digitErrorSecondMultistep", 0.0407, 1e-4, "our reference run, 64 noises"),
        within("digitErrorDdim", 0.0993, 1e-4, "our reference run, 64 noises"),
      );
    return { metrics, expectations: signal.aborted ? [] : expectations };
  },
});

/** Steps at which a curve falls to the wanted error, between counts on a straight line of logarithms; null where it does not. */
function stepsFor(counts: readonly number[], errors: readonly number[]): number | null {
  const after = errors.findIndex((error) => error <= WANTED_ERROR);
  if (after < 1) return null;
  const fall = Math.log(errors[after - 1] / errors[after]);
  return counts[after - 1] * 2 ** (Math.log(errors[after - 1] / WANTED_ERROR) / fall);
}
