export { type JacobianBounds, type JacobianOptions, jacobianBounds } from "./jacobian.ts";
export type { JacobianRelaxation } from "./jacobian-bounds.ts";
export { type LipschitzBounds, type LipschitzOptions, type LipschitzRelaxation, lipschitzBounds } from "./lipschitz.ts";
export type { ActivationLayer, ConvolutionLayer, DenseLayer, MaxPoolLayer, Network, NetworkLayer } from "./network.ts";
export type { SessionOptions } from "./network-session.ts";
export type { PerturbationNorm } from "./norms.ts";
export type { Region } from "./region.ts";
export type { Interval } from "./substitution.ts";
