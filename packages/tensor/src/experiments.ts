import digits from "./digits/experiment.ts";
import lipschitzBounds from "./lipschitz-bounds/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [digits, lipschitzBounds];
