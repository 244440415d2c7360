export { type DenoiserParameters, type DigitDenoiserOptions, digitDenoiser } from "./denoiser.ts";
export { energyDistance, frechetDistance, rootMeanSquare, type Samples } from "./sample-distances.ts";
export {
  type DigitMixtureOptions,
  digitMixture,
  loadSmallDigits,
  type SmallDigits,
  smallDigits,
} from "./small-digits.ts";
export {
  type DenoiserTraining,
  type DenoiserTrainingOptions,
  type DenoiserTrainingResult,
  trainDigitDenoiser,
} from "./training.ts";
