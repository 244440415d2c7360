import {
  add,
  complex,
  complexDType,
  complexView,
  conj,
  exp,
  expandDims,
  fft,
  InvalidInputError,
  ifft,
  matmul,
  multiply,
  pad,
  realView,
  slice,
  type Tensor,
  transpose,
} from "@ansatz/tensor";
import { discretisePoles } from "@ansatz/tensor/layers";
import { diagonalScan } from "../kernels/diagonal-scan/index.ts";
import { exponentialSum } from "../kernels/vandermonde/index.ts";
import { polesOf, weightsOf } from "./dynamics.ts";
import { hippoLegs } from "./hippo.ts";
import type { DiagonalSystem } from "./index.ts";
import { inModes, readoutOfModes } from "./modal-form.ts";
import {
  checkMode,
  checkSequence,
  type DynamicsOptions,
  dynamicsOf,
  FirstValues,
  type SequenceLayer,
} from "./sequence-layer.ts";

/** One system x′ = Λ x + B u, y = Re (weights C x) + D ⊙ u of all channels, see `S4Parameters`. */
export type S5Parameters = {
  /** [modes of all blocks] */
  readonly logDecay: Tensor;
  /** [modes] */
  readonly frequency: Tensor;
  /** log Δ of each mode [modes] */
  readonly logStep: Tensor;
  /** B̃ [modes, channels, 2] */
  readonly input: Tensor;
  /** C̃ [channels, modes, 2] */
  readonly output: Tensor;
  /** D [channels] */
  readonly direct: Tensor;
};

export interface S5Options extends DynamicsOptions {
  /** Copies of the system on the diagonal of the whole. Default: 1. */
  readonly blocks?: number;
  /** First B: normal entries of variance 1/channels (`"normal"`), or for each channel HiPPO's b times a normal number of that variance (`"hippo"`). Default: `"normal"`. */
  readonly inputWeights?: "normal" | "hippo";
}

/**
 * S5 layer: one linear system of many inputs and outputs for all channels, which starts as blocks of the given one. With a system of `perturbThenDiagonalise` it is S5-PTD, with
 * `normalDiagonalisation` S5. [batch, length, channels] to the same; cpu and webgpu. Its scan is the way it is meant to be run; the convolution transforms all states.
 *
 * B̃ and C̃ are scaled against each other, mode by mode, to equal norms: both would otherwise be as far from 1 as the eigenvectors are ill-conditioned.
 * Source: Smith, Warrington, Linderman, "Simplified State Space Layers for Sequence Modeling" (2023), section 3; Yu et al., "Robustifying State-space Models for Long Sequences via Approximate
 * Diagonalization" (2024), section 4.
 *
 * @throws InvalidInputError when channels or blocks are no positive integers, or for bad options.
 */
