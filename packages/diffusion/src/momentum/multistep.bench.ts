import { defineBenchmark } from "@ansatz/lab";
import { key, normal, type Tensor } from "@ansatz/tensor";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { pseudoNumerical } from "../pseudo-numerical/index.ts";
import { ddim, type Solver, sample } from "../sampling/index.ts";
import { momentum } from "./index.ts";

interface MultistepCase {
  readonly name: string;
  readonly batch: number;
  readonly solver: Solver;
}

const EVALUATIONS = 20;
const SOLVERS = [ddim(), exponentialIntegrator(), pseudoNumerical(), momentum({ number: 3.9 })];

/** What momentum and history cost beside the network: a network that does nothing shows it. */
export const multistepSamplersBenchmark = defineBenchmark<MultistepCase>({
  id: "diffusion/multistep-samplers",
  title: "Multistep samplers without a network",
  summary: `${EVALUATIONS} evaluations on latents of 4 × 64 × 64 in float32; the model answers with the state itself.`,
  isolates: "plans, steps and states of a whole sampling; no network, no check of its answers",
  cases: [1, 8].flatMap((batch) =>
    SOLVERS.map((solver) => ({ name: `${solver.name}, batch ${batch}`, batch, solver })),
  ),
  devices: ["cpu", "webgpu", "tensorflow"],
  async setup({ case: { batch, solver }, device }) {
    const shape = [batch, 4, 64, 64];
    const noise = normal(key(0), shape, { device, dtype: "float32" });
    const schedule = linearSchedule();
    let evaluations = 0;
    return {
      async run() {
        const options = { schedule, solver, evaluations: EVALUATIONS, noise, checkFinite: false };
        const result = await sample((x: Tensor) => x, options);
        evaluations = result.evaluations;
        result.x.dispose();
      },
      async validate() {
        if (evaluations !== EVALUATIONS) throw new Error(`${evaluations} evaluations instead of ${EVALUATIONS}`);
      },
      // The state, read and written in every step, and the prediction.
      cost: { flops: 0, bytes: EVALUATIONS * 3 * 4 * noise.size },
      counts: () => ({ evaluations }),
      dispose: () => noise.dispose(),
    };
  },
});
