export { ddim, transfer } from "./ddim.ts";
export { discreteTimes } from "./discrete-times.ts";
export { combine, type Evaluation, evaluation, materialise, type Term } from "./evaluation.ts";
export { type EvaluatorOptions, evaluator } from "./evaluator.ts";
export { type Grid, gridTimes, type TimeSpan } from "./grids.ts";
export { classifierGradient, type Guidance } from "./guidance.ts";
export {
  type EncodeOptions,
  encode,
  type IntegrationOptions,
  type SampleOptions,
  type SampleResult,
  type SamplingProgress,
  sample,
} from "./sample.ts";
export { restoreState, type SavedState, saveState } from "./saved-state.ts";
export {
  disposeState,
  type Evaluate,
  type GridStep,
  type GridStepContext,
  gridPlan,
  type SamplerState,
  type SamplingPlan,
  type SamplingProblem,
  type Solver,
  type StepTools,
  stepsOf,
  takeStep,
  timesOf,
} from "./solver.ts";
export { type Threshold, thresholded } from "./threshold.ts";
