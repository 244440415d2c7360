export {
  checkMixture,
  type GaussianMixture,
  type MixtureModel,
  type MixturePoint,
  mixtureModel,
  mixturePoint,
  posteriorCovariance,
  SINGLE_GAUSSIAN,
  THREE_GAUSSIANS,
} from "./gaussian-mixture.ts";
export { conversion, type DenoisingModel, labelledModel, type Model, type Prediction } from "./prediction.ts";
export {
  exactFlow,
  gaussianFlow,
  mixtureNoise,
  type NoiseField,
  type ReferenceOptions,
} from "./reference-trajectory.ts";
