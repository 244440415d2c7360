import { drawNormal } from "../../random/host-draws.ts";
import type { Network, NetworkLayer } from "../network.ts";

/** Numbers like weights, from a seed. */
export function normals(seed: number, count: number, scale = 1): Float64Array<ArrayBuffer> {
  return drawNormal([seed, 0, 0, 0], count, "float64").map((value) => value * scale);
}

/** Dense layers with random weights and an activation between. */
export function denseNetwork(seed: number, widths: readonly number[], activation: NetworkLayer): Network {
  const layers = widths.slice(1).flatMap((outputs, index): NetworkLayer[] => {
    const inputs = widths[index];
    const dense = {
      kind: "dense",
      weights: normals(seed + 2 * index, outputs * inputs, Math.sqrt(2 / inputs)),
      bias: normals(seed + 2 * index + 1, outputs, 0.1),
    } as const;
    return index < widths.length - 2 ? [dense, activation] : [dense];
  });
  return { inputShape: [widths[0]], layers };
}

/** Convolution, ReLU, max-pooling, dense: every kind of layer that images meet. */
export function convolutionalNetwork(
  seed: number,
  pooling: { readonly window: number; readonly stride?: number },
): Network {
  const [filters, edge] = [3, 6];
  const { window, stride = window } = pooling;
  const small = Math.floor((edge - window) / stride) + 1;
  return {
    inputShape: [2, edge, edge],
    layers: [
      {
        kind: "convolution",
        filter: normals(seed, filters * 2 * 9, 0.3),
        window: 3,
        padding: 1,
        bias: normals(seed + 1, filters, 0.1),
      },
      { kind: "relu" },
      { kind: "max-pool", ...pooling },
      { kind: "dense", weights: normals(seed + 2, 5 * filters * small ** 2, 0.3), bias: normals(seed + 3, 5, 0.1) },
      { kind: "leaky-relu", slope: 0.1 },
      { kind: "dense", weights: normals(seed + 4, 2 * 5, 0.5) },
    ],
  };
}

/** Residual blocks of convolutions, the second with a strided shortcut and one within, then a dense one: an image classifier with skips. */
export function residualNetwork(seed: number, activation: NetworkLayer): Network {
  const convolution = (index: number, filters: number, channels: number, window: number, stride = 1) =>
    ({
      kind: "convolution",
      filter: normals(seed + 2 * index, filters * channels * window ** 2, 0.5 / window),
      window,
      stride,
      padding: (window - 1) / 2,
      bias: normals(seed + 2 * index + 1, filters, 0.1),
    }) as const;
  const dense = (index: number, outputs: number, inputs: number) =>
    ({
      kind: "dense",
      weights: normals(seed + 2 * index, outputs * inputs, Math.sqrt(1 / inputs)),
      bias: normals(seed + 2 * index + 1, outputs, 0.1),
    }) as const;
  return {
    inputShape: [2, 4, 4],
    layers: [
      { kind: "residual", layers: [convolution(0, 2, 2, 3), activation, convolution(1, 2, 2, 3)] },
      activation,
      {
        kind: "residual",
        layers: [
          convolution(2, 3, 2, 3, 2),
          activation,
          { kind: "residual", layers: [convolution(3, 3, 3, 1), activation] },
        ],
        shortcut: [convolution(4, 3, 2, 1, 2)],
      },
      dense(5, 4, 12),
      { kind: "residual", layers: [dense(6, 5, 4), activation, dense(7, 4, 5)] },
      activation,
      dense(8, 2, 4),
    ],
  };
}
