import type { CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement, type FloatDType } from "../../dtype.ts";
import type { LinePlan } from "./plan.ts";

/** What an array holds, as in block.as.ts: complex numbers, real ones, or real ones taken two by two as complex. */
export type NumberKind = "complex" | "real" | "pairs";

const KINDS: Readonly<Record<NumberKind, number>> = { complex: 0, real: 1, pairs: 2 };

/** Where the numbers of the lines are; all strides in bytes. */
export interface Side {
  readonly pointer: number;
  readonly kind: NumberKind;
  /** From line (a, b, c) to (a + 1, b, c), (a, b + 1, c), (a, b, c + 1). */
  readonly lineStrides: readonly [number, number, number];
  readonly stride: number;
  /** Numbers of a line, complex ones where they are taken as such. */
  readonly count: number;
  /** Real and imaginary parts exchanged. */
  readonly swapped: boolean;
}

/** Factors of four-step transforms, see `turnLanes` in block.as.ts: that of a line's position k is table[k mod rows][b] · more[⌊k / rows⌋][b]. */
interface Turns {
  /** Address of table and more, rows of one complex number for every b. */
  readonly pointer: number;
  readonly rows: number;
}

/** One pass over an array: every line is loaded, put through the steps of a plan, and stored. */
export interface Sweep {
  readonly dtype: FloatDType;
  /** Extents of the lines' indices a, b and c. */
  readonly lines: readonly [number, number, number];
  readonly source: Side;
  readonly target: Side;
  readonly plan: LinePlan;
  readonly turns?: Turns;
  readonly scale: number;
}

/** Lines in a vector. */
export function lanesOf(dtype: FloatDType): number {
  return 16 / bytesPerElement(dtype);
}

/** Bytes of an element of a block, and of the addresses of a vector of lines, as in the AssemblyScript. */
const ELEMENT_BYTES = 32;
const LANE_BYTES = 48;
const PASS_BYTES = 56;
const SIDE_WORDS = 8;

/** Up to this many positions a block is two vectors wide: full cache lines of neighbouring float32 lines, in blocks that stay in the first cache. */
const WIDE_POSITIONS = 512;

/** Positions of lines worth a thread: about 40 µs. */
const GRAIN_POSITIONS = 1 << 14;

/** Shares per thread, to even out threads that the system runs at different speeds. */
const SHARES_PER_THREAD = 4;

export function sweep(call: CpuCall, { dtype, lines, source, target, plan, turns, scale }: Sweep): void {
  const count = lines[0] * lines[1] * lines[2];
  const positions = Math.max(plan.positions, source.count, target.count);
  const width = positions <= WIDE_POSITIONS && count > lanesOf(dtype) ? 2 : 1;
  const blocks = Math.ceil(count / (width * lanesOf(dtype)));
  const wanted = Math.min(SHARES_PER_THREAD * call.threads, Math.floor((count * positions) / GRAIN_POSITIONS), blocks);
  const shares = call.threads === 1 ? 1 : Math.max(1, wanted);
  const slotBytes = Math.ceil((width * LANE_BYTES) / 64) * 64 + 2 * positions * width * ELEMENT_BYTES;

  const buffer = new ArrayBuffer(PASS_BYTES + 2 * SIDE_WORDS * 4);
  new Float64Array(buffer, 0, 1)[0] = scale;
  const words = new Uint32Array(buffer);
  const planPointer = plan.stepCount > 0 ? call.upload(plan.words) : 0;
  // biome-ignore format: the order of the fields of Pass in cpu.as.ts
  words.set([
    count, lines[1], lines[2], planPointer, plan.stepCount, width, shares, call.scratch(shares * slotBytes), slotBytes,
    turns?.pointer ?? 0, turns?.rows ?? 0, lines[1] * 2 * bytesPerElement(dtype),
  ], 2);
  words.set(sideWords(source), PASS_BYTES / 4);
  words.set(sideWords(target), PASS_BYTES / 4 + SIDE_WORDS);
  call.parallel(`fft_lines_${suffixOf(dtype)}`, [call.upload(words)], shares, 1);
}

function sideWords({ pointer, lineStrides, stride, kind, count, swapped }: Side): number[] {
  return [pointer, ...lineStrides, stride, KINDS[kind], count, Number(swapped)];
}

export function suffixOf(dtype: FloatDType): string {
  return dtype === "float32" ? "f32" : "f64";
}
