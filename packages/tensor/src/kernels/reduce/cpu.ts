import { cpuModule } from "#kernels/reduce";
import type { CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement, type DType } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { normalizeAxes } from "../../shape.ts";
import { type Pass, passesOf } from "./passes.ts";
import type { ReduceOptions, Reduction } from "./reductions.ts";

/** As in accumulator.as.ts. */
const COLUMNS = 512;
const STATE_BYTES = COLUMNS * 8 + 128;

/** Elements that one part of a long reduction covers. A fixed number, so that results do not depend on the number of threads. */
const PART_ELEMENTS = 1 << 16;

/** Units of work that keep all threads busy; with so many, a reduction is not cut into parts. */
const ENOUGH_UNITS = 64;

/** Shares the work is divided into, each with accumulators of its own. */
const MAXIMUM_SHARES = 64;

/** Rows up to this length are reduced side by side, one in each lane of a vector. */
const SHORT_ROW = 96;

/** Columns that narrow rows are folded to: several vectors, so that one does not wait for another. */
const FOLDED_COLUMNS = 16;

/** Elements worth a thread: 30 µs of a cheap operation, and of exponentials. */
const GRAIN_ELEMENTS = 1 << 18;
const EXPONENTIAL_GRAIN_ELEMENTS = 1 << 15;

/** Type names of the exported functions; modulo 2^32, the bits of sums and products are the same with and without sign. */
const TYPES: Readonly<Record<DType, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint32: "u32",
  bool: "bool",
  complex64: "c64",
  complex128: "c128",
};

interface Memory {
  readonly pointer: number;
  readonly dtype: DType;
}

export const reduceCpu: CpuImplementation<ReduceOptions> = {
  module: cpuModule,
  run(call, { operation, axes }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const passes = passesOf(x.shape, normalizeAxes(operation, x.shape.length, axes), partRows);
    let source: Memory = x;
    for (const [index, pass] of passes.entries()) {
      const isLast = index === passes.length - 1;
      const bytes = pass.outer * pass.parts * pass.inner * bytesPerElement(y.dtype);
      const target = isLast ? y : { pointer: call.scratch(bytes), dtype: y.dtype };
      const divisor = isLast && operation === "mean" ? x.size / y.size : 1;
      runPass(call, functionName(operation, source.dtype), source, target, pass, divisor);
      source = target;
    }
  },
};

function functionName(operation: Reduction, dtype: DType): string {
  const name = operation === "mean" ? "sum" : operation;
  const type = dtype === "uint32" && (name === "sum" || name === "prod") ? "i32" : TYPES[dtype];
  return `reduce_${name}_${type}`;
}

function partRows(outer: number, reduced: number, inner: number): number {
  if (outer * Math.ceil(inner / COLUMNS) >= ENOUGH_UNITS) return reduced;
  return Math.ceil(PART_ELEMENTS / Math.min(inner, COLUMNS));
}

function runPass(call: CpuCall, name: string, x: Memory, y: Memory, pass: Pass, divisor: number): void {
  const { outer, reduced, inner, part, parts } = pass;
  const lanes = x.dtype === "float64" ? 2 : 4;
  const isShort = inner === 1 && parts === 1 && reduced <= SHORT_ROW && outer >= lanes;
  const units = isShort ? Math.ceil(outer / lanes) : outer * parts * Math.ceil(inner / COLUMNS);
  const shares = Math.min(units, MAXIMUM_SHARES);
  const state = call.scratch(shares * 3 * STATE_BYTES);
  const fold = isShort ? 0 : foldOf(part, inner);
  const grainElements = name.startsWith("reduce_logSumExp") ? EXPONENTIAL_GRAIN_ELEMENTS : GRAIN_ELEMENTS;
  const elementsPerShare = Math.max(1, (outer * reduced * inner) / shares);
  call.parallel(
    name,
    [x.pointer, y.pointer, state, outer, reduced, inner, part, parts, fold, divisor, shares],
    shares,
    Math.max(1, Math.ceil(grainElements / elementsPerShare)),
  );
}

/** How many rows count as one wide row: a power of two that fills vectors and leaves enough wide rows to combine as a tree. */
function foldOf(rows: number, inner: number): number {
  const wanted = Math.min(FOLDED_COLUMNS / inner, Math.max(rows / 8, 4 / inner));
  return 2 ** Math.max(0, Math.floor(Math.log2(wanted)));
}
