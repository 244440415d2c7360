export type { CpuArray, CpuCall, CpuModule } from "./device/cpu/call.ts";
export type { CpuOptions } from "./device/cpu/device.ts";
export {
  Device,
  type DeviceDescription,
  type DeviceKind,
  type DeviceMemory,
  type DeviceWork,
} from "./device/device.ts";
export { DEVICE_KINDS, type DeviceListing, type DeviceOptions, listDevices, openDevice } from "./device/open.ts";
export type { TensorFlowApi, TensorFlowTensor } from "./device/tensorflow/api.ts";
export type { TensorFlowOptions } from "./device/tensorflow/device.ts";
export { type WebGpuArray, type WebGpuCall, type WebGpuDispatch, workgroupsFor } from "./device/webgpu/call.ts";
export { type GpuTime, WebGpuDevice, type WebGpuOptions } from "./device/webgpu/device.ts";
export { vmap } from "./differentiation/batching.ts";
export {
  checkpoint,
  customJvp,
  customVjp,
  implicitFunction,
  type LinearSolve,
} from "./differentiation/custom-rules.ts";
export { withExamples } from "./differentiation/examples.ts";
export {
  type DivergenceOptions,
  divergence,
  hessian,
  jacobian,
  perExampleGradients,
} from "./differentiation/jacobian.ts";
export {
  type ButcherTableau,
  type OdeOptions,
  RUNGE_KUTTA_4,
  solveOde,
  type VectorField,
} from "./differentiation/ode.ts";
export type {
  BatchContext,
  Derivatives,
  MaybeTensors,
  ReverseContext,
  RuleContext,
  Rules,
} from "./differentiation/primitive.ts";
export {
  type Differentiable,
  grad,
  hvp,
  jet,
  jvp,
  type Pullback,
  stopGradient,
  valueAndGrad,
  vjp,
} from "./differentiation/transforms.ts";
export type { TensorTree } from "./differentiation/tree.ts";
export {
  bytesPerElement,
  type ComplexDType,
  complexDType,
  type DType,
  type FloatDType,
  isComplex,
  isFloat,
  partDType,
  type TypedArray,
  type TypedArrays,
} from "./dtype.ts";
export {
  AbortedError,
  AnsatzError,
  DeviceLostError,
  DeviceUnavailableError,
  DisposedError,
  DivergedError,
  type ErrorCode,
  InvalidInputError,
  OutOfMemoryError,
  UnsupportedError,
} from "./errors.ts";
export {
  type NeighbourGraph,
  type NeighbourOptions,
  nearestNeighbours,
  radiusGraph,
} from "./graph/neighbours.ts";
export { segmentMean, segmentSoftmax, segmentSum } from "./graph/segments.ts";
export {
  type SpectralRadiusOptions,
  type SpectralRadiusResult,
  spectralRadius,
} from "./graph/spectral-radius.ts";
export {
  type CaseRandom,
  type Cost,
  type CpuImplementation,
  defineKernel,
  type Kernel,
  type KernelCase,
  type KernelDeclaration,
  type ReferenceArray,
  referenceArray,
  type TensorFlowImplementation,
  type TensorSpec,
  type Tolerance,
  type WebGpuImplementation,
} from "./kernel.ts";
export {
  benchmarkKernel,
  type ExpectedElement,
  type KernelBenchmark,
  type KernelBenchmarkCase,
  type KernelBenchmarkInput,
  type KernelPeer,
  type KernelPeerWorkload,
} from "./kernel-benchmark.ts";
export {
  type ArgExtremumAxisOptions,
  argExtremumKernel,
  argmax,
  argmin,
} from "./kernels/arg-extremum/index.ts";
export {
  argsort,
  argsortKernel,
  type SortOptions,
  sort,
  type TopKOptions,
  topK,
} from "./kernels/argsort/index.ts";
export { type CastOptions, cast, castKernel } from "./kernels/cast/index.ts";
export { absSquare, angle } from "./kernels/complex-map/functions.ts";
export { type ComplexMapOptions, type ComplexOperation, complexMapKernel } from "./kernels/complex-map/index.ts";
export {
  type ComplexPartsOperation,
  type ComplexPartsOptions,
  complex,
  complexPartsKernel,
  conj,
  imag,
  real,
} from "./kernels/complex-parts/index.ts";
export { complexView, realView } from "./kernels/complex-parts/views.ts";
export { type ConcatenateOptions, concatenate, concatenateKernel, stack } from "./kernels/concatenate/index.ts";
export {
  type ConvolutionKernelOptions,
  type ConvolutionOptions,
  type ConvolutionPadding,
  type ConvolutionProduct,
  convolution,
  convolutionKernel,
  type TransposedConvolutionOptions,
  transposedConvolution,
} from "./kernels/convolution/index.ts";
export { type CumsumOptions, cumsum, cumsumKernel } from "./kernels/cumsum/index.ts";
export { type CosineOptions, dct, idct } from "./kernels/fft/cosine.ts";
export {
  type FourierNorm,
  type FourierOptions,
  fft,
  fftKernel,
  ifft,
  irfft,
  rfft,
} from "./kernels/fft/index.ts";
export { fftFrequencies, fftShift, ifftShift, rfftFrequencies } from "./kernels/fft/shift.ts";
export type { FftKind, FftOptions } from "./kernels/fft/transform.ts";
export { type FusedOptions, fuse, fusedKernel, type Program, type Step } from "./kernels/fused/index.ts";
export { type GatherOptions, gather, gatherKernel } from "./kernels/gather/index.ts";
export {
  type BesselFunction,
  besselRatioI,
  besselRatioK,
  type LogBesselOptions,
  logBesselI,
  logBesselK,
  logBesselKernel,
} from "./kernels/log-bessel/index.ts";
export {
  type LogBesselPairOptions,
  logBesselPair,
  logBesselPairKernel,
  type TensorPair,
} from "./kernels/log-bessel/pair.ts";
export {
  type EluOptions,
  elu,
  type GeluOptions,
  gelu,
  type LeakyReluOptions,
  leakyRelu,
  relu,
  silu,
  softplus,
} from "./kernels/map/activations.ts";
export { add, atan2, divide, maximum, minimum, multiply, power, subtract } from "./kernels/map/binary.ts";
export { clamp } from "./kernels/map/clamp.ts";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  notEqual,
} from "./kernels/map/comparison.ts";
export {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  cosh,
  erf,
  erfc,
  exp2,
  log2,
  log10,
  sinh,
  tan,
} from "./kernels/map/functions.ts";
export { type MapOperation, type MapOptions, mapKernel } from "./kernels/map/index.ts";
export {
  abs,
  ceil,
  cos,
  exp,
  expm1,
  floor,
  isNaN,
  log,
  log1p,
  logicalNot,
  neg,
  reciprocal,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  tanh,
} from "./kernels/map/unary.ts";
export { where } from "./kernels/map/where.ts";
export { type MatmulOptions, matmul, matmulKernel } from "./kernels/matmul/index.ts";
export { type PoolingKernelOptions, poolingKernel } from "./kernels/pooling/index.ts";
export { type RandomDistribution, type RandomKernelOptions, randomKernel } from "./kernels/random/index.ts";
export {
  type AxesOptions,
  logSumExp,
  max,
  mean,
  min,
  prod,
  type ReduceOptions,
  type Reduction,
  reduceKernel,
  sum,
} from "./kernels/reduce/index.ts";
export {
  type NormOptions,
  norm,
  standardDeviation,
  type VarianceOptions,
  variance,
} from "./kernels/reduce/statistics.ts";
export {
  type ScatterAlongAxisOptions,
  type ScatterAxisOptions,
  type ScatterOptions,
  scatter,
  scatterAdd,
  scatterAlongAxis,
  scatterKernel,
} from "./kernels/scatter/index.ts";
export {
  type SegmentMaxOptions,
  type SegmentOptions,
  segmentMax,
  segmentMaxKernel,
} from "./kernels/segment-max/index.ts";
export {
  logSoftmax,
  type SoftmaxAlgorithm,
  type SoftmaxKernelOptions,
  type SoftmaxOptions,
  softmax,
  softmaxKernel,
} from "./kernels/softmax/index.ts";
export { type StridedEmbedOptions, stridedEmbed, stridedEmbedKernel } from "./kernels/strided-embed/index.ts";
export { type StridedViewOptions, stridedView, stridedViewKernel } from "./kernels/strided-view/index.ts";
export { type AlongAxisOptions, takeAlongAxis, takeAlongAxisKernel } from "./kernels/take-along-axis/index.ts";
export { windowArgmaxKernel } from "./kernels/window-argmax/index.ts";
export type { WindowOptions } from "./kernels/window-argmax/windows.ts";
export { broadcastTo, expandDims, flip, squeeze, tile, transpose } from "./movement/axes.ts";
export { oneHot } from "./movement/one-hot.ts";
export { type PadMode, pad, roll, type SliceRange, slice, splitAlong } from "./movement/slices.ts";
export { einsum } from "./products/einsum.ts";
export { outer } from "./products/outer.ts";
export {
  bernoulli,
  type CategoricalOptions,
  categorical,
  permutation,
  rademacher,
} from "./random/discrete.ts";
export { normal, type RandomBitsOptions, type RandomOptions, randomBits, uniform } from "./random/draw.ts";
export { child, type Key, key, split } from "./random/key.ts";
export { RandomStream } from "./random/stream.ts";
export { type AveragePoolOptions, averagePool, maxPool, type PoolingOptions } from "./resampling/pooling.ts";
export { pixelShuffle, pixelUnshuffle, type ResizeOptions, resize } from "./resampling/resize.ts";
export { broadcastShapes, type Shape, sizeOf } from "./shape.ts";
export { serveTasks, TaskPool, type TaskPoolOptions, type TaskRunner } from "./task-pool/index.ts";
export { Tensor } from "./tensor.ts";
