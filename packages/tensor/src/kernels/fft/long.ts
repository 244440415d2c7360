import type { CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement, complexDType, type FloatDType } from "../../dtype.ts";
import { balancedFactors, chirpLength, radicesOf } from "./factors.ts";
import { linePlan } from "./plan.ts";
import { type NumberKind, suffixOf, sweep } from "./sweep.ts";
import { cachedHalfTable, chirpFactors, chirpSpectrum, turnTable } from "./tables.ts";
import { type AxisTransform, halfLength, type LineShape } from "./transform.ts";

/** Where lines are; strides in bytes. */
interface Lines {
  readonly pointer: number;
  readonly kind: "complex" | "real";
  readonly outerStride: number;
  readonly stride: number;
  readonly innerStride: number;
}

interface ComplexTransform extends LineShape {
  readonly inverse: boolean;
  readonly source: Lines;
  readonly target: Lines;
  readonly scale: number;
}

/** Up to this length the factors of four-step transforms come from one table, beyond it from the product of two that stay in the cache. */
const LONGEST_SINGLE_TABLE = 1 << 12;

/** Numbers worth a thread in a loop over a line: about 40 µs. */
const LINE_GRAIN = 1 << 14;

/** Transforms lines that are too long for blocks, or too few: each is split into many short ones. */
export function transformLong(call: CpuCall, transform: AxisTransform): void {
  const { kind, length, inner } = transform;
  if (kind === "complex") {
    const source = linesOf(transform, transform.source, length, "complex");
    transformComplex(call, { ...transform, source, target: linesOf(transform, transform.target, length, "complex") });
  } else if (length % 2 === 0 && inner === 1) {
    if (kind === "real") realByHalves(call, transform);
    else halfByHalves(call, transform);
  } else if (kind === "real") realByWhole(call, transform);
  else halfByWhole(call, transform);
}

/** The lines of a contiguous array [outer, extent, inner]. */
function linesOf({ dtype, inner }: LineShape, pointer: number, extent: number, kind: "complex" | "real"): Lines {
  const innerStride = bytesPerElement(kind === "real" ? dtype : complexDType(dtype));
  return { pointer, kind, outerStride: extent * inner * innerStride, stride: inner * innerStride, innerStride };
}

function scratchLines(call: CpuCall, shape: LineShape): Lines {
  const bytes = shape.outer * shape.length * shape.inner * bytesPerElement(complexDType(shape.dtype));
  return linesOf(shape, call.scratch(bytes), shape.length, "complex");
}

/** Calls `body` with the addresses of every line on both sides. */
function forEachLine(
  { outer, inner }: LineShape,
  a: Lines,
  b: Lines,
  body: (aPointer: number, bPointer: number) => void,
): void {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++)
      body(a.pointer + o * a.outerStride + i * a.innerStride, b.pointer + o * b.outerStride + i * b.innerStride);
}

/** Real numbers, taken two by two as complex ones, to half a spectrum. */
function realByHalves(call: CpuCall, transform: AxisTransform): void {
  const { dtype, length, pairWeight, scale } = transform;
  const shape = { ...transform, length: length / 2 };
  const source = linesOf(shape, transform.source, length / 2, "complex");
  const work = scratchLines(call, shape);
  transformComplex(call, { ...shape, inverse: false, source, target: work, scale: 1 });
  const table = call.upload(cachedHalfTable(length, pairWeight / 2, dtype));
  const target = linesOf(transform, transform.target, halfLength(length), "complex");
  const count = Math.floor(length / 4) + 1;
  forEachLine(transform, work, target, (z, y) =>
    call.parallel(
      `fft_unpack_line_${suffixOf(dtype)}`,
      [z, y, target.stride, length / 2, table, scale],
      count,
      LINE_GRAIN,
    ),
  );
}

