import type { DenseLayer, Network } from "../network.ts";

type Point = readonly [x: number, y: number];

/** An affine function of two inputs: constant, and slopes in each. */
type Affine = readonly [constant: number, x: number, y: number];

/**
 * The exact Lipschitz constant (infinity norm) of the first output of a network of dense layers and ReLUs with two inputs: its activation regions are enumerated, polygons in the
 * box that each neuron's kink cuts in two, and the largest gradient taken.
 */
export function exactConstant(
  { layers }: Network,
  [lower, upper]: readonly [Point, Point],
): { readonly constant: number; readonly regions: number } {
  const dense = layers.filter((layer): layer is DenseLayer => layer.kind === "dense");
  let constant = 0;
  let regions = 0;
  const visit = (polygon: readonly Point[], inputs: readonly Affine[], layer: number): void => {
    const outputs = apply(dense[layer], inputs);
    if (layer === dense.length - 1) {
      regions++;
      constant = Math.max(constant, Math.abs(outputs[0][1]) + Math.abs(outputs[0][2]));
      return;
    }
    const split = (part: readonly Point[], activations: readonly Affine[]): void => {
      if (activations.length === outputs.length) {
        visit(part, activations, layer + 1);
        return;
      }
      const z = outputs[activations.length];
      const above = clip(part, z);
      const below = clip(part, [-z[0], -z[1], -z[2]]);
      if (above) split(above, [...activations, z]);
      if (below) split(below, [...activations, [0, 0, 0]]);
    };
    split(polygon, []);
  };
  const corners: Point[] = [lower, [upper[0], lower[1]], upper, [lower[0], upper[1]]];
  const identity: Affine[] = [
    [0, 1, 0],
    [0, 0, 1],
  ];
  visit(corners, identity, 0);
  return { constant, regions };
}

function apply({ weights, bias }: DenseLayer, inputs: readonly Affine[]): Affine[] {
  const rows = weights.length / inputs.length;
  return Array.from({ length: rows }, (_, row) => {
    const sum = [bias?.[row] ?? 0, 0, 0];
    for (const [column, input] of inputs.entries())
      for (let part = 0; part < 3; part++) sum[part] += weights[row * inputs.length + column] * input[part];
    return sum as unknown as Affine;
  });
}

/** The part of a convex polygon where an affine function is positive; undefined when it has no interior. */
function clip(polygon: readonly Point[], [constant, byX, byY]: Affine): readonly Point[] | undefined {
  const values = polygon.map(([x, y]) => constant + byX * x + byY * y);
  if (!values.some((value) => value > 1e-13)) return undefined;
  const kept: Point[] = [];
  for (const [index, from] of polygon.entries()) {
    const next = (index + 1) % polygon.length;
    const to = polygon[next];
    if (values[index] >= 0) kept.push(from);
    if (values[index] < 0 === values[next] < 0) continue;
    const share = values[index] / (values[index] - values[next]);
    kept.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
  }
  return kept;
}
