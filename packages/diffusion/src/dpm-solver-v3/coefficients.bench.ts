import { defineBenchmark, type Workload } from "@ansatz/lab";
import { linearSchedule } from "../noise-schedules/index.ts";
import { exponentialStep } from "../sampling/exponential-step.ts";
import { type ModelStatistics, nodeAt } from "./statistics.ts";
import { polynomialDerivatives, type StatisticalStep, statisticalStep } from "./step.ts";

interface StepsCase {
  readonly name: string;
  readonly dimension: number;
}

const INTERVALS = 1200;
const STEPS = 20;

/** What DPM-Solver-v3 computes on the host in the course of a sampling: the integrals of every step, over all nodes together. */
export const statisticalStepsBenchmark = defineBenchmark<StepsCase>({
  id: "diffusion/statistical-steps",
  title: "Coefficients of DPM-Solver-v3",
  summary: `The coefficients of ${STEPS} steps of order 3 from statistics on ${INTERVALS} intervals.`,
  isolates: "host work only: trapezoidal sums over the nodes of each step, for every dimension",
  cases: [
    { name: "shared by all dimensions", dimension: 1 },
    { name: "3072 dimensions", dimension: 3072 },
  ],
  devices: ["cpu"],
  setup: async ({ case: { dimension } }) => workload(dimension),
});

function workload(dimension: number): Workload {
  const schedule = linearSchedule();
  const halfLogSnr = [schedule.halfLogSnr(1), schedule.halfLogSnr(1e-3)] as const;
  const filled = (value: number) => new Float64Array((INTERVALS + 1) * dimension).fill(value);
  const statistics: ModelStatistics = {
    format: "ansatz-model-statistics-1",
    ...{ halfLogSnr, intervals: INTERVALS, dimension },
    ...{ linear: filled(1), scale: filled(0), bias: filled(0) },
  };
  const nodes = Array.from({ length: STEPS + 1 }, (_, step) => (INTERVALS / STEPS) * step);
  const times = nodes.map((node) => schedule.timeAt(nodeAt(statistics, node)));
  const earlierPoints = (index: number) => {
    const others = [index - 1, index - 2].filter((other) => other >= 0).map((other) => nodes[other]);
    const distances = others.map((node) => nodeAt(statistics, node) - nodeAt(statistics, nodes[index]));
    return { others, derivatives: polynomialDerivatives(distances) };
  };
  let last: readonly StatisticalStep[] = [];
  return {
    run() {
      last = times.slice(1).map((time, index) =>
        statisticalStep({
          ...{ statistics, from: nodes[index], to: nodes[index + 1], ...earlierPoints(index) },
          alphas: [schedule.alpha(times[index]), schedule.alpha(time)],
        }),
      );
    },
    async validate() {
      // With l = 1 and nothing else a step's state is multiplied by σ'/σ, up to the trapezoidal sums.
      for (const [index, { carry }] of last.entries()) {
        const expected = exponentialStep(schedule, "data", times[index], times[index + 1]).carry;
        if (!(Math.abs(carry[dimension - 1] / expected - 1) <= 1e-9))
          throw new Error(`step ${index} multiplies the state by ${carry[dimension - 1]}, not ${expected}`);
      }
    },
    cost: { flops: 0, bytes: 8 * 3 * INTERVALS * dimension },
    dtype: "float64",
    dispose() {},
  };
}
