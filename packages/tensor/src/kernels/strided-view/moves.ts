import type { CpuArray, CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement } from "../../dtype.ts";
import { type Shape, sizeOf } from "../../shape.ts";

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

/** Extents of a tile, as in cpu.as.ts. */
const TILE_HEIGHT_BYTES = 64;
const TILE_WIDTH_BYTES = 1024;

/** Copies elements between strided arrays: y[to.offset + Σ iₐ toₐ] = x[from.offset + Σ iₐ fromₐ] for all positions i in `shape`. */
export function moveOnCpu(call: CpuCall, shape: Shape, x: CpuArray, from: Strides, y: CpuArray, to: Strides): void {
  if (shape.includes(0)) return;
  const bytes = bytesPerElement(x.dtype);
  const move: Move = {
    bytes,
    x: x.pointer + from.offset * bytes,
    y: y.pointer + to.offset * bytes,
    axes: moveAxes(shape, from.strides, to.strides),
  };
  if (bytes < 4 || !moveTiles(call, move)) moveRows(call, move);
}

interface Move {
  readonly bytes: number;
  /** Addresses of the first elements. */
  readonly x: number;
  readonly y: number;
  readonly axes: readonly MoveAxis[];
}

/** Where the target runs along one axis and the source along another, by tiles that read and write whole cache lines; false elsewhere. */
function moveTiles(call: CpuCall, move: Move): boolean {
  const { axes, bytes } = move;
  const last = axes.at(-1)!;
  const across = last.to === 1 && last.from !== 1 ? axes.find((axis) => axis.from === 1) : undefined;
  if (!across) return false;
  const planes = axes.filter((axis) => axis !== last && axis !== across);
  const height = Math.min(last.extent, TILE_HEIGHT_BYTES / bytes);
  const width = Math.min(across.extent, TILE_WIDTH_BYTES / bytes);
  const tiles =
    sizeOf(planes.map(({ extent }) => extent)) * Math.ceil(last.extent / height) * Math.ceil(across.extent / width);
  const grain = Math.ceil(GRAIN_BYTES / (height * width * bytes));
  call.parallel(
    `strided_tiles_${8 * bytes}`,
    [blockOf(call, { ...move, axes: [...planes, across, last] })],
    tiles,
    grain,
  );
  return true;
}

/** Row by row, a row being the last axis. Long ones are cut, for several threads to share. */
function moveRows(call: CpuCall, move: Move): void {
  const { axes, bytes, x, y } = move;
  const outer = axes.slice(0, -1);
  const last = axes.at(-1)!;
  const piece = GRAIN_BYTES / bytes;
  if (last.extent >= 2 * piece) {
    const pieces = Math.floor(last.extent / piece);
    const cut = { extent: pieces, from: last.from * piece, to: last.to * piece };
    moveRows(call, { ...move, axes: [...outer, cut, { ...last, extent: piece }] });
    const rest = { ...last, extent: last.extent - pieces * piece };
    const start = pieces * piece * bytes;
    if (rest.extent > 0)
      moveRows(call, { bytes, x: x + start * last.from, y: y + start * last.to, axes: [...outer, rest] });
    return;
  }
  const rows = sizeOf(outer.map(({ extent }) => extent));
  call.parallel(
    `strided_rows_${8 * bytes}`,
    [blockOf(call, move)],
    rows,
    Math.ceil(GRAIN_BYTES / (last.extent * bytes)),
  );
}

/** As cpu.as.ts reads it. */
function blockOf({ upload }: CpuCall, { x, y, axes }: Move): number {
  const words = axes.flatMap(({ extent, from, to }) => [extent, from, to]);
  return upload(Int32Array.of(x | 0, y | 0, axes.length, ...words));
}
