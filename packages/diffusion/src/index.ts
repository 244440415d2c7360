export * from "./digits/index.ts";
export {
  type LinearCombinationOptions,
  linearCombination,
  linearCombinationKernel,
  linearCombinationPair,
} from "./kernels/linear-combination/index.ts";
export { type MixtureScoreOptions, mixtureScoreKernel } from "./kernels/mixture-score/index.ts";
export * from "./models/index.ts";
export * from "./noise-schedules/index.ts";
export * from "./sampling/index.ts";
export * from "./solver-search/index.ts";
