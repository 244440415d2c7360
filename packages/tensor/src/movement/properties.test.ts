import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { componentsPerElement, type DType, hostArray } from "../dtype.ts";
import { concatenate, stack } from "../kernels/concatenate/index.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { testDevices } from "../testing/index.ts";
import { broadcastTo, expandDims, flip, squeeze, tile, transpose } from "./axes.ts";
import { type PadMode, pad, roll, type SliceRange, slice, splitAlong } from "./slices.ts";

const RUNS = { numRuns: 40 };

/** Where an element of a result comes from: a position in the input, or null for a zero. */
type Source = (index: readonly number[]) => readonly number[] | null;

/** Shapes of up to six axes; some have no elements. */
const shapes = (minimumRank = 0) => fc.array(fc.integer({ min: 0, max: 3 }), { minLength: minimumRank, maxLength: 6 });
/** A shape together with something for each axis. */
const perAxis = <T>(value: (extent: number) => fc.Arbitrary<T>, minimumRank = 0) =>
  shapes(minimumRank).chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(value))));
const axisOf = (shape: Shape) => fc.integer({ min: -shape.length, max: shape.length - 1 });
const axesOf = (shape: Shape) => fc.subarray(shape.map((_, axis) => axis));
const modulo = (k: number, extent: number) => ((k % extent) + extent) % extent;

