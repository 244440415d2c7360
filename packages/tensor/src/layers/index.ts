export {
  type AttentionOptions,
  type AttentionParameters,
  attention,
  type LinearAttentionOptions,
  linearAttention,
  type MultiHeadAttentionOptions,
  multiHeadAttention,
} from "./attention.ts";
export { type ConvolutionLayerOptions, conv1d, conv2d, conv3d } from "./convolution.ts";
export {
  type Activation,
  type AffineParameters,
  type DenseOptions,
  dense,
  type MlpOptions,
  mlp,
} from "./dense.ts";
export { type ContinuousPoles, type DiscretePoles, type Discretisation, discretisePoles } from "./discretisation.ts";
export { dropout } from "./dropout.ts";
export { type EmbeddingParameters, embedding, type SinusoidalOptions, sinusoidalEmbedding } from "./embedding.ts";
export {
  type Aggregation,
  type Edges,
  type GraphInput,
  type IntegralTransformInput,
  type IntegralTransformOptions,
  integralTransform,
  type MessagePassingOptions,
  type MessagePassingOutput,
  type MessagePassingParameters,
  messagePassing,
} from "./graph.ts";
export type { Layer, LayerOptions } from "./layer.ts";
export { type LowRankAdapter, type LowRankOptions, type LowRankParameters, lowRankAdapter } from "./low-rank.ts";
export {
  type BatchNormOptions,
  type BatchNormState,
  batchNorm,
  groupNorm,
  layerNorm,
  type NormalisationOptions,
  type NormalisationParameters,
  type StatefulLayer,
} from "./normalisation.ts";
export {
  type ResidualBlockOptions,
  type ResidualBlockParameters,
  type ResNetBlockOptions,
  type ResNetBlockParameters,
  type ResNetBlockState,
  residualBlock,
  resNetBlock,
} from "./residual.ts";
export { type SpectralConvolutionParameters, spectralConvolution } from "./spectral.ts";
export {
  diagonalStateSpace,
  type StateSpaceLayer,
  type StateSpaceOptions,
  type StateSpaceParameters,
} from "./state-space.ts";
export {
  type DownBlockOutput,
  type DownBlockParameters,
  downBlock,
  type UnetParameters,
  unet,
  upBlock,
} from "./unet.ts";
