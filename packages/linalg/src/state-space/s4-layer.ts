import {
  add,
  complexDType,
  complexView,
  exp,
  expandDims,
  InvalidInputError,
  irfft,
  multiply,
  pad,
  real,
  rfft,
  slice,
  sum,
  type Tensor,
  transpose,
} from "@ansatz/tensor";
import { discretisePoles } from "@ansatz/tensor/layers";
import { diagonalScan } from "../kernels/diagonal-scan/index.ts";
import { exponentialSum } from "../kernels/vandermonde/index.ts";
import { asComplex, polesOf, weightsOf } from "./dynamics.ts";
import type { DiagonalSystem } from "./index.ts";
import {
  checkMode,
  checkSequence,
  type DynamicsOptions,
  dynamicsOf,
  FirstValues,
  type SequenceLayer,
} from "./sequence-layer.ts";

/**
 * A system x′ = Λ x + B u, y = Re Σ weights C x + D u for each channel, Λ = −exp(logDecay) + i frequency; all real, so that optimisers and files take them. The last axis of B and C holds real
 * and imaginary parts.
 */
export type S4Parameters = {
  /** [channels, modes] */
  readonly logDecay: Tensor;
  /** [channels, modes] */
  readonly frequency: Tensor;
  /** B̃ [channels, modes, 2] */
  readonly input: Tensor;
  /** C̃ [channels, modes, 2] */
  readonly output: Tensor;
  /** D [channels] */
  readonly direct: Tensor;
  /** log Δ [channels] */
  readonly logStep: Tensor;
};

/**
 * S4 layer with a diagonal system: each channel by itself through a linear system that starts as the given one. With a system of `perturbThenDiagonalise` it is S4-PTD, with
 * `normalDiagonalisation` S4D. [batch, length, channels] to the same; cpu and webgpu, since it needs complex numbers.
 *
 * Source: Yu et al., "Robustifying State-space Models for Long Sequences via Approximate Diagonalization" (2024), section 4; Gu et al., "On the Parameterization and Initialization of Diagonal State
 * Space Models" (2022), section 3.
 *
 * @throws InvalidInputError when channels is no positive integer, or for bad options.
 */
export function s4Layer(
  channels: number,
  system: DiagonalSystem,
  options: DynamicsOptions = {},
): SequenceLayer<S4Parameters> {
  if (!Number.isInteger(channels) || channels < 1)
    throw new InvalidInputError("s4Layer: channels", "an integer ≥ 1", channels);
  const { discretisation, logLeast, logMost } = dynamicsOf("s4Layer", options);
  const { modes } = system;
  /** x_k = exp(logFactor) x_(k−1) + input u_k, y_k = Re Σ output x_k; complex [channels, modes]. */
  const discrete = ({ logDecay, frequency, logStep, input, output }: S4Parameters) => {
    const poles = discretisePoles({ logDecay, frequency, logStep: expandDims(logStep, -1) }, discretisation);
    return {
      logFactor: poles.logFactor,
      input: multiply(poles.input, complexView(input)),
      output: multiply(complexView(output), weightsOf(system, output)),
    };
  };
  const scanned = (parameters: S4Parameters, x: Tensor): Tensor => {
    const { logFactor, input, output } = discrete(parameters);
    const [batch, length] = x.shape;
    const terms = multiply(input, asComplex(expandDims(x, -1))).reshape([batch, length, channels * modes]);
    const states = diagonalScan(exp(logFactor).reshape([channels * modes]), terms);
    return sum(real(multiply(output, states.reshape([batch, length, channels, modes]))), { axes: -1 });
  };
  const convolved = (parameters: S4Parameters, x: Tensor): Tensor => {
    const { logFactor, input, output } = discrete(parameters);
    const length = x.shape[1];
    const kernel = exponentialSum(logFactor, multiply(input, output), length);
    // Twice the length, so that the end does not come round to the beginning.
    const transformed = (each: Tensor) => rfft(pad(each, [[0, length]]));
    const product = multiply(transformed(transpose(x, [0, 2, 1])), transformed(kernel));
    return transpose(slice(irfft(product, { length: 2 * length }), [null, null, [0, length]]), [0, 2, 1]);
  };
  return {
    init(key, own) {
      const values = new FirstValues(key, own);
      const repeated = (each: Float64Array) =>
        Float64Array.from({ length: channels * each.length }, (_, index) => each[index % each.length]);
      const { logDecay, frequency } = polesOf(system);
      return {
        logDecay: values.given(repeated(logDecay), [channels, modes]),
        frequency: values.given(repeated(frequency), [channels, modes]),
        input: values.given(repeated(system.input), [channels, modes, 2]),
        // Variance 1 of a complex number, half of it in each part.
        output: values.normal([channels, modes, 2], Math.SQRT1_2),
        direct: values.normal([channels]),
        logStep: values.uniform([channels], logLeast, logMost),
      };
    },
    apply(parameters, x, mode = "convolution") {
      checkSequence("s4Layer: x", x, channels);
      checkMode("s4Layer", mode);
      const run = mode === "scan" ? scanned : convolved;
      return x.device.scope(() => add(run(parameters, x), multiply(x, parameters.direct)));
    },
    initState: (batch, { device, dtype = "float32" }) => device.zeros([batch, channels, modes], complexDType(dtype)),
    applyStep(parameters, x, state) {
      return x.device.scope(() => {
        const { logFactor, input, output } = discrete(parameters);
        const next = add(multiply(exp(logFactor), state), multiply(input, asComplex(expandDims(x, -1))));
        const y = sum(real(multiply(output, next)), { axes: -1 });
        return { output: add(y, multiply(x, parameters.direct)), state: next };
      });
    },
  };
}
