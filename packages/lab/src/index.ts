export {
  type Benchmark,
  type BenchmarkCase,
  type BenchmarkContext,
  type BenchmarkPeer,
  defineBenchmark,
  type Workload,
} from "./benchmark.ts";
export type {
  AbsentCase,
  AbsentPeer,
  BenchmarkResult,
  CaseResult,
  Ceilings,
  MeasuredCase,
  MeasuredPeer,
  PeerResult,
  Throughput,
  Timing,
} from "./benchmarking/benchmark-result.ts";
export { type CeilingsOptions, measureCeilings } from "./benchmarking/ceilings.ts";
export { kernelBenchmark } from "./benchmarking/kernel-workload.ts";
export { type PairedOptions, paired, type TinybenchBench } from "./benchmarking/paired.ts";
export { type BenchmarkOptions, type BenchmarkProgress, runBenchmark } from "./benchmarking/run-benchmark.ts";
export { dataFolder } from "./data-folder.ts";
export {
  type DiscoveredPackage,
  type DiscoveryOptions,
  discoverPackages,
  type Offering,
} from "./discovery/discover-packages.ts";
export { describeEnvironment, type Environment } from "./environment.ts";
export { atLeast, atMost, type CheckedExpectation, type Expectation, printExpectation, within } from "./expectation.ts";
export {
  defineExperiment,
  type Experiment,
  type ExperimentContext,
  type ExperimentDeclaration,
  type ExperimentResult,
  type MetricDeclaration,
  type PackageOrigin,
  type PaperReference,
  type ParameterSchema,
} from "./experiment.ts";
export { type BisectOptions, type BisectResult, bisect } from "./gate/bisect.ts";
export type { AlarmRate, DecisionRule, HostErrorRates } from "./gate/error-rates.ts";
export type { GateResult } from "./gate/gate-result.ts";
export { type ErrorRateOptions, measureErrorRates } from "./gate/measure-error-rates.ts";
export { BuildError } from "./gate/measuring-process.ts";
export { type GateOptions, type GateProgress, runGate } from "./gate/run-gate.ts";
export { type Change, type ChangepointOptions, findChanges } from "./history/changepoints.ts";
export { renderHeatmap } from "./images/heatmap.ts";
export { encodePng } from "./images/png.ts";
export {
  acceptedValues,
  describeParameters,
  InvalidParametersError,
  type ParameterDescription,
  type ParameterIssue,
  type ParameterKind,
  validateParameters,
} from "./parameters.ts";
export type {
  EncodedHeatmap,
  EncodedImage,
  Report,
  ReportedHeatmap,
  ReportedImage,
  RunEvent,
  TableCell,
  TableColumn,
} from "./report.ts";
export type { Measurement, Results } from "./results/measurement.ts";
export { readResults } from "./results/read-results.ts";
export { type RunOptions, runExperiment } from "./run.ts";
export type { HardwareFingerprint, RunFailure, RunRecord, RunStatus } from "./run-record.ts";