for (const { label, open } of await testDevices())
  describe(`movement on ${label}, as NumPy defines it index by index`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    /** 1, 2, 3, … (of complex numbers both parts; of bools their last bits). */
    const counting = (shape: Shape, dtype: DType, first = 1) => {
      const values = hostArray(dtype, sizeOf(shape));
      for (let k = 0; k < values.length; k++) values[k] = dtype === "bool" ? (first + k) % 2 : first + k;
      return device.tensor(values, shape, dtype);
    };
    const dtypes = () => fc.constantFrom(...device.description.dtypes);

    async function expectMoved(y: Tensor, shape: Shape, x: Tensor, source: Source): Promise<void> {
      const components = componentsPerElement(x.dtype);
      const values = await x.data();
      const strides = stridesOf(x.shape);
      const expected = hostArray(y.dtype, sizeOf(shape));
      for (let position = 0; position < sizeOf(shape); position++) {
        const from = source(stridesOf(shape).map((stride, axis) => Math.floor(position / stride) % shape[axis]));
        const start = from ? from.reduce((total, index, axis) => total + index * strides[axis], 0) * components : -1;
        for (let k = 0; k < components; k++) expected[position * components + k] = from ? values[start + k] : 0;
      }
      expect(y.shape).toEqual(shape);
      expect(y.dtype).toBe(x.dtype);
      expect(await y.data()).toEqual(expected);
    }

    it("transposes", () =>
      fc.assert(
        fc.asyncProperty(
          shapes().chain((shape) => {
            const axes = shape.map((_, axis) => axis);
            return fc.tuple(fc.constant(shape), fc.shuffledSubarray(axes, { minLength: axes.length }));
          }),
          dtypes(),
          async ([shape, permutation], dtype) => {
            using x = counting(shape, dtype);
            using y = transpose(x, permutation);
            const inverse = shape.map((_, axis) => permutation.indexOf(axis));
            const result = permutation.map((axis) => shape[axis]);
            await expectMoved(y, result, x, (index) => inverse.map((axis) => index[axis]));
          },
        ),
        RUNS,
      ));

    it("slices along every axis", () => {
      const bound = fc.option(fc.integer({ min: -4, max: 4 }), { nil: null });
      const range = fc.oneof(fc.constant(null), fc.tuple(bound, bound, fc.constantFrom(1, 2, -1, -2)));
      return fc.assert(
        fc.asyncProperty(
          perAxis(() => range),
          dtypes(),
          async ([shape, ranges], dtype) => {
            using x = counting(shape, dtype);
            using y = slice(x, ranges as SliceRange[]);
            const taken = shape.map((extent, axis) => indicesOf(ranges[axis], extent));
            const result = taken.map(({ length }) => length);
            await expectMoved(y, result, x, (index) => index.map((k, axis) => taken[axis][k]));
          },
        ),
        RUNS,
      );
    });

    it("flips and rolls", () =>
      fc.assert(
        fc.asyncProperty(
          perAxis(() => fc.integer({ min: -5, max: 5 })).chain(([shape, shifts]) =>
            fc.tuple(fc.constant(shape), fc.constant(shifts), axesOf(shape)),
          ),
          dtypes(),
          async ([shape, shifts, axes], dtype) => {
            using x = counting(shape, dtype);
            using flipped = flip(x, { axes });
            const mirrored = (k: number, axis: number) => (axes.includes(axis) ? shape[axis] - 1 - k : k);
            await expectMoved(flipped, shape, x, (index) => index.map(mirrored));
            using rolled = roll(
              x,
              axes.map((axis) => shifts[axis]),
              { axes },
            );
            const moved = (k: number, axis: number) =>
              axes.includes(axis) ? modulo(k - shifts[axis], shape[axis]) : k;
            await expectMoved(rolled, shape, x, (index) => index.map(moved));
          },
        ),
        RUNS,
      ));

    it("repeats: tile and broadcastTo", () =>
      fc.assert(
        fc.asyncProperty(
          perAxis(() => fc.integer({ min: 0, max: 2 })),
          fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
          dtypes(),
          async ([shape, counts], added, dtype) => {
            using x = counting(shape, dtype);
            using tiled = tile(x, [...added, ...counts]);
            const result = [...added, ...shape.map((extent, axis) => extent * counts[axis])];
            await expectMoved(tiled, result, x, (index) =>
              index.slice(added.length).map((k, axis) => modulo(k, shape[axis])),
            );
            const narrow = shape.map((extent, axis) => (counts[axis] === 1 ? extent : 1));
            using small = counting(narrow, dtype);
            using wide = broadcastTo(small, [...added, ...shape]);
            await expectMoved(wide, [...added, ...shape], small, (index) =>
              index.slice(added.length).map((k, axis) => (narrow[axis] === 1 ? 0 : k)),
            );
          },
        ),
        RUNS,
      ));

    it("pads in every mode", () => {
      const width = fc.integer({ min: 0, max: 2 });
      const modes = fc.constantFrom<PadMode>("zero", "periodic", "reflect", "edge");
      return fc.assert(
        fc.asyncProperty(
          fc
            .array(fc.integer({ min: 3, max: 4 }), { maxLength: 4 })
            .chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(() => fc.tuple(width, width))))),
          modes,
          dtypes(),
          async ([shape, widths], mode, dtype) => {
            using x = counting(shape, dtype);
            using y = pad(x, widths, { mode });
            const result = shape.map((extent, axis) => extent + widths[axis][0] + widths[axis][1]);
            await expectMoved(y, result, x, (index) => {
              const from = index.map((k, axis) => beyond(k - widths[axis][0], shape[axis], mode));
              return from.includes(-1) ? null : from;
            });
          },
        ),
        RUNS,
      );
    });

    it("joins and cuts: concatenate, stack and splitAlong undo each other", () =>
      fc.assert(
        fc.asyncProperty(
          shapes(1).chain((shape) =>
            fc.tuple(
              fc.constant(shape),
              axisOf(shape),
              fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
            ),
          ),
          dtypes(),
          async ([shape, axis, extents], dtype) => {
            const position = modulo(axis, shape.length);
            const starts = extents.map((_, part) => extents.slice(0, part).reduce((a, b) => a + b, 0));
            using x = counting(shape.with(position, starts.at(-1)! + extents.at(-1)!), dtype);
            const parts = splitAlong(x, extents, { axis });
            for (const [part, each] of parts.entries())
              await expectMoved(each, shape.with(position, extents[part]), x, (index) =>
                index.with(position, index[position] + starts[part]),
              );
            using joined = concatenate(parts, { axis });
            await expectMoved(joined, x.shape, x, (index) => index);
            using stacked = stack([joined, x], { axis });
            const deep = position + (axis < 0 ? 1 : 0);
            await expectMoved(stacked, x.shape.toSpliced(deep, 0, 2), x, (index) => index.toSpliced(deep, 1));
            for (const each of parts) each.dispose();
          },
        ),
        RUNS,
      ));

    it("adds and takes away axes of extent 1", () =>
      fc.assert(
        fc.asyncProperty(
          shapes().chain((shape) => fc.tuple(fc.constant(shape), axisOf([...shape, 1]))),
          dtypes(),
          async ([shape, axis], dtype) => {
            using x = counting(shape, dtype);
            using expanded = expandDims(x, axis);
            const position = modulo(axis, shape.length + 1);
            await expectMoved(expanded, shape.toSpliced(position, 0, 1), x, (index) => index.toSpliced(position, 1));
            using back = squeeze(expanded, axis);
            await expectMoved(back, shape, x, (index) => index);
          },
        ),
        RUNS,
      ));
  });

/** `range(extent)[start:stop:step]` of Python. */
function indicesOf(range: SliceRange, extent: number): number[] {
  const [start, stop, step = 1] = range ?? [null, null];
  const whole = (bound: number | null, missing: number) =>
    bound === null ? missing : bound < 0 ? bound + extent : bound;
  const all = Array.from({ length: extent }, (_, index) => index);
  if (step > 0) {
    const inside = all.slice(Math.max(0, whole(start, 0)), Math.max(0, whole(stop, extent)));
    return inside.filter((_, k) => k % step === 0);
  }
  const [high, low] = [whole(start, extent - 1), whole(stop, -1)];
  const inside = all.filter((index) => index <= high && index > low);
  return inside.reverse().filter((_, k) => k % step === 0);
}

/** Which element of an axis stands at position `k` of its continuation beyond both ends; −1 for a zero. */
function beyond(k: number, extent: number, mode: PadMode): number {
  if (k >= 0 && k < extent) return k;
  if (mode === "zero") return -1;
  if (mode === "periodic") return modulo(k, extent);
  if (mode === "edge") return k < 0 ? 0 : extent - 1;
  return k < 0 ? -k : 2 * (extent - 1) - k;
}
