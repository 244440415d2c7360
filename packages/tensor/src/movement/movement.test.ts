import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { InvalidInputError } from "../errors.ts";
import { referenceArray } from "../kernel.ts";
import { concatenate, stack } from "../kernels/concatenate/index.ts";
import type { Tensor } from "../tensor.ts";
import { testDerivatives, testDevices } from "../testing/index.ts";
import { broadcastTo, expandDims, flip, squeeze, tile, transpose } from "./axes.ts";
import { oneHot } from "./one-hot.ts";
import { type PadMode, pad, roll, type SliceRange, slice, splitAlong } from "./slices.ts";

const matrix = referenceArray("float64", [3, 4], [0.3, -0.7, 1.1, 0.45, -0.2, 0.9, -1.3, 0.6, 0.25, 0.8, -0.55, 1.4]);
const other = referenceArray("float64", [2, 4], [0.5, -1.2, 0.75, 0.33, 0.1, 0.9, -0.6, 0.2]);
await testDerivatives("transpose", (x) => transpose(x), [matrix]);
await testDerivatives(
  "slice",
  (x) =>
    slice(x, [
      [0, 2],
      [3, null, -2],
    ]),
  [matrix],
);
await testDerivatives("flip", (x) => flip(x, { axes: 1 }), [matrix]);
await testDerivatives("broadcastTo", (x) => broadcastTo(expandDims(x, 1), [2, 3, 5, 4]), [matrix]);
await testDerivatives("tile", (x) => tile(x, [2, 1, 3]), [matrix]);
await testDerivatives("roll", (x) => roll(x, [1, -5]), [matrix]);
await testDerivatives("concatenate", (x, y) => concatenate([x, y, x]), [matrix, other]);
await testDerivatives("stack", (x) => stack([x, flip(x)], { axis: 1 }), [matrix]);
await testDerivatives("splitAlong", (x) => concatenate(splitAlong(x, [1, 3], { axis: 1 }).reverse(), { axis: 1 }), [
  matrix,
]);
for (const mode of ["zero", "periodic", "reflect", "edge"] as const)
  await testDerivatives(
    `pad, ${mode}`,
    (x) =>
      pad(
        x,
        [
          [2, 1],
          [0, 3],
        ],
        { mode },
      ),
    [matrix],
  );

const numbers = referenceArray(
  "complex128",
  [2, 3],
  [0.3, -0.7, 1.1, 0.45, -0.2, 0.9, -1.3, 0.6, 0.25, 0.8, -0.55, 1.4],
);
await testDerivatives("transpose, complex", (z) => transpose(z), [numbers]);
await testDerivatives("broadcastTo, complex", (z) => broadcastTo(z, [2, 2, 3]), [numbers]);
await testDerivatives(
  "pad with zeros and concatenate, complex",
  (z) => concatenate([pad(z, [[1, 2]]), roll(z, 1)], { axis: 1 }),
  [numbers],
);
await testDerivatives("expandDims, squeeze", (x) => squeeze(expandDims(x, 1)), [matrix]);

/** Nested lists as NumPy sees them. */
type Nested = number | Nested[];

function nested(values: ArrayLike<number>, shape: readonly number[]): Nested {
  const [extent, ...rest] = shape;
  if (extent === undefined) return values[0];
  const size = rest.reduce((product, each) => product * each, 1);
  return Array.from({ length: extent }, (_, index) =>
    nested(Array.from(values).slice(index * size, (index + 1) * size), rest),
  );
}

