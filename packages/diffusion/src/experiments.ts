import exponentialIntegrator from "./exponential-integrator/experiment.ts";
import momentum from "./momentum/experiment.ts";
import pseudoNumerical from "./pseudo-numerical/experiment.ts";
import solverComparison from "./solver-comparison/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [exponentialIntegrator, momentum, pseudoNumerical, solverComparison];
