export { discoveredExp2 } from "../kernels/discovered-exp2/index.ts";
export { type Baseline, baselines } from "./baselines.ts";
export type { CoefficientKind, CoefficientRule } from "./coefficients.ts";
export {
  type DiscoveredProgram,
  type DiscoveryOptions,
  type DiscoveryProgress,
  type DiscoveryResult,
  discoverFunction,
} from "./discover.ts";
export { discoveredExp2Program } from "./discovered.ts";
export type { DoubleDouble } from "./double-double.ts";
export type { ErrorMeasure } from "./error-measure.ts";
export { type Arithmetic, evaluate, evaluateExactly } from "./evaluate.ts";
export {
  type EvolutionStrategyOptions,
  type EvolutionStrategyResult,
  evolutionStrategy,
  type Objective,
} from "./evolution-strategy.ts";
export { type ExportOptions, exportSource, type SourceLanguage } from "./export-source.ts";
export { type KernelTime, timePrograms } from "./kernel-time.ts";
export { minimaxPolynomial, type Polynomial } from "./minimax.ts";
export {
  countOperations,
  countTransforms,
  type ExpressionBuilder,
  expression,
  type Leaf,
  type Operation,
  type Program,
  printProgram,
  type Vertex,
} from "./program.ts";
export type { Format } from "./rounding.ts";
export type { CostRule, Member, SearchState } from "./search.ts";
export { decodeSearch, encodeSearch } from "./search-file.ts";
export { anchoredExp2, fusedHornerProgram, hornerProgram, rationalProgram, symmetricRational } from "./skeletons.ts";
export { type Target, targets } from "./targets.ts";
export { type VerifyOptions, verifyEveryFloat32, verifyExactly } from "./verify.ts";
