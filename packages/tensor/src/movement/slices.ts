import type { DType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { stridedEmbed } from "../kernels/strided-embed/index.ts";
import { stridedView } from "../kernels/strided-view/index.ts";
import { normalizeAxes, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What to take of an axis: all of it, or indices from `start` up to, not including, `stop`, every `step`-th. Negative starts and stops count from the end. */
export type SliceRange =
  | null
  | readonly [start: number, stop: number | null]
  | readonly [start: number | null, stop: number | null, step: number];

/**
 * Part of a tensor, as NumPy's `x[start:stop:step, …]`: ranges beyond the ends are cut there, and with a negative step the axis runs backwards (then a missing start is the last
 * index, a missing stop goes through the first).
 *
 * @param ranges one per axis, the first axes first; axes without one are taken whole.
 * @throws InvalidInputError when there are more ranges than axes, a bound is no integer, or a step is 0.
 */
export function slice<D extends DType>(x: Tensor<D>, ranges: readonly SliceRange[]): Tensor<D> {
  if (ranges.length > x.rank)
    throw new InvalidInputError("slice: ranges", `at most ${x.rank}, one per axis of [${x.shape}]`, ranges.length);
  const own = stridesOf(x.shape);
  let offset = 0;
  const axes = x.shape.map((extent, axis) => {
    const { start, count, step } = resolve(ranges[axis] ?? null, extent);
    offset += count > 0 ? start * own[axis] : 0;
    return { count, stride: step * own[axis] };
  });
  return stridedView(x, { shape: axes.map(({ count }) => count), offset, strides: axes.map(({ stride }) => stride) });
}

/**
 * A tensor cut into several along an axis.
 *
 * @param sections a number of equal parts, or the extent of each part.
 * @param options.axis negative ones count from the end. Default: 0.
 * @throws InvalidInputError when the parts do not make up the axis, or it does not exist.
 */
export function splitAlong<D extends DType>(
  x: Tensor<D>,
  sections: number | readonly number[],
  { axis = 0 }: { readonly axis?: number } = {},
): Tensor<D>[] {
  const [position] = normalizeAxes("splitAlong", x.rank, axis);
  const extent = x.shape[position];
  const sizes =
    typeof sections === "number" ? new Array<number>(Math.max(0, sections)).fill(extent / sections) : sections;
  const isPartition =
    sizes.every((size) => Number.isInteger(size) && size >= 0) && sizes.reduce((a, b) => a + b, 0) === extent;
  if (!isPartition || sizes.length === 0)
    throw new InvalidInputError(
      "splitAlong: sections",
      `parts that add up to ${extent}, the extent of axis ${position}`,
      sections,
    );
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return along(x, position, start - size, start);
  });
}

/** How `pad` goes on beyond the ends: with zeros, from the other end, mirrored at the outermost elements (which are not repeated), or with the outermost elements. */
export type PadMode = "zero" | "periodic" | "reflect" | "edge";

/**
 * A tensor with more elements before and after along each axis.
 *
 * @param widths [before, after] for each axis, or for the last axes when there are fewer.
 * @param options.mode default `"zero"`.
 * @throws InvalidInputError when there are more widths than axes, one is no integer ≥ 0, or the axis is too short for the mode: periodic needs as many
 *   elements as the width, reflect one more, edge one.
 */
export function pad<D extends DType>(
  x: Tensor<D>,
  widths: readonly (readonly [before: number, after: number])[],
  { mode = "zero" }: { readonly mode?: PadMode } = {},
): Tensor<D> {
  if (widths.length > x.rank)
    throw new InvalidInputError("pad: widths", `at most ${x.rank}, one per axis of [${x.shape}]`, widths.length);
  const all = x.shape.map((_, axis) => widths[axis - (x.rank - widths.length)] ?? ([0, 0] as const));
  for (const [axis, pair] of all.entries()) {
    const needed = { zero: 0, periodic: Math.max(...pair), reflect: Math.max(...pair) + 1, edge: 1 }[mode];
    if (needed === undefined) throw new InvalidInputError("pad: options.mode", "zero, periodic, reflect or edge", mode);
    if (!pair.every((width) => Number.isInteger(width) && width >= 0))
      throw new InvalidInputError("pad: widths", "integers ≥ 0", widths);
    if (Math.max(...pair) > 0 && x.shape[axis] < needed)
      throw new InvalidInputError(
        "pad: widths",
        `at most what axis ${axis} of [${x.shape}] has for mode ${mode}`,
        pair,
      );
  }
  if (mode === "zero") {
    const shape = x.shape.map((extent, axis) => extent + all[axis][0] + all[axis][1]);
    const strides = stridesOf(shape);
    const offset = x.size === 0 ? 0 : strides.reduce((total, stride, axis) => total + stride * all[axis][0], 0);
    return stridedEmbed(x, { shape, offset, strides });
  }
  return x.device.scope(() =>
    all.reduce((padded, [before, after], axis) => {
      if (before === 0 && after === 0) return padded;
      const parts = [margin(padded, axis, before, "before", mode), padded, margin(padded, axis, after, "after", mode)];
      return concatenate(parts, { axis });
    }, x.alias()),
  );
}

