import { isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { KdTree } from "./kd-tree.ts";

/** A directed graph on points, as compressed rows: the neighbours of point i are `neighbours[offsets[i]] … neighbours[offsets[i + 1] − 1]`. */
export interface NeighbourGraph {
  /** One more than there are points. */
  readonly offsets: Int32Array<ArrayBuffer>;
  /** One for each edge. */
  readonly neighbours: Int32Array<ArrayBuffer>;
  /** The point that each edge belongs to, ascending: segment ids for `segmentSum(…, { sorted: true })`. */
  readonly targets: Int32Array<ArrayBuffer>;
}

export interface NeighbourOptions {
  /** Periods of the coordinates, in their units: distances are to the nearest image. `Infinity` for an axis that is not periodic. Default: none is. */
  readonly box?: readonly number[];
  /** Whether a point is a neighbour of its own. Default: false. */
  readonly includeSelf?: boolean;
}

/**
 * The graph of all pairs of points at most `radius` apart. Found on the host by a k-d tree, in float64: n log n for a bounded number of neighbours. The graph is a constant to derivatives.
 *
 * @param points float32 or float64 [n, d], any d ≥ 1.
 * @param radius positive, in the units of the points.
 * @returns neighbours of each point in ascending order; symmetric.
 * @throws InvalidInputError when the points are no finite [n, d], the radius is not positive and finite, or the box does not fit.
 */
export async function radiusGraph(
  points: Tensor,
  radius: number,
  { box, includeSelf = false }: NeighbourOptions = {},
): Promise<NeighbourGraph> {
  if (!(radius > 0 && Number.isFinite(radius))) throw new InvalidInputError("radius", "a positive number", radius);
  const { tree, count, position } = await treeOf("radiusGraph", points, box);
  return graphOf(count, (point) => {
    const found: number[] = [];
    tree.within(position(point), radius, found);
    const others = includeSelf ? found : found.filter((each) => each !== point);
    return others.sort((a, b) => a - b);
  });
}

/**
 * The graph of the k nearest neighbours of each point, the nearest first; of equally distant ones the first in number. Found on the host by a k-d tree, in float64; in high dimensions
 * that comes down to looking at all pairs. The graph is a constant to derivatives.
 *
 * @param points float32 or float64 [n, d], any d ≥ 1.
 * @param k less than n (at most n, where a point is a neighbour of its own).
 * @throws InvalidInputError when the points are no finite [n, d], there are fewer than k neighbours, or the box does not fit.
 */
export async function nearestNeighbours(
  points: Tensor,
  k: number,
  { box, includeSelf = false }: NeighbourOptions = {},
): Promise<NeighbourGraph> {
  const most = Math.max(0, (points.shape[0] ?? 0) - (includeSelf ? 0 : 1));
  if (!Number.isInteger(k) || k < 0 || k > most) throw new InvalidInputError("k", `an integer in [0, ${most}]`, k);
  const { tree, count, position } = await treeOf("nearestNeighbours", points, box);
  return graphOf(count, (point) => tree.nearest(position(point), k, includeSelf ? -1 : point));
}

async function treeOf(
  operation: string,
  points: Tensor,
  box: readonly number[] | undefined,
): Promise<{ tree: KdTree; count: number; position: (point: number) => Float64Array }> {
  const [count, dimension] = points.shape;
  if (points.rank !== 2 || dimension === 0 || !isFloat(points.dtype))
    throw new InvalidInputError(
      `${operation}: points`,
      "a float tensor of shape [n, d] with d ≥ 1",
      `${points.dtype} [${points.shape}]`,
    );
  if (box !== undefined && (box.length !== dimension || !box.every((period) => period > 0)))
    throw new InvalidInputError(`${operation}: box`, `${dimension} positive periods`, box);
  const coordinates = Float64Array.from(await points.data());
  const wrong = coordinates.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new InvalidInputError(
      `${operation}: points`,
      "finite coordinates",
      `${coordinates[wrong]} at point ${Math.floor(wrong / dimension)}`,
    );
  const periods = box ?? new Array<number>(dimension).fill(Number.POSITIVE_INFINITY);
  return {
    tree: new KdTree(coordinates, dimension, periods),
    count,
    position: (point) => coordinates.subarray(point * dimension, (point + 1) * dimension),
  };
}

function graphOf(count: number, neighboursOf: (point: number) => readonly number[]): NeighbourGraph {
  const offsets = new Int32Array(count + 1);
  const neighbours: number[] = [];
  for (let point = 0; point < count; point++) {
    for (const each of neighboursOf(point)) neighbours.push(each);
    offsets[point + 1] = neighbours.length;
  }
  const targets = new Int32Array(neighbours.length);
  for (let point = 0; point < count; point++) targets.fill(point, offsets[point], offsets[point + 1]);
  return { offsets, neighbours: Int32Array.from(neighbours), targets };
}
