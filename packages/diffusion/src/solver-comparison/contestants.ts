import type { Contestant } from "../digit-errors/reporting.ts";
import { dpmSolver } from "../dpm-solver/index.ts";
import { dpmSolverV3, type ModelStatistics } from "../dpm-solver-v3/index.ts";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import { momentum } from "../momentum/index.ts";
import { pseudoNumerical } from "../pseudo-numerical/index.ts";
import { ddim, type Solver } from "../sampling/index.ts";
import { unipc } from "../unipc/index.ts";

/** A solver, and the evaluations with which it can do anything. */
export interface ComparedSolver extends Contestant {
  readonly leastEvaluations: number;
}

/** The solvers of all papers, each on its own grid. */
export function comparedSolvers(statistics: ModelStatistics | undefined): ComparedSolver[] {
  return [
    { name: "DDIM", solver: ddim(), leastEvaluations: 1 },
    { name: "DPM-Solver 2S", solver: dpmSolver({ order: 2 }), leastEvaluations: 2 },
    { name: "DPM-Solver 3S", solver: dpmSolver({ order: 3 }), leastEvaluations: 3 },
    { name: "DPM-Solver++ 2M", solver: dpmSolver({ method: "multistep" }), leastEvaluations: 2 },
    { name: "DPM-Solver++ 3M", solver: dpmSolver({ method: "multistep", order: 3 }), leastEvaluations: 3 },
    ...(statistics
      ? [2, 3].map((order) => ({
          name: `DPM-Solver-v3 ${order}`,
          solver: dpmSolverV3({ statistics, order: order as 2 | 3 }) as unknown as Solver,
          leastEvaluations: 2,
        }))
      : []),
    { name: "UniPC 3", solver: unipc() as unknown as Solver, leastEvaluations: 3 },
    { name: "tAB-DEIS 3", solver: exponentialIntegrator(), leastEvaluations: 1 },
    { name: "rhoAB-DEIS 3", solver: exponentialIntegrator({ kind: "rhoAB" }), leastEvaluations: 1 },
    {
      name: "rhoRK-DEIS heun2",
      solver: exponentialIntegrator({ kind: "rhoRK", method: "heun2" }),
      leastEvaluations: 2,
    },
    { name: "S-PNDM", solver: pseudoNumerical({ method: "s-pndm" }), leastEvaluations: 2 },
    // Three steps of four evaluations, and some.
    { name: "F-PNDM", solver: pseudoNumerical(), leastEvaluations: 13 },
    { name: "iPNDM 3", solver: exponentialIntegrator({ kind: "ipndm" }), leastEvaluations: 1 },
    {
      name: "GHVB 3.9",
      solver: momentum({ number: 3.9 }) as unknown as Solver,
      grid: "time-quadratic",
      leastEvaluations: 1,
    },
  ];
}