/** Half a spectrum to real numbers, which are the parts of half as many complex ones. */
function halfByHalves(call: CpuCall, transform: AxisTransform): void {
  const { dtype, length, pairWeight } = transform;
  const shape = { ...transform, length: length / 2 };
  const source = linesOf(transform, transform.source, halfLength(length), "complex");
  const work = scratchLines(call, shape);
  const table = call.upload(cachedHalfTable(length, pairWeight / 2, dtype));
  const count = Math.floor(length / 4) + 1;
  forEachLine(transform, source, work, (x, z) =>
    call.parallel(`fft_pack_line_${suffixOf(dtype)}`, [x, source.stride, z, length / 2, table], count, LINE_GRAIN),
  );
  const target = linesOf(shape, transform.target, length / 2, "complex");
  transformComplex(call, { ...shape, inverse: true, source: work, target });
}

/** Real numbers, taken as complex ones, to the whole spectrum, of which half is kept. */
function realByWhole(call: CpuCall, transform: AxisTransform): void {
  const { length, pairWeight, scale } = transform;
  const source = linesOf(transform, transform.source, length, "real");
  const work = scratchLines(call, transform);
  transformComplex(call, { ...transform, inverse: false, source, target: work, scale: 1 });
  const target = linesOf(transform, transform.target, halfLength(length), "complex");
  forEachLine(transform, work, target, (x, y) => copyHalf(call, transform, work, x, target, y, scale, pairWeight));
}

/** Half a spectrum, zeros for the other half, to complex numbers, of which the real parts are kept. */
function halfByWhole(call: CpuCall, transform: AxisTransform): void {
  const { dtype, length, outer, inner, pairWeight } = transform;
  const source = linesOf(transform, transform.source, halfLength(length), "complex");
  const work = scratchLines(call, transform);
  const bytes = outer * length * inner * bytesPerElement(complexDType(dtype));
  call.parallel("fft_clear", [work.pointer], bytes, LINE_GRAIN * bytesPerElement(dtype));
  forEachLine(transform, source, work, (x, y) => copyHalf(call, transform, source, x, work, y, 1, pairWeight));
  transformComplex(call, { ...transform, inverse: true, source: work, target: work, scale: 1 });
  const target = linesOf(transform, transform.target, length, "real");
  forEachLine(transform, work, target, (x, y) =>
    copyLine(
      call,
      dtype,
      length,
      { lines: work, pointer: x },
      { lines: target, pointer: y },
      { scale: transform.scale },
    ),
  );
}

/** The first half of a spectrum: its first entry, which is real, and, of an even length, the last stand for themselves, the others for two. */
function copyHalf(
  call: CpuCall,
  { dtype, length }: LineShape,
  source: Lines,
  x: number,
  target: Lines,
  y: number,
  scale: number,
  pairWeight: number,
): void {
  const pairs = Math.ceil(length / 2) - 1;
  const copy = (first: number, count: number, kind: "complex" | "real", factor: number) =>
    copyLine(
      call,
      dtype,
      count,
      { lines: { ...source, kind }, pointer: x + first * source.stride },
      { lines: target, pointer: y + first * target.stride },
      { scale: factor },
    );
  copy(0, 1, "real", scale);
  copy(1, pairs, "complex", scale * pairWeight);
  if (length % 2 === 0) copy(length / 2, 1, "real", scale);
}

interface LineEnd {
  readonly lines: Lines;
  readonly pointer: number;
}

function copyLine(
  call: CpuCall,
  dtype: FloatDType,
  count: number,
  source: LineEnd,
  target: LineEnd,
  { swaps = 0, table = 0, scale = 1 }: { readonly swaps?: number; readonly table?: number; readonly scale?: number },
): void {
  const isReal = Number(source.lines.kind === "real") + 2 * Number(target.lines.kind === "real");
  // biome-ignore format: the order in line.as.ts
  const parameters = [source.pointer, source.lines.stride, target.pointer, target.lines.stride, isReal, swaps, table, scale];
  call.parallel(`fft_copy_line_${suffixOf(dtype)}`, parameters, count, LINE_GRAIN);
}

