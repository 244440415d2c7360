import { type BenchmarkPeer, defineBenchmark, type Workload } from "@ansatz/lab";
import { linearSchedule, type NoiseSchedule } from "../noise-schedules/index.ts";
import { gridTimes } from "../sampling/index.ts";
import { type MultistepRow, multistepCoefficients, noiseRatio } from "./coefficients.ts";

interface CoefficientCase {
  readonly name: string;
  readonly steps: number;
}

const DEGREE = 3;
const RIEMANN_POINTS = 10_000;

/** The quadrature of the authors' code, in plain TypeScript. */
const riemannSum: BenchmarkPeer<CoefficientCase> = {
  name: `left Riemann sum of ${RIEMANN_POINTS} points, as the authors' code`,
  version: async () => "of this file",
  // Its own error: up to 5·10⁻³.
  setup: async ({ steps }) => workload(steps, riemannCoefficients, 5e-3),
};

/** What a sampler computes on the host before its first step. */
export const multistepCoefficientsBenchmark = defineBenchmark<CoefficientCase>({
  id: "diffusion/multistep-coefficients",
  title: "Coefficients of tAB-DEIS 3",
  summary: "The table of coefficients of all steps, on a quadratic grid under the linear schedule.",
  isolates: "host work only: 32-point Gauss–Legendre in √time for every step and past prediction",
  cases: [10, 50].map((steps) => ({ name: `${steps} steps`, steps })),
  devices: ["cpu"],
  peers: [riemannSum],
  setup: async ({ case: { steps } }) =>
    workload(steps, (schedule, times) => multistepCoefficients(schedule, times, "tAB", DEGREE), 1e-12),
});

function workload(
  steps: number,
  compute: (schedule: NoiseSchedule, times: readonly number[]) => readonly MultistepRow[],
  tolerance: number,
): Workload {
  const schedule = linearSchedule();
  const times = gridTimes({ schedule }, "time-quadratic", steps);
  let last: readonly MultistepRow[] = [];
  return {
    run() {
      last = compute(schedule, times);
    },
    async validate() {
      for (const [i, { state, noise }] of last.entries()) {
        const ddim = schedule.sigma(times[i + 1]) - state * schedule.sigma(times[i]);
        const error = Math.abs(noise.reduce((sum, value) => sum + value, 0) - ddim);
        if (!(error <= tolerance)) throw new Error(`the coefficients of step ${i} are off by ${error}`);
      }
    },
    cost: { flops: 0, bytes: 8 * steps * (DEGREE + 2) },
    dtype: "float64",
    dispose() {},
  };
}

function riemannCoefficients(schedule: NoiseSchedule, times: readonly number[]): MultistepRow[] {
  return times.slice(1).map((next, i) => {
    const past = Array.from({ length: Math.min(DEGREE, i) + 1 }, (_, j) => times[i - j]);
    const width = (next - times[i]) / RIEMANN_POINTS;
    const sums = past.map(() => 0);
    for (let point = 0; point < RIEMANN_POINTS; point++) {
      const at = times[i] + point * width;
      const slope = -noiseRatio(schedule, at) * schedule.halfLogSnrSlope(at) * width;
      for (let j = 0; j < past.length; j++) {
        let weight = slope;
        for (let k = 0; k < past.length; k++) if (k !== j) weight *= (at - past[k]) / (past[j] - past[k]);
        sums[j] += weight;
      }
    }
    const alpha = schedule.alpha(next);
    return { state: alpha / schedule.alpha(times[i]), noise: sums.map((sum) => alpha * sum) };
  });
}
