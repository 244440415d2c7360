export { clipByGlobalNorm, clipByValue, globalNorm, movingAverage } from "./gradients.ts";
export { type AdamOptions, adam, adamax, adamW, type LearningRate, type SgdOptions, sgd } from "./methods.ts";
export {
  disposeTree,
  type ElementwiseMethod,
  elementwiseOptimiser,
  type Optimiser,
  type OptimiserState,
  type Schedule,
} from "./optimiser.ts";
export {
  cosineDecay,
  cosineRestarts,
  exponentialDecay,
  type OneCycleOptions,
  oneCycle,
  stepDecay,
  warmUp,
} from "./schedules.ts";
