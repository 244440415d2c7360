export {
  type DiffusersNoiseSchedule,
  type DiffusersSampling,
  type DiffusersScheduler,
  diffusersNoiseSchedule,
  diffusersScheduler,
  type SchedulerClass,
} from "./diffusers-config/index.ts";
export * from "./digits/index.ts";
export * from "./dpm-solver/index.ts";
export * from "./dpm-solver-v3/index.ts";
export * from "./exponential-integrator/index.ts";
export {
  type LinearCombinationOptions,
  linearCombination,
  linearCombinationKernel,
  linearCombinationPair,
} from "./kernels/linear-combination/index.ts";
export { type MixtureScoreOptions, mixtureScoreKernel } from "./kernels/mixture-score/index.ts";
export { type StabilityMapOptions, stabilityMapKernel } from "./kernels/stability-map/index.ts";
export * from "./models/index.ts";
export * from "./momentum/index.ts";
export * from "./noise-schedules/index.ts";
export { type OnnxInput, type OnnxModel, type OnnxModelOptions, onnxModel } from "./onnx/index.ts";
export * from "./pseudo-numerical/index.ts";
export * from "./sampling/index.ts";
export * from "./solver-search/index.ts";
export { type PredictedState, type UnipcOptions, unipc } from "./unipc/index.ts";
