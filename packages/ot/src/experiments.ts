import barycenter from "./barycenter/experiment.ts";
import sinkhornNewton from "./sinkhorn-newton/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [sinkhornNewton, barycenter];
