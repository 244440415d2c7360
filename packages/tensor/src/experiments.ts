import digits from "./digits/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [digits];
