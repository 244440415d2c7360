import { InvalidInputError } from "../errors.ts";
import { complex, real } from "../kernels/complex-parts/index.ts";
import { irfft, rfft } from "../kernels/fft/index.ts";
import { add, multiply } from "../kernels/map/binary.ts";
import { exp } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { expandDims } from "../movement/axes.ts";
import { pad, slice } from "../movement/slices.ts";
import { normal, uniform } from "../random/draw.ts";
import { split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { asComplex, type DiscretePoles, type Discretisation, discretisePoles } from "./discretisation.ts";
import { checkCount, checkExtent, type Layer, type LayerOptions } from "./layer.ts";

/**
 * A system x′ = Λ x + u, y = 2 Re(C x) + D u for each channel, Λ diagonal: `logDecay` and `frequency` [channels, states] with Λ = −exp(logDecay) + i frequency, `outputReal` and
 * `outputImaginary` the parts of C [channels, states], `direct` D [channels], `logStep` [channels] the logarithm of the time between samples. All real, so that optimisers and files take them.
 */
export type StateSpaceParameters = {
  readonly logDecay: Tensor;
  readonly frequency: Tensor;
  readonly outputReal: Tensor;
  readonly outputImaginary: Tensor;
  readonly direct: Tensor;
  readonly logStep: Tensor;
};

export interface StateSpaceOptions {
  /** Between samples the input stays (`"hold"`, zero-order hold), or the trapezoidal rule holds (`"bilinear"`). Default: `"hold"`. */
  readonly discretisation?: Discretisation;
  /** Range that the first time steps are drawn from, uniformly in their logarithm. Default: [0.001, 0.1]. */
  readonly steps?: readonly [least: number, most: number];
}

export interface StateSpaceLayer extends Layer<StateSpaceParameters> {
  /** States before the first sample: zeros, complex [batch, channels, states]. */
  initState(batch: number, options: LayerOptions): Tensor;
  /** One sample [batch, channels] after the other, with the state that follows: what `apply` does at once, for streams. */
  applyStep(
    parameters: StateSpaceParameters,
    x: Tensor,
    state: Tensor,
  ): { readonly output: Tensor; readonly state: Tensor };
}

/**
 * Diagonal state-space layer: each channel by itself through a linear system of complex states. [batch, channels, length] to the same, as a causal convolution by Fourier transforms,
 * O(length log length); memory for channels · states · length complex numbers. Conjugate states are implied, hence the 2 in y. `cpu` and `webgpu`: it needs complex numbers.
 *
 * Source: Gu et al., "On the Parameterization and Initialization of Diagonal State Space Models" (2022), equations 2–5; it starts as S4D-Lin, Λ_n = −½ + iπn.
 *
 * @throws InvalidInputError when a count is no positive integer, the discretisation is unknown, or the steps are no rising positive numbers.
 */
export function diagonalStateSpace(channels: number, states: number, options: StateSpaceOptions = {}): StateSpaceLayer {
  const { discretisation = "hold", steps: [least, most] = [1e-3, 1e-1] } = options;
  checkCount("diagonalStateSpace: channels", channels);
  checkCount("diagonalStateSpace: states", states);
  if (discretisation !== "hold" && discretisation !== "bilinear")
    throw new InvalidInputError("diagonalStateSpace: options.discretisation", '"hold" or "bilinear"', discretisation);
  if (!(least > 0 && most >= least && most < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("diagonalStateSpace: options.steps", "two rising numbers > 0", [least, most]);
  const systemOf = ({ logDecay, frequency, logStep, outputReal, outputImaginary }: StateSpaceParameters) => ({
    ...discretisePoles({ logDecay, frequency, logStep: expandDims(logStep, -1) }, discretisation),
    output: complex(outputReal, outputImaginary),
  });
  return {
    init(key, own) {
      const { device, dtype = "float32" } = own;
      const keys = split(key, 4);
      return device.scope(() => ({
        logDecay: device.full([channels, states], Math.log(0.5), dtype),
        frequency: device.tensor(
          Array.from({ length: channels * states }, (_, index) => Math.PI * (index % states)),
          [channels, states],
          dtype,
        ),
        // Variance 1 of a complex number, half of it in each part.
        outputReal: multiply(normal(keys[0], [channels, states], own), Math.SQRT1_2),
        outputImaginary: multiply(normal(keys[1], [channels, states], own), Math.SQRT1_2),
        direct: normal(keys[2], [channels], own),
        logStep: add(multiply(uniform(keys[3], [channels], own), Math.log(most / least)), Math.log(least)),
      }));
    },
    apply(parameters, x) {
      checkExtent("diagonalStateSpace: x", x, 1, channels);
      if (x.rank !== 3)
        throw new InvalidInputError("diagonalStateSpace: x", "[batch, channels, length]", `shape [${x.shape}]`);
      return x.device.scope(() => {
        const length = x.shape[2];
        const kernel = kernelOf(systemOf(parameters), length);
        // Twice the length, so that the end does not come round to the beginning.
        const transformed = (each: Tensor) => rfft(pad(each, [[0, length]]));
        const product = multiply(transformed(x), transformed(kernel));
        const y = slice(irfft(product, { length: 2 * length }), [null, null, [0, length]]);
        return add(y, multiply(x, expandDims(parameters.direct, -1)));
      });
    },
    initState: (batch, { device, dtype = "float32" }) =>
      device.zeros([batch, channels, states], dtype === "float32" ? "complex64" : "complex128"),
    applyStep(parameters, x, state) {
      checkExtent("diagonalStateSpace: x", x, 1, channels);
      return x.device.scope(() => {
        const { logFactor, input, output } = systemOf(parameters);
        const entered = multiply(input, asComplex(expandDims(x, -1)));
        const next = add(multiply(exp(logFactor), state), entered);
        const y = multiply(sum(real(multiply(output, next)), { axes: -1 }), 2);
        return { output: add(y, multiply(x, parameters.direct)), state: next };
      });
    },
  };
}

/** x_k = exp(logFactor) x_(k−1) + input u_k, y_k = 2 Re Σ output x_k; complex [channels, states]. */
interface DiscreteSystem extends DiscretePoles {
  readonly output: Tensor;
}

/** Response to one impulse: 2 Re Σ_n output_n input_n exp(l · logFactor_n), real [channels, length]. */
function kernelOf({ logFactor, input, output }: DiscreteSystem, length: number): Tensor {
  const { device } = logFactor;
  const times = device.tensor(
    Array.from({ length: 2 * length }, (_, index) => (index % 2 === 0 ? index / 2 : 0)),
    [length],
    logFactor.dtype,
  );
  const powers = exp(multiply(expandDims(logFactor, -1), times));
  const terms = multiply(expandDims(multiply(input, output), -1), powers);
  return multiply(sum(real(terms), { axes: 1 }), 2);
}