for (const { label, open } of await testDevices())
  describe(`movement on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    const counting = (shape: readonly number[]) =>
      device.tensor(
        Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => k),
        shape,
      );
    const listOf = async (x: Tensor) => nested(await x.data(), x.shape);

    it("slices as JavaScript and NumPy do", async () => {
      const bound = fc.option(fc.integer({ min: -9, max: 9 }), { nil: null });
      const step = fc.constantFrom(1, 2, 3, -1, -2, -4);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 7 }), bound, bound, step, async (extent, start, stop, by) => {
          using x = counting([extent]);
          using y = slice(x, [[start, stop, by]]);
          // What the definition says, index by index.
          const low = by > 0 ? 0 : -1;
          const high = by > 0 ? extent : extent - 1;
          const clamp = (each: number) => Math.min(high, Math.max(low, each < 0 ? each + extent : each));
          const first = start === null ? (by > 0 ? 0 : extent - 1) : clamp(start);
          const last = stop === null ? (by > 0 ? extent : -1) : clamp(stop);
          const expected: number[] = [];
          for (let index = first; by > 0 ? index < last : index > last; index += by) expected.push(index);
          expect([...(await y.data())]).toEqual(expected);
        }),
        { numRuns: 60 },
      );
      using x = counting([3, 4]);
      using last = slice(x, [[-1, null]]);
      expect(await listOf(last)).toEqual([[8, 9, 10, 11]]);
      const inner: readonly SliceRange[] = [null, [1, 3]];
      using columns = slice(x, inner);
      expect(await listOf(columns)).toEqual([
        [1, 2],
        [5, 6],
        [9, 10],
      ]);
    });

    it("transposes, flips, rolls and repeats", async () => {
      using x = counting([2, 3]);
      using deep = counting([2, 3, 2]);
      const results: [Tensor, Nested][] = device.scope(() => [
        [
          transpose(x),
          [
            [0, 3],
            [1, 4],
            [2, 5],
          ],
        ],
        [
          transpose(deep, [1, -1, 0]),
          [
            [
              [0, 6],
              [1, 7],
            ],
            [
              [2, 8],
              [3, 9],
            ],
            [
              [4, 10],
              [5, 11],
            ],
          ],
        ],
        [
          flip(x, { axes: -1 }),
          [
            [2, 1, 0],
            [5, 4, 3],
          ],
        ],
        [
          flip(x),
          [
            [5, 4, 3],
            [2, 1, 0],
          ],
        ],
        [
          roll(x, 1, { axes: 1 }),
          [
            [2, 0, 1],
            [5, 3, 4],
          ],
        ],
        [
          roll(x, [1, -1]),
          [
            [4, 5, 3],
            [1, 2, 0],
          ],
        ],
        [
          tile(x, [1, 2]),
          [
            [0, 1, 2, 0, 1, 2],
            [3, 4, 5, 3, 4, 5],
          ],
        ],
        [tile(slice(x, [[0, 1]]), [2, 1, 1]), [[[0, 1, 2]], [[0, 1, 2]]]],
        [
          broadcastTo(slice(x, [[1, 2]]), [2, 2, 3]),
          [
            [
              [3, 4, 5],
              [3, 4, 5],
            ],
            [
              [3, 4, 5],
              [3, 4, 5],
            ],
          ],
        ],
        [
          squeeze(expandDims(x, -2), 1),
          [
            [0, 1, 2],
            [3, 4, 5],
          ],
        ],
        [
          stack([x, x], { axis: -1 }),
          [
            [
              [0, 0],
              [1, 1],
              [2, 2],
            ],
            [
              [3, 3],
              [4, 4],
              [5, 5],
            ],
          ],
        ],
        [
          concatenate(splitAlong(x, 3, { axis: 1 }).reverse(), { axis: 1 }),
          [
            [2, 1, 0],
            [5, 4, 3],
          ],
        ],
        [
          oneHot(device.tensor(Int32Array.of(1, 3, -1)), 3, { dtype: "int32" }),
          [
            [0, 1, 0],
            [0, 0, 0],
            [0, 0, 0],
          ],
        ],
      ]);
      for (const [result, expected] of results) {
        expect(await listOf(result)).toEqual(expected);
        result.dispose();
      }
    });

    it("pads in every mode, the second half of an axis included", async () => {
      const modes: Record<PadMode, number[]> = {
        zero: [0, 0, 0, 1, 2, 0, 0],
        periodic: [1, 2, 0, 1, 2, 0, 1],
        reflect: [2, 1, 0, 1, 2, 1, 0],
        edge: [0, 0, 0, 1, 2, 2, 2],
      };
      for (const [mode, expected] of Object.entries(modes)) {
        using x = counting([3]);
        using y = pad(x, [[2, 2]], { mode: mode as PadMode });
        expect([...(await y.data())], mode).toEqual(expected);
      }
      using x = counting([2, 2]);
      using inner = pad(x, [[1, 0]], { mode: "edge" });
      expect(await listOf(inner)).toEqual([
        [0, 0, 1],
        [2, 2, 3],
      ]);
    });

    it("moves a value of any dtype, by its bits", async () => {
      using x = device.tensor(Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, -0, 1), [2, 2]);
      using y = transpose(x);
      expect([...(await y.data())]).toEqual([Number.NaN, -0, Number.NEGATIVE_INFINITY, 1]);
    });

    it("refuses what does not fit, naming the argument", () => {
      device.scope(() => {
        const x = counting([2, 3]);
        const refuses = (run: () => unknown, argument: string) =>
          expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => transpose(x, [0, 0]), "transpose: permutation");
        refuses(() => transpose(x, [0]), "transpose: permutation");
        refuses(() => flip(x, { axes: 2 }), "flip: axis");
        refuses(() => squeeze(x, 0), "squeeze: axes");
        refuses(() => broadcastTo(x, [3]), "broadcastTo: shape");
        refuses(() => tile(x, [-1]), "tile: repetitions");
        refuses(() => slice(x, [null, null, null]), "slice: ranges");
        refuses(() => slice(x, [[0, 1, 0]]), "slice: ranges");
        refuses(() => splitAlong(x, 2, { axis: 1 }), "splitAlong: sections");
        refuses(() => splitAlong(x, [1, 1], { axis: 1 }), "splitAlong: sections");
        refuses(() => pad(x, [[-1, 0]]), "pad: widths");
        refuses(() => pad(x, [[0, 3]], { mode: "reflect" }), "pad: widths");
        refuses(() => pad(x, [[1, 0]], { mode: "mirror" as "zero" }), "pad: options.mode");
        refuses(() => roll(x, [1], { axes: [0, 1] }), "roll: shifts");
        refuses(() => roll(x, 1, { axes: [0, 0] }), "roll: axis");
        refuses(() => oneHot(device.zeros([2], "float32"), 3), "oneHot: indices");
        refuses(() => concatenate([x, counting([2, 2])]), "concatenate: tensors[1]");
        refuses(() => concatenate([x, device.zeros([2, 3], "float32")]), "concatenate: tensors[1]");
        refuses(() => concatenate([x], { axis: 2 }), "concatenate: axis");
        refuses(() => stack([x, counting([3, 2])]), "stack: tensors");
        refuses(() => stack([]), "stack: tensors");
      });
    });
  });
