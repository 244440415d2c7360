import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { InvalidInputError } from "../errors.ts";
import { gather } from "../kernels/gather/index.ts";
import { subtract } from "../kernels/map/binary.ts";
import { caseRandom } from "../testing/index.ts";
import { type NeighbourGraph, nearestNeighbours, radiusGraph } from "./neighbours.ts";
import { segmentSum } from "./segments.ts";

/** Lists of neighbours, point by point. */
function lists({ offsets, neighbours }: NeighbourGraph): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, i) => [...neighbours.subarray(offsets[i], offsets[i + 1])]);
}

/** Squared distances of all pairs, by plain loops. */
function distances(points: readonly number[][], box: readonly number[] | undefined): number[][] {
  return points.map((a) =>
    points.map((b) =>
      a.reduce((sum, value, axis) => {
        const period = box?.[axis] ?? Number.POSITIVE_INFINITY;
        const difference = b[axis] - value;
        // Images up to two periods away: the points lie within one of the box.
        const images = Number.isFinite(period)
          ? [-2, -1, 0, 1, 2].map((image) => difference + image * period)
          : [difference];
        return sum + Math.min(...images.map((image) => image * image));
      }, 0),
    ),
  );
}

const cloud = fc.integer({ min: 1, max: 4 }).chain((dimension) =>
  fc.record({
    // Quarters: exact in binary, with ties and points in one place.
    points: fc.array(
      fc.array(
        fc.integer({ min: -8, max: 8 }).map((value) => value / 4),
        { minLength: dimension, maxLength: dimension },
      ),
      { minLength: 1, maxLength: 60 },
    ),
    box: fc.option(
      fc.array(fc.constantFrom(2.5, 4, Number.POSITIVE_INFINITY), { minLength: dimension, maxLength: dimension }),
      { nil: undefined },
    ),
    includeSelf: fc.boolean(),
  }),
);

describe("neighbours", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  const upload = (points: readonly number[][]) =>
    device.tensor(Float64Array.from(points.flat()), [points.length, points[0].length]);

  it("within a radius are those that plain loops find, in any dimension and box", async () => {
    await fc.assert(
      fc.asyncProperty(cloud, fc.constantFrom(0.25, 0.75, 1, 3), async ({ points, box, includeSelf }, radius) => {
        using x = upload(points);
        const graph = await radiusGraph(x, radius, box ? { box, includeSelf } : { includeSelf });
        const expected = distances(points, box).map((row, i) =>
          row.flatMap((distance, j) => (distance <= radius * radius && (includeSelf || i !== j) ? [j] : [])),
        );
        expect(lists(graph)).toEqual(expected);
        expect([...graph.targets]).toEqual(expected.flatMap((list, i) => list.map(() => i)));
      }),
      { numRuns: 60 },
    );
  });

  it("in order of distance are those that plain loops find, in any dimension and box", async () => {
    await fc.assert(
      fc.asyncProperty(cloud, fc.nat(), async ({ points, box, includeSelf }, draw) => {
        const k = draw % (points.length + (includeSelf ? 1 : 0));
        using x = upload(points);
        const graph = await nearestNeighbours(x, k, box ? { box, includeSelf } : { includeSelf });
        const expected = distances(points, box).map((row, i) =>
          row
            .map((_, j) => j)
            .filter((j) => includeSelf || j !== i)
            .sort((a, b) => row[a] - row[b] || a - b)
            .slice(0, k),
        );
        expect(lists(graph)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("of many random points are right where it is checked, and their relation symmetric", async () => {
    const points = Array.from({ length: 3000 }, (_, i) => [...caseRandom(i).array([3], "float64").data]);
    using x = upload(points);
    const graph = lists(await radiusGraph(x, 0.3));
    const sets = graph.map((list) => new Set(list));
    for (const [i, list] of graph.entries()) for (const j of list) expect(sets[j].has(i)).toBe(true);
    for (const i of [0, 700, 2999]) {
      const near = points.flatMap((point, j) => (j !== i && squared(point, points[i]) <= 0.09 ? [j] : []));
      expect(graph[i]).toEqual(near);
    }
  });

  it("carry messages by gather and segmentSum", async () => {
    using x = upload([[0], [1], [3]]);
    const { neighbours, targets } = await radiusGraph(x, 2);
    using total = device.scope(() => {
      const [from, to] = [device.tensor(neighbours), device.tensor(targets)];
      return segmentSum(subtract(gather(x, from), gather(x, to)), to, 3, { sorted: true });
    });
    // Sums of the differences to the neighbours: 1; −1 + 2; −2.
    expect([...(await total.data())]).toEqual([1, 1, -2]);
  });

  it("of no points, and of points in one place", async () => {
    using none = device.zeros([0, 3], "float32");
    expect(lists(await radiusGraph(none, 1))).toEqual([]);
    expect(lists(await nearestNeighbours(none, 0))).toEqual([]);
    using same = device.zeros([40, 2], "float32");
    const { neighbours } = await radiusGraph(same, 1e-300);
    expect(neighbours.length).toBe(40 * 39);
    expect(lists(await nearestNeighbours(same, 2))[5]).toEqual([0, 1]);
  });

  it("are refused for bad points, radii, counts and boxes", async () => {
    using x = device.zeros([3, 2], "float32");
    using flat = device.zeros([3], "float32");
    using integers = device.zeros([3, 2], "int32");
    using bad = device.tensor([0, Number.NaN, 1, Number.POSITIVE_INFINITY], [2, 2]);
    const refuses = (run: Promise<unknown>, argument: string) =>
      expect(run).rejects.toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    await refuses(radiusGraph(flat, 1), "radiusGraph: points");
    await refuses(radiusGraph(integers, 1), "radiusGraph: points");
    await refuses(radiusGraph(bad, 1), "radiusGraph: points");
    for (const radius of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) await refuses(radiusGraph(x, radius), "radius");
    await refuses(radiusGraph(x, 1, { box: [1] }), "radiusGraph: box");
    await refuses(radiusGraph(x, 1, { box: [1, 0] }), "radiusGraph: box");
    for (const k of [3, -1, 0.5]) await refuses(nearestNeighbours(x, k), "k");
    await refuses(nearestNeighbours(x, 1, { box: [Number.NaN, 1] }), "nearestNeighbours: box");
  });
});

function squared(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, axis) => sum + (value - b[axis]) ** 2, 0);
}