function transformComplex(call: CpuCall, transform: ComplexTransform): void {
  if (radicesOf(transform.length)) fourStep(call, transform);
  else convolveWithChirp(call, transform);
}

/**
 * A line as a matrix of rows × columns: transforms along the columns, turned by ω^(row · column), then along the rows, to a transposed matrix. Both are many short lines.
 * Source: David H. Bailey, "FFTs in external or hierarchical memory" (1990), section 2.
 */
function fourStep(
  call: CpuCall,
  { dtype, outer, length, inner, inverse, source, target, scale }: ComplexTransform,
): void {
  const [rows, columns] = balancedFactors(length);
  const turnRows = length <= LONGEST_SINGLE_TABLE ? rows : Math.ceil(Math.sqrt(rows));
  const turns = { pointer: call.upload(turnTable(rows, columns, turnRows, dtype)), rows: turnRows };
  const work = scratchLines(call, { dtype, outer, length, inner });
  const side = (lines: Lines, kind: NumberKind, swapped: boolean) => ({ pointer: lines.pointer, kind, swapped });
  sweep(call, {
    dtype,
    lines: [outer, columns, inner],
    source: {
      ...side(source, source.kind, inverse),
      lineStrides: [source.outerStride, source.stride, source.innerStride],
      stride: columns * source.stride,
      count: rows,
    },
    target: {
      ...side(work, "complex", false),
      lineStrides: [work.outerStride, work.stride, work.innerStride],
      stride: columns * work.stride,
      count: rows,
    },
    plan: linePlan({ kind: "complex", length: rows, pairWeight: 1, dtype }),
    turns,
    scale: 1,
  });
  sweep(call, {
    dtype,
    lines: [outer, rows, inner],
    source: {
      ...side(work, "complex", false),
      lineStrides: [work.outerStride, columns * work.stride, work.innerStride],
      stride: work.stride,
      count: columns,
    },
    target: {
      ...side(target, target.kind, inverse),
      lineStrides: [target.outerStride, target.stride, target.innerStride],
      stride: rows * target.stride,
      count: columns,
    },
    plan: linePlan({ kind: "complex", length: columns, pairWeight: 1, dtype }),
    scale,
  });
}

/** See `Chirp`. The inverse transform of the product is the forward one with real and imaginary parts exchanged before and after. */
function convolveWithChirp(call: CpuCall, transform: ComplexTransform): void {
  const { dtype, outer, length, inner, inverse, source, target, scale } = transform;
  const shape = { dtype, outer, length: chirpLength(length), inner };
  const work = scratchLines(call, shape);
  const factors = call.upload(chirpFactors(length, dtype));
  const spectrum = call.upload(chirpSpectrum(length, dtype));
  const bytes = outer * shape.length * inner * bytesPerElement(complexDType(dtype));
  call.parallel("fft_clear", [work.pointer], bytes, LINE_GRAIN * bytesPerElement(dtype));
  const whole = { ...shape, inverse: false, source: work, target: work, scale: 1 };
  forEachLine(transform, source, work, (x, y) =>
    copyLine(
      call,
      dtype,
      length,
      { lines: source, pointer: x },
      { lines: work, pointer: y },
      { swaps: Number(inverse), table: factors },
    ),
  );
  transformComplex(call, whole);
  forEachLine(transform, work, work, (x, y) =>
    copyLine(
      call,
      dtype,
      shape.length,
      { lines: work, pointer: x },
      { lines: work, pointer: y },
      { swaps: 1, table: spectrum },
    ),
  );
  transformComplex(call, whole);
  forEachLine(transform, work, target, (x, y) =>
    copyLine(
      call,
      dtype,
      length,
      { lines: work, pointer: x },
      { lines: target, pointer: y },
      { swaps: 1 + 2 * Number(inverse), table: factors, scale },
    ),
  );
}
