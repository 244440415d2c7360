import {
  grad,
  InvalidInputError,
  type Key,
  key,
  mean,
  RandomStream,
  relu,
  silu,
  square,
  subtract,
  sum,
  type Tensor,
  valueAndGrad,
} from "@ansatz/tensor";
import { mlp } from "@ansatz/tensor/layers";
import { adam, disposeTree } from "@ansatz/tensor/optimisers";
import type { DriftSamples } from "./drift-fit.ts";
import type { ReferenceFamily } from "./reference-family.ts";

export interface GradientFieldOptions {
  /** Widths of the hidden layers. Default [128, 64, 64] (paper's repository, embryoid bodies). */
  readonly hidden?: readonly number[];
  /** Default `"silu"`, whose drift is smooth. `"relu"` (paper's repository) has one that jumps, and no derivatives for the solver by the transition kernel. */
  readonly activation?: "silu" | "relu";
  /** Draws the first weights. Default `key(0)`. */
  readonly key?: Key;
}

/** Rate and steps of Adam where `fit` does not say: the paper's repository has 0.01 and 0.002, and 20 to 30. */
const LEARNING_RATE = 0.01;
const EPOCHS = 30;

/**
 * Particles that climb a landscape that is not known: b = ∇U_θ(x), with a network for U; θ are its weights, layer after layer, `[outputs, inputs]` and then biases. For populations whose dynamics has no
 * known form, such as cells. U itself is known but for a constant.
 *
 * It is fitted by Adam on all steps at once, from the weights of the iteration before. Best with the solver by proportional fitting: the transition kernel needs some L²/2 derivatives of the drift per path.
 *
 * Source: "Multi-marginal Schrödinger Bridges with Iterative Reference Refinement", experiments on cells (the plus sign is the repository's).
 *
 * @throws InvalidInputError for extents that are no positive integers.
 */
export function gradientField(dimension: number, options: GradientFieldOptions = {}): ReferenceFamily {
  const { hidden = [128, 64, 64], activation = "silu" } = options;
  const widths = [dimension, ...hidden, 1];
  if (activation !== "silu" && activation !== "relu")
    throw new InvalidInputError("gradientField: activation", '"silu" or "relu"', activation);
  const network = mlp(widths, { activation: activation === "silu" ? silu : relu });
  const layers = widths.slice(1).map((outputs, index) => ({ inputs: widths[index], outputs }));
  const stream = new RandomStream(options.key ?? key(0));
  // Uniform within ±1/√inputs, as PyTorch's linear layers start.
  const initialParameters = layers.flatMap(({ inputs, outputs }) =>
    Array.from({ length: outputs * (inputs + 1) }, () => (2 * stream.uniform() - 1) / Math.sqrt(inputs)),
  );
  return {
    name: "gradient field",
    dimension,
    parameterNames: layers.flatMap(({ inputs, outputs }, layer) => [
      ...Array.from(
        { length: inputs * outputs },
        (_, at) => `weight ${layer}.${Math.floor(at / inputs)}.${at % inputs}`,
      ),
      ...Array.from({ length: outputs }, (_, at) => `bias ${layer}.${at}`),
    ]),
    initialParameters,
    affine: false,
    drift: (state, _, parameters, into) => networkGradient(layers, activation, state, parameters, into),
    async fit({ dimension: d, states, velocities, times }: DriftSamples, start, { fit, device }) {
      const { learningRate = LEARNING_RATE, epochs = EPOCHS } = fit ?? {};
      using x = device.tensor(states, [times.length, d], "float64");
      using v = device.tensor(velocities, [times.length, d], "float64");
      const split = (flat: Float64Array<ArrayBuffer>) => {
        let offset = 0;
        const next = (shape: readonly number[]) => {
          const size = shape.reduce((product, extent) => product * extent, 1);
          offset += size;
          return device.tensor(flat.slice(offset - size, offset), shape, "float64");
        };
        return layers.map(({ inputs, outputs }) => ({ weights: next([outputs, inputs]), bias: next([outputs]) }));
      };
      const loss = (at: ReturnType<typeof split>) => {
        const gradient = grad((points: Tensor) => sum(network.apply(at, points)))(x);
        return mean(square(subtract(v, gradient)));
      };
      const optimiser = adam({ learningRate });
      let parameters = split(start);
      let state = optimiser.init(parameters);
      for (let epoch = 0; epoch < epochs; epoch++) {
        const next = device.scope(() => optimiser.update(valueAndGrad(loss)(parameters).gradient, state, parameters));
        disposeTree(parameters, state);
        ({ parameters, state } = next);
        await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
      }
      using last = loss(parameters);
      const values = await Promise.all(
        parameters.flatMap(({ weights, bias }) => [weights, bias]).map((tensor) => tensor.data()),
      );
      const mismatch = d * (await last.item());
      disposeTree(parameters, state);
      return { parameters: Float64Array.from(values.flatMap((each) => [...each])), mismatch };
    },
  };
}

interface LayerExtents {
  readonly inputs: number;
  readonly outputs: number;
}

/** The gradient of the network's output in its input, for one state, without tensors: simulations ask for one state after the other. */
function networkGradient(
  layers: readonly LayerExtents[],
  activation: "silu" | "relu",
  state: Float64Array,
  parameters: Float64Array,
  into: Float64Array,
): void {
  const slopes: Float64Array[] = [];
  let values = state;
  let offset = 0;
  for (const { inputs, outputs } of layers.slice(0, -1)) {
    const next = new Float64Array(outputs);
    const slope = new Float64Array(outputs);
    for (let row = 0; row < outputs; row++) {
      let z = parameters[offset + inputs * outputs + row];
      for (let column = 0; column < inputs; column++) z += parameters[offset + row * inputs + column] * values[column];
      const gate = activation === "relu" ? (z > 0 ? 1 : 0) : 1 / (1 + Math.exp(-z));
      next[row] = z * gate;
      slope[row] = activation === "relu" ? gate : gate * (1 + z * (1 - gate));
    }
    slopes.push(slope);
    values = next;
    offset += outputs * (inputs + 1);
  }
  let cotangent: Float64Array = parameters.subarray(offset, offset + layers[layers.length - 1].inputs);
  for (let layer = layers.length - 2; layer >= 0; layer--) {
    const { inputs, outputs } = layers[layer];
    offset -= outputs * (inputs + 1);
    const before = new Float64Array(inputs);
    for (let row = 0; row < outputs; row++) {
      const factor = cotangent[row] * slopes[layer][row];
      for (let column = 0; column < inputs; column++)
        before[column] += factor * parameters[offset + row * inputs + column];
    }
    cotangent = before;
  }
  into.set(cotangent);
}
