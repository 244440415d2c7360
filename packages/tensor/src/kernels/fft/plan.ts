import type { FloatDType } from "../../dtype.ts";
import { BoundedCache } from "./cache.ts";
import { chirpOf } from "./chirp.ts";
import { chirpLength, radicesOf } from "./factors.ts";
import { UnitRoots } from "./roots.ts";
import { halfTable } from "./tables.ts";
import type { FftKind } from "./transform.ts";

/** Which transform of a line. The exponent's sign is −1; the inverse is the same with real and imaginary parts exchanged before and after. */
export interface LineTransform {
  readonly kind: FftKind;
  /** Length in real or complex numbers, not of the half spectrum. */
  readonly length: number;
  /** Factor of the entries of a half spectrum that stand for two of the whole one. */
  readonly pairWeight: number;
  readonly dtype: FloatDType;
}

/** Steps for the WebAssembly kernel with their tables, ready to be copied to the heap. */
export interface LinePlan {
  readonly words: Uint32Array;
  readonly byteLength: number;
  readonly stepCount: number;
  /** Most positions a block of lines holds at any step. */
  readonly positions: number;
}

/** As in cpu.as.ts; radices stand for themselves. */
const STEPS = { modulate: 32, modulateSwapped: 33, weight: 34, unpack: 35, pack: 36 } as const;
const STEP_WORDS = 4;

interface Step {
  readonly kind: number;
  readonly count: number;
  readonly total: number;
  readonly table: ArrayLike<number>;
}

/** Whether a line has an even number of real values, which are transformed as half as many complex ones. */
export function isPaired({ kind, length }: Pick<LineTransform, "kind" | "length">): boolean {
  return kind !== "complex" && length % 2 === 0;
}

/** Positions of the transform at the heart of a plan: the chirp's where the length has a large prime factor. */
export function workLength(transform: Pick<LineTransform, "kind" | "length">): number {
  const length = isPaired(transform) ? transform.length / 2 : transform.length;
  return radicesOf(length) ? length : chirpLength(length);
}

/** Bytes of plans that are kept for the next call; they are copied to the heap for every call, which costs next to nothing. */
const CACHE_BYTES = 2 ** 24;

const plans = new BoundedCache<LinePlan>(CACHE_BYTES);

export function linePlan(transform: LineTransform): LinePlan {
  const { kind, length, pairWeight, dtype } = transform;
  return plans.get(`${kind} ${length} ${pairWeight} ${dtype}`, () => makePlan(transform));
}

function makePlan(transform: LineTransform): LinePlan {
  const { kind, length, pairWeight, dtype } = transform;
  const half = length / 2;
  const steps: Step[] = [];
  if (isPaired(transform)) {
    if (kind === "half")
      steps.push({ kind: STEPS.pack, count: half, total: 0, table: halfTable(length, pairWeight / 2) });
    steps.push(...complexSteps(half));
    if (kind === "real")
      steps.push({ kind: STEPS.unpack, count: half, total: 0, table: halfTable(length, pairWeight / 2) });
  } else {
    const count = Math.floor(half) + 1;
    // Half a spectrum is conjugated and transformed forward: the result's real part is that of the inverse transform.
    if (kind === "half") steps.push({ kind: STEPS.weight, count, total: length, table: [pairWeight, -pairWeight] });
    steps.push(...complexSteps(length));
    if (kind === "real") steps.push({ kind: STEPS.weight, count, total: count, table: [pairWeight, pairWeight] });
  }
  return layOut(steps, dtype, Math.max(workLength(transform), isPaired(transform) ? half + 1 : 0));
}

function complexSteps(length: number): Step[] {
  const radices = radicesOf(length);
  if (radices) return stages(radices);
  const chirp = chirpOf(length);
  const transform = stages(radicesOf(chirp.length)!);
  return [
    { kind: STEPS.modulate, count: length, total: chirp.length, table: chirp.factors },
    ...transform,
    { kind: STEPS.modulateSwapped, count: chirp.length, total: chirp.length, table: chirp.spectrum },
    ...transform,
    { kind: STEPS.modulateSwapped, count: length, total: length, table: chirp.factors },
  ];
}

function stages(radices: readonly number[]): Step[] {
  let n = radices.reduce((product, radix) => product * radix, 1);
  return radices.map((radix) => {
    const m = n / radix;
    const step = { kind: radix, count: m, total: 0, table: stageTable(radix, m) };
    n = m;
    return step;
  });
}

/** The powers of ω_radix for odd radices beyond 5, then ω_(radix m)^(pj) for p = 1 … m − 1 and j = 1 … radix − 1. */
function stageTable(radix: number, m: number): Float64Array {
  const ownRoots = radix > 5 ? radix : 0;
  const table = new Float64Array(2 * (ownRoots + (m - 1) * (radix - 1)));
  const roots = new UnitRoots(radix * m);
  let index = 0;
  for (let power = 0; power < ownRoots; power++, index += 2) roots.store(power * m, table, index);
  for (let p = 1; p < m; p++) for (let j = 1; j < radix; j++, index += 2) roots.store(p * j, table, index);
  return table;
}

/** Steps first, then every table once, at multiples of 16 bytes. */
function layOut(steps: readonly Step[], dtype: FloatDType, positions: number): LinePlan {
  const { array, bytes } = dtype === "float32" ? { array: Float32Array, bytes: 4 } : { array: Float64Array, bytes: 8 };
  const offsets = new Map<ArrayLike<number>, number>();
  let end = steps.length * STEP_WORDS * 4;
  for (const { table } of steps) {
    if (offsets.has(table)) continue;
    offsets.set(table, end);
    end += Math.ceil((table.length * bytes) / 16) * 16;
  }
  const buffer = new ArrayBuffer(end);
  const words = new Uint32Array(buffer);
  for (const [index, { kind, count, total, table }] of steps.entries())
    words.set([kind, count, total, offsets.get(table)!], index * STEP_WORDS);
  for (const [table, offset] of offsets) new array(buffer, offset, table.length).set(table);
  return { words, byteLength: end, stepCount: steps.length, positions };
}
