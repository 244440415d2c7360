import barycenter from "./barycenter/experiment.ts";
import lightBridge from "./light-bridge/experiment.ts";
import multiMarginalBridge from "./multi-marginal-bridge/experiment.ts";
import sinkhornNewton from "./sinkhorn-newton/experiment.ts";
import sparsePlans from "./sparse-plans/experiment.ts";
import sparseRouter from "./sparse-plans/router-experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [sinkhornNewton, barycenter, lightBridge, multiMarginalBridge, sparsePlans, sparseRouter];
