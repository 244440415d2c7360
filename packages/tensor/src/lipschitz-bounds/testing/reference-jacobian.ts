import type { ConvolutionLayer, MaxPoolLayer, Network, NetworkLayer } from "../network.ts";

/** How far from a kink a number is taken to be on it. */
const ON_KINK = 1e-12;

interface Linear {
  /** Derivative of what follows in the layer's input, from that in its output. */
  pullback(gradient: readonly number[]): number[];
}

export interface Evaluation {
  readonly values: number[];
  /** [outputs][inputs]. */
  readonly jacobian: number[][];
}

/**
 * A network and one of its Clarke Jacobians at a point, by plain loops over its layers as they are declared; nothing of the propagation's code is used.
 *
 * @param weight number in [0, 1] for the side taken at a kink, drawn anew at each.
 */
export function evaluate(network: Network, point: readonly number[], weight: () => number): Evaluation {
  const { values, pullback } = run(network.layers, point, network.inputShape, weight);
  return { values, jacobian: values.map((_, output) => pullback(values.map((_, index) => Number(index === output)))) };
}

interface Pass extends Linear {
  readonly values: number[];
  readonly shape: readonly number[];
}

function run(
  layers: readonly NetworkLayer[],
  point: readonly number[],
  inputShape: readonly number[],
  weight: () => number,
): Pass {
  let values = [...point];
  let shape = inputShape;
  const tape: Linear[] = [];
  for (const layer of layers) {
    const before = values;
    if (layer.kind === "dense") {
      const rows = layer.weights.length / before.length;
      values = Array.from({ length: rows }, (_, row) =>
        before.reduce(
          (sum, value, column) => sum + layer.weights[row * before.length + column] * value,
          layer.bias?.[row] ?? 0,
        ),
      );
      shape = [rows];
      tape.push({
        pullback: (gradient) =>
          before.map((_, column) =>
            gradient.reduce((sum, each, row) => sum + each * layer.weights[row * before.length + column], 0),
          ),
      });
    } else if (layer.kind === "convolution") {
      const taps = convolutionTaps(layer, shape);
      shape = taps.shape;
      values = Array.from(
        { length: shape.reduce((a, b) => a * b) },
        (_, index) => layer.bias?.[Math.floor(index / (shape[1] * shape[2]))] ?? 0,
      );
      for (const [output, input, tap] of taps.list) values[output] += layer.filter[tap] * before[input];
      tape.push({
        pullback: (gradient) => {
          const result = new Array<number>(before.length).fill(0);
          for (const [output, input, tap] of taps.list) result[input] += layer.filter[tap] * gradient[output];
          return result;
        },
      });
    } else if (layer.kind === "max-pool") {
      const pooled = pool(layer, shape, before, weight);
      shape = pooled.shape;
      values = pooled.values;
      tape.push(pooled);
    } else if (layer.kind === "residual") {
      const branch = run(layer.layers, before, shape, weight);
      const shortcut = run(layer.shortcut ?? [], before, shape, weight);
      shape = branch.shape;
      values = branch.values.map((value, index) => value + shortcut.values[index]);
      tape.push({
        pullback(gradient) {
          const beside = shortcut.pullback(gradient);
          return branch.pullback(gradient).map((value, index) => value + beside[index]);
        },
      });
    } else {
      const slopes = before.map((z) => {
        if (layer.kind === "tanh") return 1 / Math.cosh(z) ** 2;
        if (layer.kind === "sigmoid") return 1 / (4 * Math.cosh(z / 2) ** 2);
        const slope = layer.kind === "relu" ? 0 : (layer.slope ?? 0.01);
        const share = Math.abs(z) <= ON_KINK ? weight() : Number(z > 0);
        return slope + (1 - slope) * share;
      });
      values = before.map((z, index) =>
        layer.kind === "tanh" ? Math.tanh(z) : layer.kind === "sigmoid" ? 1 / (1 + Math.exp(-z)) : z * slopes[index],
      );
      tape.push({ pullback: (gradient) => gradient.map((each, index) => each * slopes[index]) });
    }
  }
  return {
    values,
    shape,
    pullback: (gradient) => tape.reduceRight<number[]>((each, layer) => layer.pullback(each), [...gradient]),
  };
}

/** Output, input and weight of every product of a two-dimensional convolution with one stride and one padding. */
function convolutionTaps(layer: ConvolutionLayer, [channels, height, width]: readonly number[]) {
  const [window, stride, padding, groups] = [
    layer.window,
    layer.stride ?? 1,
    layer.padding ?? 0,
    layer.groups ?? 1,
  ] as number[];
  const filters = layer.filter.length / ((channels / groups) * window ** 2);
  const [rows, columns] = [height, width].map((extent) => Math.floor((extent + 2 * padding - window) / stride) + 1);
  const list: [output: number, input: number, tap: number][] = [];
  for (let filter = 0; filter < filters; filter++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < channels / groups; channel++)
          for (let tap = 0; tap < window ** 2; tap++) {
            const y = row * stride + Math.floor(tap / window) - padding;
            const x = column * stride + (tap % window) - padding;
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            const from = Math.floor((filter * groups) / filters) * (channels / groups) + channel;
            list.push([
              (filter * rows + row) * columns + column,
              (from * height + y) * width + x,
              (filter * (channels / groups) + channel) * window ** 2 + tap,
            ]);
          }
  return { list, shape: [filters, rows, columns] };
}

function pool(
  layer: MaxPoolLayer,
  [channels, height, width]: readonly number[],
  before: readonly number[],
  weight: () => number,
) {
  const window = layer.window as number;
  const stride = (layer.stride ?? window) as number;
  const [rows, columns] = [height, width].map((extent) => Math.floor((extent - window) / stride) + 1);
  const values: number[] = [];
  const shares: (readonly [input: number, share: number])[][] = [];
  for (let at = 0; at < channels * rows * columns; at++) {
    const [channel, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
    const members = Array.from({ length: window ** 2 }, (_, tap) => {
      const y = row * stride + Math.floor(tap / window);
      return (channel * height + y) * width + column * stride + (tap % window);
    });
    const most = Math.max(...members.map((input) => before[input]));
    const tied = members.filter((input) => before[input] >= most - ON_KINK);
    const weights = tied.map(() => (tied.length === 1 ? 1 : weight() + 1e-3));
    const total = weights.reduce((a, b) => a + b);
    values.push(most);
    shares.push(tied.map((input, index) => [input, weights[index] / total] as const));
  }
  return {
    values,
    shape: [channels, rows, columns],
    pullback: (gradient: readonly number[]) => {
      const result = new Array<number>(before.length).fill(0);
      for (const [at, own] of shares.entries()) for (const [input, share] of own) result[input] += share * gradient[at];
      return result;
    },
  };
}
