export {
  type Barycenter,
  type BarycenterIteration,
  type BarycenterOptions,
  type BarycenterProblem,
  barycenter,
} from "./barycenter/index.ts";
export type { CostMatrix, HostMatrix } from "./cost-matrix.ts";
export { type DenseNewtonOptions, denseNewton } from "./dense-newton/index.ts";
export {
  type Density,
  type DensityProblem,
  type DensityTransport,
  densityProblem,
  type WassersteinDistance,
  wassersteinDistance,
} from "./densities/index.ts";
export { type DualLbfgsOptions, dualLbfgs } from "./dual-lbfgs/index.ts";
export { type ExactTransportOptions, exactTransport } from "./exact-transport/index.ts";
export { type TransportGradients, type TransportGradientsOptions, transportGradients } from "./gradients/index.ts";
export {
  displacementInterpolation,
  type GreyImage,
  type ImageProblem,
  imageHistogram,
  imageProblem,
  type PixelMetric,
} from "./images/index.ts";
export type { Regularizer } from "./kernels/sparse-conjugate/index.ts";
export type { LightBridgeState, WeightVariable } from "./light-bridge/adam.ts";
export {
  type ConditionalMoments,
  type ConditionalPlan,
  LightBridge,
  type PathArray,
  type SamplingOptions,
  type SimulationOptions,
} from "./light-bridge/bridge.ts";
export { energyDistance, unexplainedVariance } from "./light-bridge/comparison.ts";
export {
  type LightBridgeOptions,
  type LightBridgeProblem,
  type LightBridgeProgress,
  type LightBridgeResult,
  type LightBridgeStopReason,
  lightBridge,
} from "./light-bridge/index.ts";
export type { MixturePotential } from "./light-bridge/potential.ts";
export type { AdamFit, DriftFit, DriftSamples } from "./multi-marginal-bridge/drift-fit.ts";
export { earthMoversDistance, trajectoriesAt } from "./multi-marginal-bridge/earth-movers.ts";
export { type GradientFieldOptions, gradientField } from "./multi-marginal-bridge/gradient-field.ts";
export {
  type MultiMarginalBridgeOptions,
  type MultiMarginalBridgeResult,
  multiMarginalBridge,
  type ReferenceRefinement,
  type SnapshotProblem,
  type Trajectories,
} from "./multi-marginal-bridge/index.ts";
export type {
  DriftRegression,
  ProportionalFittingOptions,
} from "./multi-marginal-bridge/proportional-fitting-options.ts";
export {
  linearSpring,
  lotkaVolterra,
  type ReferenceFamily,
  repressilator,
  vortex,
} from "./multi-marginal-bridge/reference-family.ts";
export {
  type NamedMetric,
  type PointCloud,
  type PointCloudOptions,
  type PointMetric,
  type Points,
  pointCloud,
} from "./point-cloud/index.ts";
export type { PointArray, PointSet } from "./point-set.ts";
export type { Marginal, TransportProblem, UnregularizedProblem, ZeroMass } from "./problem.ts";
export { type SinkhornOptions, sinkhorn } from "./sinkhorn/index.ts";
export {
  type SinkhornDivergence,
  type SinkhornDivergenceOptions,
  type SinkhornDivergenceProblem,
  sinkhornDivergence,
} from "./sinkhorn-divergence/index.ts";
export type { Continuation } from "./sinkhorn-newton/continuation.ts";
export { type SinkhornNewtonOptions, sinkhornNewton } from "./sinkhorn-newton/index.ts";
export type { Sparsity } from "./sinkhorn-newton/sparsity.ts";
export { type SolveOptions, type SolveProblem, type SolveResult, solve } from "./solve/index.ts";
export type { SolverOptions } from "./solver-run.ts";
export type { SparseHistoryEntry, SparseSolver } from "./sparse-plans/ascent.ts";
export { type SparseTransportOptions, type SparseTransportResult, sparseTransport } from "./sparse-plans/index.ts";
export {
  type BackwardPass,
  type SparsePlanTensors,
  type SparseTransportLayerOptions,
  sparseTransportLayer,
} from "./sparse-plans/layer.ts";
export type { MarginalViolation, SparsePlanSolution } from "./sparse-plans/plan.ts";
export type { SparseSide, SparseTransportProblem } from "./sparse-plans/problem.ts";
export {
  combineExperts,
  dispatchTokens,
  expertChoiceRouter,
  type Routing,
  type RoutingStatistics,
  routingStatistics,
  type SparseRouterOptions,
  sparseRouter,
  type TopKRouterOptions,
  topKRouter,
} from "./sparse-plans/router.ts";
export type { RepairedPlan } from "./sparse-plans/tie-repair.ts";
export type { HistoryEntry, IterationCounts, SparsePlan, StopReason, TransportResult } from "./transport-result.ts";
export { type Wasserstein1dOptions, wasserstein1d } from "./wasserstein-1d/index.ts";
