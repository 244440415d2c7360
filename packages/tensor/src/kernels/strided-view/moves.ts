import type { CpuArray, CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";

/** One axis of a copy between two strided arrays. */
export interface MoveAxis {
  readonly extent: number;
  /** Steps in elements; may be negative, and 0 in the source. */
  readonly from: number;
  readonly to: number;
}

/** Where a view begins in the array it is of, and how far apart its neighbours are along each axis, in elements. */
export interface Strides {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The fewest axes that do the same copy, in the order in which the target is written; one of extent 1 where nothing is left. */
export function moveAxes(shape: Shape, from: readonly number[], to: readonly number[]): MoveAxis[] {
  const axes = shape
    .map((extent, axis): MoveAxis => ({ extent, from: from[axis], to: to[axis] }))
    .filter(({ extent }) => extent !== 1)
    .sort((a, b) => Math.abs(b.to) - Math.abs(a.to));
  const merged: MoveAxis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    if (outer && outer.from === axis.from * axis.extent && outer.to === axis.to * axis.extent)
      merged[merged.length - 1] = { ...axis, extent: outer.extent * axis.extent };
    else merged.push(axis);
  }
  return merged.length > 0 ? merged : [{ extent: 1, from: 1, to: 1 }];
}

/** Bytes worth a thread: about 40 µs. */
const GRAIN_BYTES = 1 << 19;
/** As in cpu.as.ts. */
const LINE = 16;

/** Copies elements between strided arrays: y[to.offset + Σ iₐ toₐ] = x[from.offset + Σ iₐ fromₐ] for all positions i in `shape`. */
export function moveOnCpu(
  { upload, parallel }: CpuCall,
  shape: Shape,
  x: CpuArray,
  from: Strides,
  y: CpuArray,
  to: Strides,
): void {
  if (shape.includes(0)) return;
  const bytes = bytesPerElement(x.dtype);
  const axes = moveAxes(shape, from.strides, to.strides);
  const last = axes.at(-1)!;
  // Where the target runs along one axis and the source along another, both are read in whole lines.
  const across = last.to === 1 && last.from !== 1 ? axes.findIndex((axis) => axis.from === 1) : -1;
  const isTiled = across >= 0 && (bytes === 4 || bytes === 8) && last.from > 0;
  if (isTiled) axes.splice(axes.length - 2, 0, ...axes.splice(across, 1));
  const words = axes.flatMap(({ extent, from, to }) => [extent, from, to]);
  const address = ({ pointer }: CpuArray, { offset }: Strides) => (pointer + offset * bytes) | 0;
  const block = upload(Int32Array.of(address(x, from), address(y, to), axes.length, ...words));
  const extents = axes.map(({ extent }) => extent);
  const count = extents.reduce((product, extent) => product * extent, 1);
  const perRow = isTiled ? LINE * extents.at(-1)! : extents.at(-1)!;
  const rows = isTiled
    ? (count / extents.at(-1)! / extents.at(-2)!) * Math.ceil(extents.at(-2)! / LINE)
    : count / perRow;
  const grain = Math.ceil(GRAIN_BYTES / (perRow * bytes));
  parallel(`strided_${isTiled ? "tiles" : "rows"}_${8 * bytes}`, [block], rows, grain);
}