/**
 * A tensor whose elements are moved along axes, those that leave at one end coming back at the other: `result[i] = x[(i − shift) mod extent]`.
 *
 * @param shifts by how much, one for all axes or one for each.
 * @param options.axes negative ones count from the end. Default: the first `shifts.length` axes; all for one number.
 * @throws InvalidInputError when a shift is no integer, or an axis is out of range or repeated, or there are not as many shifts as axes.
 */
export function roll<D extends DType>(
  x: Tensor<D>,
  shifts: number | readonly number[],
  options: { readonly axes?: number | readonly number[] } = {},
): Tensor<D> {
  const given =
    options.axes ?? (typeof shifts === "number" ? x.shape.map((_, axis) => axis) : shifts.map((_, axis) => axis));
  const axes = (typeof given === "number" ? [given] : given).map((axis) => normalizeAxes("roll", x.rank, axis)[0]);
  normalizeAxes("roll", x.rank, axes);
  const list = typeof shifts === "number" ? axes.map(() => shifts) : shifts;
  if (list.length !== axes.length || !list.every(Number.isInteger))
    throw new InvalidInputError("roll: shifts", `an integer for each of the ${axes.length} axes`, shifts);
  return x.device.scope(() =>
    axes.reduce((rolled, axis, index) => {
      const extent = x.shape[axis];
      const shift = extent === 0 ? 0 : ((list[index] % extent) + extent) % extent;
      if (shift === 0) return rolled;
      return concatenate([along(rolled, axis, extent - shift, extent), along(rolled, axis, 0, extent - shift)], {
        axis,
      });
    }, x.alias()),
  );
}

function resolve(range: SliceRange, extent: number): { start: number; count: number; step: number } {
  const [first, end, step = 1] = range ?? [null, null, 1];
  const isBound = (bound: number | null) => bound === null || Number.isInteger(bound);
  if (!isBound(first) || !isBound(end) || !Number.isInteger(step) || step === 0)
    throw new InvalidInputError("slice: ranges", "[start, stop] or [start, stop, step] of integers, step not 0", range);
  // A position before the first element is −1 when running backwards, so that the first one is included.
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? extent : extent - 1;
  const clamped = (bound: number) => Math.min(highest, Math.max(lowest, bound < 0 ? bound + extent : bound));
  const start = first === null ? (step > 0 ? 0 : extent - 1) : clamped(first);
  const stop = end === null ? (step > 0 ? extent : -1) : clamped(end);
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)), step };
}

function along<D extends DType>(x: Tensor<D>, axis: number, start: number, stop: number, step = 1): Tensor<D> {
  const ranges: SliceRange[] = new Array<null>(axis).fill(null);
  return slice(x, [...ranges, [start, stop < 0 ? null : stop, step]]);
}

/** What comes before or after the elements along an axis. */
function margin<D extends DType>(
  x: Tensor<D>,
  axis: number,
  width: number,
  side: "before" | "after",
  mode: PadMode,
): Tensor<D> {
  const extent = x.shape[axis];
  if (mode === "periodic") return side === "before" ? along(x, axis, extent - width, extent) : along(x, axis, 0, width);
  if (mode === "reflect")
    return side === "before" ? along(x, axis, width, 0, -1) : along(x, axis, extent - 2, extent - 2 - width, -1);
  const outermost = side === "before" ? along(x, axis, 0, 1) : along(x, axis, extent - 1, extent);
  const own = stridesOf(outermost.shape);
  return stridedView(outermost, { shape: outermost.shape.with(axis, width), offset: 0, strides: own.with(axis, 0) });
}
