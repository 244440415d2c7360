import { atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { type Device, type Key, normal } from "@ansatz/tensor";
import { z } from "zod";
import type { HostMatrix } from "../cost-matrix.ts";
import { exactTransport } from "../exact-transport/index.ts";
import { type SparseTransportResult, sparseTransport } from "./index.ts";
import type { RepairedPlan } from "./tie-repair.ts";

const parameters = z.object({
  points: z.int().min(4).max(256).default(48).describe("Points on either side"),
  regularization: z.number().positive().max(1000).default(1).describe("γ, in units of the largest cost per mass"),
  regularizer: z.enum(["quadratic", "entropic"]).default("quadratic").describe("What is added to the transport cost"),
  formulation: z
    .enum(["semi-dual", "dual"])
    .default("semi-dual")
    .describe("Potentials of the rows alone, or of both sides"),
  subgradientIterations: z.int().min(1).max(100_000).default(1000).describe("Steps where ties make kinks of the dual"),
});

/** What k is tried at, and then the number of points. */
const COUNTS = [1, 2, 4, 8];

interface Solved {
  readonly maximumEntries: number;
  readonly result: SparseTransportResult;
  readonly repaired: RepairedPlan;
}

export default defineExperiment({
  id: "ot/sparse-plans",
  title: "Transport plans with at most k entries per column",
  summary:
    "One cloud of points is moved to another, with plans of 1, 2, 4, 8 and any number of entries per column: from an assignment to quadratically regularized transport. The fewer entries, the more kinks the dual has; ties are reported and repaired.",
  paper: { title: "Sparsity-Constrained Optimal Transport", section: "sections 3 and 4; plans as in its figures" },
  parameters,
  metrics: {
    assignmentError: { label: "cost at k = 1 from exact transport's", better: "lower" },
    largestViolation: { label: "largest marginal violation, ties repaired", better: "lower" },
    largestGap: { label: "largest gap of a repaired plan to the dual, relative", better: "lower" },
    increase: { label: "largest increase of the dual from one k to the next, relative", better: "lower" },
    surplusEntries: { label: "entries of the fullest column beyond k", better: "lower" },
    smoothSteps: { label: "L-BFGS iterations where k is no limit", better: "lower" },
    seconds: { label: "time for all k", unit: "s", better: "lower" },
  },
  async run({ parameters, device, key, signal, report }) {
    const problem = await pointProblem(key, device, parameters.points);
    const { points, regularizer, formulation, subgradientIterations } = parameters;
    const solved: Solved[] = [];
    const start = performance.now();
    const counts = [...COUNTS.filter((count) => count < points), points];
    for (const [index, maximumEntries] of counts.entries()) {
      const own = { ...problem, regularization: parameters.regularization, regularizer, maximumEntries };
      const result = await sparseTransport(own, {
        ...{ device, formulation, subgradientIterations, signal },
        onProgress: ({ iteration, gradientNorm, dualObjective }) => {
          report.point(`largest marginal error, k = ${maximumEntries}`, iteration, gradientNorm);
          report.point(`dual, k = ${maximumEntries}`, iteration, dualObjective);
        },
      });
      const repaired = await result.repairTies({ signal });
      report.note(`k = ${maximumEntries}: ${result.reason}. ${result.remedy}`);
      reportPlan(report, maximumEntries, result, repaired);
      report.progress(index + 1, counts.length, `k = ${maximumEntries}`);
      solved.push({ maximumEntries, result, repaired });
    }
    reportTable(report, solved);
    const exact = await exactTransport(problem);
    const metrics = {
      assignmentError: Math.abs(solved[0].repaired.transportCost - exact.transportCost),
      largestViolation: Math.max(...solved.map(({ repaired }) => repaired.marginalViolation)),
      largestGap: Math.max(
        ...solved.map(({ result, repaired }) => (repaired.objective - result.dualObjective) / exact.transportCost),
      ),
      increase: Math.max(
        ...solved
          .slice(1)
          .map(
            ({ result }, index) => (result.dualObjective - solved[index].result.dualObjective) / exact.transportCost,
          ),
      ),
      surplusEntries: Math.max(
        ...solved.map(
          ({ maximumEntries, result, repaired }) =>
            Math.max(result.largestCount, repaired.largestCount) - maximumEntries,
        ),
      ),
      smoothSteps: solved[solved.length - 1].result.history.length - 1,
      seconds: (performance.now() - start) / 1000,
    };
    return {
      metrics,
      expectations: signal.aborted ? [] : expectationsOf(parameters, device.kind),
    };
  },
});

/** Points of N(0, I) and N((1, 1), I), each sorted along the diagonal so that plans can be looked at; squared distances scaled to a maximum of 1. */
async function pointProblem(key: Key, device: Device, points: number): Promise<{ costMatrix: HostMatrix }> {
  using drawn = normal(key, [2, points, 2], { device });
  const coordinates = await drawn.data();
  const side = (index: number, shift: number) =>
    Array.from({ length: points }, (_, point) => {
      const at = 2 * (index * points + point);
      return [coordinates[at] + shift, coordinates[at + 1] + shift] as const;
    }).sort((a, b) => a[0] + a[1] - b[0] - b[1]);
  const [sources, targets] = [side(0, 0), side(1, 1)];
  const costs = sources.flatMap((from) => targets.map((to) => (from[0] - to[0]) ** 2 + (from[1] - to[1]) ** 2));
  const largest = costs.reduce((a, b) => Math.max(a, b), 0);
  return { costMatrix: { data: Float64Array.from(costs, (cost) => cost / largest), shape: [points, points] } };
}

function reportPlan(
  report: Report,
  maximumEntries: number,
  result: SparseTransportResult,
  repaired: RepairedPlan,
): void {
  const labels = { rowLabel: "source point", columnLabel: "target point" };
  const draw = (name: string, { data, shape: [rows, columns] }: ReturnType<RepairedPlan["plan"]>, caption: string) =>
    report.heatmap(name, { rows, columns, values: data, ...labels, caption });
  draw(
    `plan, k = ${maximumEntries}`,
    repaired.plan(),
    `at most ${maximumEntries} entries per column; marginals met to ${repaired.marginalViolation.toExponential(1)}`,
  );
  if (result.rowViolation > 1e-4)
    draw(
      `plan of the dual, k = ${maximumEntries}`,
      result.plan(),
      `before ties were repaired: ${result.tiedColumns} columns are tied, rows are off by ${result.rowViolation.toFixed(3)} in all`,
    );
}

function reportTable(report: Report, solved: readonly Solved[]): void {
  report.table(
    "by k",
    [
      { name: "k" },
      { name: "dual" },
      { name: "objective, ties repaired" },
      { name: "transport cost, ties repaired" },
      { name: "fullest column" },
      { name: "row violation of the dual's plan" },
      { name: "tied columns" },
      { name: "iterations" },
      { name: "solver" },
      { name: "reason" },
    ],
    solved.map(({ maximumEntries, result, repaired }) => [
      ...[maximumEntries, result.dualObjective, repaired.objective, repaired.transportCost, repaired.largestCount],
      ...[result.rowViolation, result.tiedColumns, result.history.length - 1, result.solver, result.reason],
    ]),
  );
}

function expectationsOf(
  { regularizer, regularization, formulation }: z.output<typeof parameters>,
  deviceKind: string,
): Expectation[] {
  // The dual is solved in float32 on a GPU.
  const isExact = deviceKind === "cpu";
  const expectations = [
    atMost("surplusEntries", 0, "cardinality, by construction"),
    atMost("largestViolation", 1e-7, "repaired plans meet the marginals"),
    atMost("increase", isExact ? 1e-6 : 1e-4, "paper: the value does not increase with k"),
  ];
  if (formulation === "semi-dual" && isExact)
    expectations.push(atMost("assignmentError", 1e-10, "paper: k = 1 is unregularized transport"));
  if (regularizer === "quadratic" && regularization === 1) {
    expectations.push(atMost("largestGap", 0.02, "ties cost little"));
    if (formulation === "semi-dual" && isExact)
      expectations.push(atMost("smoothSteps", 60, "large k is smooth: fewer than 60 iterations"));
  }
  return expectations;
}
