import chebyshevTucker from "./chebyshev-tucker/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [chebyshevTucker];
