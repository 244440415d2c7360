export {
  type CanonicalFunction,
  type CanonicalOptions,
  type CanonicalTensor,
  chebyshevTuckerFromCanonical,
} from "./chebyshev-tucker/canonical.ts";
export { chebyshevNodes, type Interval } from "./chebyshev-tucker/chebyshev.ts";
export { type DegreeEstimate, type DegreeOptions, estimateChebyshevNodes } from "./chebyshev-tucker/degree.ts";
export {
  type Box,
  ChebyshevTucker,
  type ChebyshevTuckerParts,
  type DeviceChebyshevTucker,
  type EvaluationOptions,
  type GridTucker,
  type Triple,
} from "./chebyshev-tucker/format.ts";
export {
  type ChebyshevTuckerOptions,
  type ChebyshevTuckerResult,
  type ChebyshevTuckerStage,
  chebyshevTucker,
  chebyshevTuckerFromGrid,
  type TrivariateFunction,
} from "./chebyshev-tucker/index.ts";
export {
  exponentForRadius,
  type GaussianSum,
  gaussianSumAt,
  joinCanonical,
  type Lattice,
  latticeCanonical,
  newtonGaussians,
  type Particles,
  particleCanonical,
  type QuadratureOptions,
  type RangeSeparation,
  separateRanges,
  voxelCanonical,
} from "./chebyshev-tucker/newton-kernel.ts";
export {
  type ParticleOptions,
  ParticlePotential,
  type ParticlePotentialResult,
  particlePotential,
} from "./chebyshev-tucker/particles.ts";
export { ShortRangePotential } from "./chebyshev-tucker/short-range.ts";
export {
  type CandidateBasis,
  candidateBasis,
  type FamilyName,
  type IndexSet,
  type OrthonormalBasis,
  type ProductBasisOptions,
  productBasis,
  type Quadrature,
} from "./determinantal-sampling/basis.ts";
export {
  chernoffConstant,
  fitWeighted,
  sufficientPoints,
  type WeightedFit,
  type WeightedFitOptions,
} from "./determinantal-sampling/index.ts";
export {
  type PointSample,
  type ReproducingKernel,
  type SamplingOptions,
  type SamplingStrategy,
  samplePoints,
} from "./determinantal-sampling/sampling.ts";
export { UniformStream } from "./determinantal-sampling/uniform-stream.ts";
export { NotPositiveDefiniteError, SingularMatrixError } from "./errors.ts";
export {
  type CovarianceFunction,
  type ExponentialCovarianceOptions,
  exponentialCovariance,
  GaussianProcess,
  type GaussianProcessOptions,
  gaussianProcess,
} from "./gaussian-process/index.ts";
export { bicgstab } from "./iterative/bicgstab.ts";
export { type ChebyshevOptions, chebyshevIteration } from "./iterative/chebyshev.ts";
export { conjugateGradient } from "./iterative/conjugate-gradient.ts";
export {
  type ArnoldiOptions,
  type ArnoldiResult,
  arnoldi,
  type EigenpairsOptions,
  type EigenpairsStopReason,
  type LanczosOptions,
  type LanczosResult,
  lanczos,
} from "./iterative/eigenpairs.ts";
export { type GmresOptions, gmres } from "./iterative/gmres.ts";
export { type LsqrOptions, lsqr } from "./iterative/lsqr.ts";
export { minres } from "./iterative/minres.ts";
export { type MultigridOptions, multigridPreconditioner } from "./iterative/multigrid.ts";
export {
  type DisposablePreconditioner,
  jacobiPreconditioner,
  type LinearOperator,
  matrixOperator,
  type Preconditioner,
} from "./iterative/operator.ts";
export type { IterativeOptions, IterativeResult, PreconditionedOptions, StopReason } from "./iterative/result.ts";
export { stationaryIteration } from "./iterative/stationary.ts";
export { cholesky, choleskyKernel } from "./kernels/cholesky/index.ts";
export { csrProductKernel } from "./kernels/csr-product/index.ts";
export { type CsrTriangularSolveOptions, csrTriangularSolveKernel } from "./kernels/csr-triangular-solve/index.ts";
export {
  type DiagonalScanOptions,
  type DiagonalScanSettings,
  diagonalScan,
  diagonalScanKernel,
} from "./kernels/diagonal-scan/index.ts";
export { type Eigen, eigen, eigenKernel } from "./kernels/eigen/index.ts";
export {
  eigenSymmetric,
  eigenSymmetricKernel,
  eigenvaluesSymmetric,
  type SymmetricEigen,
} from "./kernels/eigen-symmetric/index.ts";
export type { EigenSymmetricOptions } from "./kernels/eigen-symmetric/options.ts";
export { gaussianAccumulationKernel } from "./kernels/gaussian-accumulation/index.ts";
export { type LuFactors, lu, luKernel } from "./kernels/lu/index.ts";
export { newtonSum, newtonSumKernel } from "./kernels/newton-sum/index.ts";
export {
  type ProjectionProcessOptions,
  projectionProcessKernel,
  sampleProjectionProcess,
} from "./kernels/projection-process/index.ts";
export { type PivotedQrFactors, pivotedQr, type QrFactors, qr, qrKernel } from "./kernels/qr/index.ts";
export type { QrOptions } from "./kernels/qr/options.ts";
export { relaxationSolveKernel } from "./kernels/relaxation-solve/index.ts";
export type { RelaxationMethod, RelaxationSolveOptions } from "./kernels/relaxation-solve/options.ts";
export { solveTriangular, solveTriangularKernel } from "./kernels/solve-triangular/index.ts";
export type { SolveTriangularOptions } from "./kernels/solve-triangular/options.ts";
export { type SingularValueDecomposition, singularValues, svd, svdKernel } from "./kernels/svd/index.ts";
export type { SvdOptions } from "./kernels/svd/options.ts";
export { tuckerPointsKernel } from "./kernels/tucker-points/index.ts";
export type { TuckerPointsOptions } from "./kernels/tucker-points/options.ts";
export {
  exponentialMoments,
  exponentialSum,
  transposedVandermondeKernel,
  type VandermondeOptions,
  vandermondeKernel,
} from "./kernels/vandermonde/index.ts";
export {
  type BestRelaxationOptions,
  type BestRelaxationResult,
  bestRelaxation,
} from "./learned-relaxation/best-relaxation.ts";

