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
export { mixtureDraws } from "./mixture-draws.ts";
export { conversion, type DenoisingModel, labelledModel, type Model, type Prediction } from "./prediction.ts";
export {
  exactFlow,
  fieldOf,
  gaussianFlow,
  mixtureNoise,
  type NoiseField,
  type ReferenceOptions,
} from "./reference-trajectory.ts";
