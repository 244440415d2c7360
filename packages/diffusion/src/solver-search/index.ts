export {
  EMPIRICAL_SOLVERS,
  type EmpiricalSolver,
  empiricalGenome,
  empiricalGenomes,
} from "./empirical-schedules.ts";
export { foundSolvers } from "./found-solvers.ts";
export {
  type AnalyticalFirstStep,
  type DerivativeScaling,
  encodeGenome,
  evaluationsOf,
  type GenomeCorrector,
  type GenomePrediction,
  type GenomeStep,
  type GenomeUpdate,
  genomeOf,
  type SolverGenome,
} from "./genome.ts";
export { mixtureProblem } from "./mixture-problem.ts";
export type { Measured, PredictorOptions } from "./predictor.ts";
export type { ProblemModule, SolverProblem, Trial } from "./problem.ts";
export { distanceToData, distanceToReference } from "./qualities.ts";
export { decodeSolverSearch, encodeSolverSearch, type SolverSearchState, type StageRecord } from "./search.ts";
export {
  type FoundSolver,
  type SolverSearchOptions,
  type SolverSearchProgress,
  type SolverSearchResult,
  searchSolver,
} from "./search-solver.ts";
export { type SearchedSolverOptions, searchedSolver } from "./searched-solver.ts";
export { checkGenome, decodeGenome } from "./validate-genome.ts";
export { type SearchSpace, stageSpace, WHOLE_SPACE } from "./variation.ts";
