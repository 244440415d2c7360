export {
  type BranchAndBoundEntry,
  type BranchAndBoundOptions,
  type BranchAndBoundReason,
  type BranchAndBoundResult,
  type BranchAndBoundState,
  branchAndBound,
  type SearchOptions,
} from "./branch-and-bound.ts";
export type { Branching } from "./domain-bounds.ts";
export type { Domain } from "./domains.ts";
export { type JacobianBounds, type JacobianOptions, jacobianBounds } from "./jacobian.ts";
export type { JacobianRelaxation } from "./jacobian-bounds.ts";
export { type LipschitzBounds, type LipschitzOptions, type LipschitzRelaxation, lipschitzBounds } from "./lipschitz.ts";
export {
  analyseMonotonicity,
  type Monotonicity,
  type MonotonicityOptions,
  type MonotonicityResult,
} from "./monotonicity.ts";
export type {
  ActivationLayer,
  ConvolutionLayer,
  DenseLayer,
  MaxPoolLayer,
  Network,
  NetworkLayer,
  ResidualLayer,
} from "./network.ts";
export type { SessionOptions } from "./network-session.ts";
export type { PerturbationNorm } from "./norms.ts";
export type { Region } from "./region.ts";
export { type LipschitzSamples, type SamplingOptions, sampleLipschitz } from "./sampling.ts";
export type { Interval } from "./substitution.ts";
