import dpmSolver from "./dpm-solver/experiment.ts";
import dpmSolverV3 from "./dpm-solver-v3/experiment.ts";
import exponentialIntegrator from "./exponential-integrator/experiment.ts";
import momentum from "./momentum/experiment.ts";
import pseudoNumerical from "./pseudo-numerical/experiment.ts";
import solverComparison from "./solver-comparison/experiment.ts";
import solverSearch from "./solver-search/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [
  dpmSolver,
  dpmSolverV3,
  exponentialIntegrator,
  momentum,
  pseudoNumerical,
  solverComparison,
  solverSearch,
];
