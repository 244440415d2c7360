import digits from "./digits/experiment.ts";
import softmax from "./kernels/softmax/experiment/index.ts";
import lipschitzBounds from "./lipschitz-bounds/experiment.ts";
import logBessel from "./log-bessel/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [digits, lipschitzBounds, logBessel, softmax];
