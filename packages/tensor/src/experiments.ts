import digits from "./digits/experiment.ts";
import softmax from "./kernels/softmax/experiment/index.ts";
import logBessel from "./log-bessel/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [digits, softmax, logBessel];
