import { dpmSolver } from "../dpm-solver/index.ts";
import { dpmSolverV3, type ModelStatistics } from "../dpm-solver-v3/index.ts";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import { momentum } from "../momentum/index.ts";
import { ddim, type Grid, type SamplingProblem, type Solver } from "../sampling/index.ts";
import { unipc } from "../unipc/index.ts";

const GRIDS: readonly Grid[] = ["log-snr", "time-uniform", "time-quadratic", { kind: "ratio-power", exponent: 7 }];

/**
 * Every solver of this package that spends a fixed number of evaluations, on every grid, ready for a population.
 *
 * @param statistics of the model: with them DPM-Solver-v3 in all its settings.
 */
export function handMadeSolvers(
  problem: SamplingProblem & { readonly evaluations: number },
  statistics?: ModelStatistics,
): Solver[] {
  const solvers: Solver[] = [
    ddim(),
    ...([2, 3] as const).flatMap((order) => [
      ...(["noise", "data"] as const).flatMap((prediction) => [
        dpmSolver({ order, prediction }),
        dpmSolver({ method: "multistep", order, prediction, lowerOrderFinal: false }),
        dpmSolver({ method: "multistep", order, prediction, lowerOrderFinal: true }),
      ]),
      unipc({ order }),
      unipc({ order, variant: "bh1" }),
    ]),
    ...([1, 2, 3] as const).flatMap((order) =>
      (["tAB", "rhoAB", "ipndm"] as const).map((kind) => exponentialIntegrator({ kind, order })),
    ),
    ...[1.8, 2.8, 3.5, 3.9, 4].map((number) => momentum({ number })),
    ...(statistics ? statisticalSolvers(statistics) : []),
  ];
  return GRIDS.flatMap((grid) => solvers.map((solver) => onGrid(solver, grid, problem)));
}

function statisticalSolvers(statistics: ModelStatistics): Solver[] {
  return ([2, 3] as const).flatMap((order) =>
    [false, true].flatMap((pseudoPredictor) =>
      (["none", "full", "pseudo"] as const).map((corrector) =>
        dpmSolverV3({ statistics, order, pseudoPredictor, corrector }),
      ),
    ),
  );
}

function onGrid(solver: Solver, grid: Grid, problem: SamplingProblem): Solver {
  const suffix = typeof grid === "string" ? grid : "ratio-power 7";
  return { ...solver, name: `${solver.name}, ${suffix}`, plan: () => solver.plan({ ...problem, grid }) };
}

/** Orders 1 to 3 in noise and data on three grids, orders not lowered at the end: what the search's error is measured against in the specification. */
export function plainSolvers(problem: SamplingProblem & { readonly evaluations: number }): Solver[] {
  const solvers: Solver[] = [
    ddim(),
    ...([2, 3] as const).flatMap((order) =>
      (["noise", "data"] as const).map((prediction) =>
        dpmSolver({ method: "multistep", order, prediction, lowerOrderFinal: false }),
      ),
    ),
  ];
  return GRIDS.slice(0, 3).flatMap((grid) => solvers.map((solver) => onGrid(solver, grid, problem)));
}
