export {
  meanResultantLength,
  vonMisesFisherEntropy,
  vonMisesFisherLogDensity,
  vonMisesFisherLogNormalizer,
} from "./distribution.ts";
export {
  type ConcentrationOptions,
  type ConcentrationResult,
  type ConcentrationStep,
  fitConcentration,
  fitVonMisesFisher,
  meanLogLikelihood,
  type VonMisesFisherFit,
} from "./fit.ts";
export { sampleVonMisesFisher, type VonMisesFisherParameters } from "./sampling.ts";