export function s5Layer(
  channels: number,
  system: DiagonalSystem,
  options: S5Options = {},
): SequenceLayer<S5Parameters> {
  const { blocks = 1, inputWeights = "normal" } = options;
  for (const [name, value] of Object.entries({ channels, "options.blocks": blocks }))
    if (!Number.isInteger(value) || value < 1) throw new InvalidInputError(`s5Layer: ${name}`, "an integer ≥ 1", value);
  if (inputWeights !== "normal" && inputWeights !== "hippo")
    throw new InvalidInputError("s5Layer: options.inputWeights", '"normal" or "hippo"', inputWeights);
  const { discretisation, logLeast, logMost } = dynamicsOf("s5Layer", options);
  const modes = blocks * system.modes;
  const all: DiagonalSystem = { ...system, modes, ...repeatedPoles(system, blocks) };
  /** Matrices between channels and states as real ones [·, 2 modes], and the logarithms of the factors, complex [modes]. */
  const discrete = ({ input, output, ...poles }: S5Parameters) => {
    const { logFactor, input: step } = discretisePoles(poles, discretisation);
    const weighted = multiply(complexView(output), weightsOf(all, output));
    return {
      logFactor,
      entering: realView(transpose(multiply(complexView(input), expandDims(step, -1)), [1, 0])),
      // Re (c x) is the product of the parts of conj(c) with those of x.
      leaving: realView(conj(weighted)).reshape([channels, 2 * modes]),
    };
  };
  const rows = (x: Tensor, columns: number) => x.reshape([x.size / columns, columns]);
  const run = (parameters: S5Parameters, x: Tensor, states: (logFactor: Tensor, terms: Tensor) => Tensor): Tensor => {
    const { logFactor, entering, leaving } = discrete(parameters);
    const terms = matmul(rows(x, channels), entering.reshape([channels, 2 * modes]));
    const reached = states(logFactor, complexView(terms.reshape([...x.shape.slice(0, -1), modes, 2])));
    const y = matmul(rows(realView(reached), 2 * modes), leaving, { transposeB: true }).reshape(x.shape);
    return add(y, multiply(x, parameters.direct));
  };
  return {
    init(key, own) {
      const values = new FirstValues(key, own);
      const { logDecay, frequency } = polesOf(all);
      const { input, output } = balanced(firstWeights(values));
      return {
        logDecay: values.given(logDecay, [modes]),
        frequency: values.given(frequency, [modes]),
        logStep: values.uniform([modes], logLeast, logMost),
        input: values.given(input, [modes, channels, 2]),
        output: values.given(output, [channels, modes, 2]),
        direct: values.normal([channels]),
      };
    },
    apply(parameters, x, mode = "scan") {
      checkSequence("s5Layer: x", x, channels);
      checkMode("s5Layer", mode);
      const states = (logFactor: Tensor, terms: Tensor) =>
        mode === "scan" ? diagonalScan(exp(logFactor), terms) : convolvedStates(logFactor, terms);
      return x.device.scope(() => run(parameters, x, states));
    },
    initState: (batch, { device, dtype = "float32" }) => device.zeros([batch, modes], complexDType(dtype)),
    applyStep(parameters, x, state) {
      return x.device.scope(() => {
        let next = state;
        const output = run(parameters, x, (logFactor, terms) => {
          next = add(multiply(exp(logFactor), state), terms);
          return next;
        });
        return { output, state: next };
      });
    },
  };

  /** Ṽ⁻¹ B [modes, channels] and C Ṽ [channels, modes], both complex, block by block. */
  function firstWeights(values: FirstValues) {
    const { states } = system;
    const input = new Float64Array(2 * modes * channels);
    const output = new Float64Array(2 * channels * modes);
    const { input: hippo } = hippoLegs(states);
    for (let block = 0; block < blocks; block++)
      for (let channel = 0; channel < channels; channel++) {
        const deviation = 1 / Math.sqrt(channels);
        const column =
          inputWeights === "normal"
            ? values.normals(states, deviation)
            : hippo.map(
                (
                  (scale) => (value) =>
                    scale * value
                )(values.normals(1, deviation)[0]),
              );
        const entering = inModes(system, column);
        // A complex C of variance 1 over the number of states: real rows of half of it for its parts.
        const parts = [0, 1].map(() =>
          readoutOfModes(system, values.normals(states, Math.SQRT1_2 / Math.sqrt(states * blocks))),
        );
        for (let k = 0; k < system.modes; k++) {
          const mode = block * system.modes + k;
          input.set(entering.subarray(2 * k, 2 * k + 2), 2 * (mode * channels + channel));
          const [[re, im], [iRe, iIm]] = parts.map((part) => [part[2 * k], part[2 * k + 1]]);
          output.set([re - iIm, im + iRe], 2 * (channel * modes + mode));
        }
      }
    return { input, output };
  }

  /** Rows of B̃ and columns of C̃ scaled to the geometric mean of their norms. */
  function balanced({ input, output }: { input: Float64Array<ArrayBuffer>; output: Float64Array<ArrayBuffer> }) {
    for (let mode = 0; mode < modes; mode++) {
      const row = input.subarray(2 * mode * channels, 2 * (mode + 1) * channels);
      const places = Array.from({ length: 2 * channels }, (_, k) => 2 * ((k >> 1) * modes + mode) + (k & 1));
      const scale = Math.sqrt(Math.hypot(...places.map((place) => output[place])) / Math.hypot(...row)) || 1;
      for (const [index, value] of row.entries()) row[index] = scale * value;
      for (const place of places) output[place] /= scale;
    }
    return { input, output };
  }
}

/** States by Fourier transforms of the terms and of the powers of the factors. */
function convolvedStates(logFactor: Tensor, terms: Tensor): Tensor {
  const length = terms.shape[1];
  const exponents = expandDims(logFactor, -1);
  const ones = (re: number, im: number) =>
    terms.device.tensor(
      Array.from({ length: 2 * logFactor.size }, (_, k) => (k % 2 ? im : re)),
      exponents.shape,
      terms.dtype,
    );
  // The real parts of e^(l z) and of −i e^(l z).
  const powers = complex(exponentialSum(exponents, ones(1, 0), length), exponentialSum(exponents, ones(0, -1), length));
  const transformed = (x: Tensor) => fft(pad(x, [[0, length]]));
  const product = multiply(transformed(transpose(terms, [0, 2, 1])), transformed(powers));
  return transpose(slice(ifft(product), [null, null, [0, length]]), [0, 2, 1]);
}

function repeatedPoles({ poles, weights }: DiagonalSystem, blocks: number) {
  const repeated = (values: Float64Array) =>
    Float64Array.from({ length: blocks * values.length }, (_, index) => values[index % values.length]);
  return { poles: repeated(poles), weights: repeated(weights) };
}
