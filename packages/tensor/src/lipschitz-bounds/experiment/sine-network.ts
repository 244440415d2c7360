import type { Network, NetworkLayer } from "../network.ts";

/** The networks that the specification's table was computed for: weights sin(…)·√(3/inputs) from their (0-based) indices. */
export function sineNetwork(widths: readonly number[], activation: "relu" | "tanh" | "sigmoid" = "relu"): Network {
  const layers = widths.slice(1).flatMap((outputs, k): NetworkLayer[] => {
    const inputs = widths[k];
    const weights = Float64Array.from({ length: outputs * inputs }, (_, index) => {
      const [i, j] = [Math.floor(index / inputs), index % inputs];
      const phase = 1 + 12.9898 * (i + 1) + 78.233 * (j + 1) + 37.719 * (k + 1) + 0.7 * (i + 1) * (j + 1);
      return Math.sin(phase) * Math.sqrt(3 / inputs);
    });
    const bias = Float64Array.from({ length: outputs }, (_, i) => 0.1 * Math.cos(1 + 5.1 * i + k));
    const dense = { kind: "dense", weights, bias } as const;
    return k < widths.length - 2 ? [dense, { kind: activation }] : [dense];
  });
  return { inputShape: [widths[0]], layers };
}