export { type ChebCbOptions, type ChebCbState, chebCb } from "./learned-relaxation/cheb-cb.ts";
export { type DoublingOptions, type DoublingState, doublingTsallisInf } from "./learned-relaxation/grid-doubling.ts";
export {
  type CostTable,
  type LearnedRelaxationOptions,
  type LearnedRelaxationResult,
  learnRelaxation,
  playCosts,
  type SolvedInstance,
  type SystemInstance,
  type SystemSequence,
} from "./learned-relaxation/index.ts";
export { type Choice, type PolicyState, type RelaxationPolicy, relaxationGrid } from "./learned-relaxation/policy.ts";
export { type RelaxedSolveOptions, type RelaxedSolveResult, relaxedSolve } from "./learned-relaxation/relaxed-solve.ts";
export {
  asymptoticCost,
  optimalRelaxation,
  type RelaxationTheory,
  relaxationTheory,
  sorSpectralRadius,
  surrogateCost,
} from "./learned-relaxation/theory.ts";
export {
  type BinnedOptions,
  type BinnedState,
  binnedTsallisInf,
  type TsallisInfOptions,
  type TsallisInfState,
  tsallisInf,
} from "./learned-relaxation/tsallis-inf.ts";
export { type PseudoInverseOptions, pseudoInverse } from "./low-rank/pseudo-inverse.ts";
export { type RandomizedSvdOptions, randomizedSvd } from "./low-rank/randomized-svd.ts";
export { type ExpmOptions, expm } from "./matrix-functions/expm.ts";
export { symmetricFunction } from "./matrix-functions/symmetric-function.ts";
export {
  type BlindDeconvolutionProblem,
  type BlindDeconvolutionResult,
  blindDeconvolution,
} from "./self-calibration/blind-deconvolution.ts";
export {
  type CalibrationConstraint,
  type CalibrationOptions,
  type CalibrationProblem,
  type CalibrationResult,
  matrixSensing,
  type SensingOperator,
  selfCalibrate,
  signedFourierSensing,
} from "./self-calibration/index.ts";
export { conditionNumber, estimateCondition } from "./solve/condition.ts";
export { CholeskyFactorisation, factorCholesky, factorLu, LuFactorisation } from "./solve/factorisations.ts";
export { leastSquares } from "./solve/least-squares.ts";
export {
  determinant,
  inverse,
  type SignedLogDeterminant,
  signedLogDeterminant,
  solve,
} from "./solve/linear-systems.ts";
export { type Coordinates, CsrMatrix } from "./sparse/csr-matrix.ts";
export { minimumDegreeOrder } from "./sparse/direct/minimum-degree.ts";
export {
  factorSparseCholesky,
  refactorSparseCholesky,
  SparseCholeskyFactorisation,
  type SparseCholeskyOptions,
} from "./sparse/direct/sparse-cholesky.ts";
export { factorSparseLu, SparseLuFactorisation, type SparseLuOptions } from "./sparse/direct/sparse-lu.ts";
export type { SymbolicCholesky } from "./sparse/direct/symbolic-cholesky.ts";
export { gridLaplacian } from "./sparse/grid-laplacian.ts";
export { incompleteCholesky, incompleteLu } from "./sparse/incomplete-factors.ts";
export { formatMatrixMarket, parseMatrixMarket } from "./sparse/matrix-market.ts";
export { SparseOperator, type SparseOperatorOptions } from "./sparse/sparse-operator.ts";
export {
  incompleteCholeskyPreconditioner,
  incompleteLuPreconditioner,
  type RelaxationOptions,
  sorPreconditioner,
  ssorPreconditioner,
} from "./sparse/triangular-preconditioner.ts";
export { stateSpaceGroup } from "./state-space/dynamics.ts";
export { hippoLegs, hippoNormalPart, hippoTransferFunction, type LinearSystem } from "./state-space/hippo.ts";
export {
  type DiagonalSystem,
  normalDiagonalisation,
  type OptimisedPerturbation,
  type Perturbation,
  type PerturbationReason,
  type PerturbedDiagonalisation,
  perturbThenDiagonalise,
  type RandomPerturbation,
  type StructuredPerturbation,
} from "./state-space/index.ts";
export type { ModalForm } from "./state-space/modal-form.ts";
export type { OptimisationStep, OptimisationStopReason } from "./state-space/optimised-perturbation.ts";
export { type ResponseOptions, response } from "./state-space/response.ts";
export { type S4Parameters, s4Layer } from "./state-space/s4-layer.ts";
export { type S5Options, type S5Parameters, s5Layer } from "./state-space/s5-layer.ts";
export {
  type BlockSettings,
  type ClassifierOptions,
  type ClassifierParameters,
  type ClassifierState,
  type SequenceBlockParameters,
  type SequenceClassifier,
  sequenceClassifier,
} from "./state-space/sequence-classifier.ts";
export type { DynamicsOptions, SequenceLayer, SequenceMode, StepResult } from "./state-space/sequence-layer.ts";
export { transferFunction } from "./state-space/transfer-function.ts";
export {
  circulantPreconditioner,
  circulantProduct,
  solveCirculant,
  toeplitzOperator,
  toeplitzProduct,
} from "./structured/toeplitz.ts";
