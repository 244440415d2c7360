import solverSearch from "./solver-search/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [solverSearch];
