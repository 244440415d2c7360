import { atLeast, atMost, defineExperiment, type Expectation, type Report, within } from "@ansatz/lab";
import { openDevice } from "@ansatz/tensor";
import { z } from "zod";
import { digitErrors } from "../digit-errors/digit-errors.ts";
import { type Contestant, doubledSteps, reportDigits, reportErrorCurves } from "../digit-errors/reporting.ts";
import { gaussianFlow } from "../models/index.ts";
import { ddim } from "../sampling/index.ts";
import { TEST_SCHEDULE as schedule, testStates } from "../sampling/test-errors.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import { classicalMultistep } from "./classical.ts";
import { pseudoNumerical } from "./index.ts";

const parameters = z.object({
  mostSteps: z
    .int()
    .min(20)
    .max(1280)
    .default(320)
    .describe("Steps that the error curves go up to, doubling from 10; DDIM needs 320 for the ratio of evaluations"),
  samples: z.int().min(1).max(64).default(64).describe("Digits that are drawn"),
  shownEvaluations: z.int().min(12).max(100).default(20).describe("Evaluations of the pictures"),
});

const CONTESTANTS: readonly Contestant[] = [
  { name: "DDIM", solver: ddim(), grid: "time-uniform" },
  { name: "S-PNDM", solver: pseudoNumerical({ method: "s-pndm" }) },
  { name: "F-PNDM", solver: pseudoNumerical() },
  { name: "FON", solver: classicalMultistep() },
];

/** Evaluations beyond one per step. */
const EXTRA: Readonly<Record<string, number>> = { DDIM: 0, "F-PNDM": 9 };

const BUDGETS = [12, 15, 20, 30, 50, 100];

/** The error at which evaluations are compared. */
const WANTED_ERROR = 1e-2;

export default defineExperiment({
  id: "diffusion/pseudo-numerical",
  title: "Sampling by pseudo numerical methods that stay on the data's manifold",
  summary:
    "A classical multistep method estimates the noise, and an exact transfer moves the state along it. With the same number of evaluations it is far closer to the exact sample than DDIM, and it is exact for a single data point, where the classical method is not.",
  paper: {
    title: "Pseudo Numerical Methods for Diffusion Models on Manifolds",
    section: "section 4, tables 1 and 2, scaled to exact models",
  },
  parameters,
  metrics: {
    errorFourthOrder: { label: "error of F-PNDM after 40 steps, three Gaussians", better: "lower" },
    errorDdim: { label: "error of DDIM after 320 steps, three Gaussians", better: "lower" },
    evaluationsFourthOrder: { label: "evaluations of F-PNDM for an error of 0.01", better: "lower" },
    evaluationsDdim: { label: "evaluations of DDIM for an error of 0.01" },
    evaluationRatio: { label: "fewer evaluations than DDIM", unit: "×", better: "higher" },
    pointError: { label: "error of F-PNDM for one data point, 10 steps", better: "lower" },
    pointErrorClassical: { label: "error of the classical method for one data point, 10 steps" },
    digitErrorFourthOrder: { label: "F-PNDM's error on digits, 50 evaluations", better: "lower" },
    digitErrorDdim: { label: "DDIM's error on digits, 50 evaluations" },
  },
  async run({ parameters: { mostSteps, samples, shownEvaluations }, device, signal, report }) {
    const counts = doubledSteps(mostSteps);
    const errors = await reportErrorCurves(report, CONTESTANTS, counts, signal);
    const [pointError, pointErrorClassical] = await reportPoint(report);
    using digits = await digitErrors(device, { samples });
    const options = { budgets: BUDGETS, shown: shownEvaluations, signal };
    const onDigits = await reportDigits(report, digits, CONTESTANTS, options);
    const evaluationsFor = (name: string) => {
      const steps = stepsFor(counts, errors.get(name) ?? []);
      return steps === null ? null : steps + EXTRA[name];
    };
    const [few, many] = [evaluationsFor("F-PNDM"), evaluationsFor("DDIM")];
    const metrics = {
      errorFourthOrder: errors.get("F-PNDM")?.[counts.indexOf(40)] ?? null,
      errorDdim: errors.get("DDIM")?.[counts.indexOf(320)] ?? null,
      evaluationsFourthOrder: few,
      evaluationsDdim: many,
      evaluationRatio: few && many ? many / few : null,
      pointError,
      pointErrorClassical,
      digitErrorFourthOrder: onDigits.get("F-PNDM")?.[BUDGETS.indexOf(50)] ?? null,
      digitErrorDdim: onDigits.get("DDIM")?.[BUDGETS.indexOf(50)] ?? null,
    };
    const expectations: Expectation[] = [
      atMost("pointError", 1e-12, "exact where the noise is constant along the path: the paper's section 3.2"),
      atLeast("pointErrorClassical", 1e-3, "the classical method leaves the manifold"),
    ];
    if (mostSteps >= 320)
      expectations.push(
        within("errorFourthOrder", 1.74e-3, 1e-5, "our reference run, three Gaussians, even times"),
        within("errorDdim", 6.34e-3, 2e-5, "our reference run, three Gaussians, even times"),
        atLeast("evaluationRatio", 5, "paper: 50 steps of PNDM are better than 1000 of DDIM"),
      );
    return { metrics, expectations: signal.aborted ? [] : expectations };
  },
});

/** One data point: errors against steps. @returns those of F-PNDM and the classical method after ten. */
async function reportPoint(report: Report): Promise<[number, number]> {
  await using device = await openDevice("cpu", { threads: 1 });
  const point = { weights: [1], means: [[1, -0.5]], variances: [0] };
  const exact = gaussianFlow(point, TEST_NOISE, { schedule });
  const atTen = new Map<string, number>();
  for (const { name, solver } of CONTESTANTS)
    for (const steps of [5, 10, 20, 40]) {
      const { x } = await testStates(device, point, solver, { steps, grid: "time-uniform" });
      const error = largestDifference(x, exact);
      report.point(`error for one data point: ${name}`, steps, error);
      if (steps === 10) atTen.set(name, error);
    }
  return [atTen.get("F-PNDM")!, atTen.get("FON")!];
}

/** Steps at which a curve falls to the wanted error, between counts on a straight line of logarithms; null where it does not. */
function stepsFor(counts: readonly number[], errors: readonly number[]): number | null {
  const after = errors.findIndex((error) => error <= WANTED_ERROR);
  if (after < 1) return null;
  const fall = Math.log(errors[after - 1] / errors[after]);
  return counts[after - 1] * 2 ** (Math.log(errors[after - 1] / WANTED_ERROR) / fall);
}
