export {
  type AdaHessian,
  type AdaHessianOptions,
  adaHessian,
  type CurvatureEstimate,
  hutchinsonDiagonal,
} from "./ada-hessian.ts";
export { type GaussNewtonOptions, type GaussNewtonStep, gaussNewton } from "./gauss-newton.ts";
export { clipByGlobalNorm, clipByValue, globalNorm, movingAverage } from "./gradients.ts";
export { parameterGroups } from "./groups.ts";
export { type LbfgsOptions, lbfgs } from "./lbfgs.ts";
export { type AdamOptions, adam, adamax, adamW, type LearningRate, type SgdOptions, sgd } from "./methods.ts";
export type { MinimizationOptions, MinimizationResult, MinimizationStep, StopReason } from "./minimization.ts";
export {
  disposeTree,
  type ElementwiseMethod,
  elementwiseOptimiser,
  type Optimiser,
  type OptimiserState,
  type Schedule,
} from "./optimiser.ts";
export type { ValueAndGradient } from "./points.ts";
export {
  cosineDecay,
  cosineRestarts,
  exponentialDecay,
  type OneCycleOptions,
  oneCycle,
  stepDecay,
  warmUp,
} from "./schedules.ts";
