import { cpuModule } from "#kernels/softmax";
import type { CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type LineGeometry, lineGeometry } from "../arg-extremum/geometry.ts";
import type { SoftmaxAlgorithm, SoftmaxKernelOptions } from "./options.ts";

/** As in state.as.ts and lines.as.ts. */
const ALGORITHMS: Readonly<Record<SoftmaxAlgorithm, number>> = {
  "two-pass": 0,
  "three-pass-recompute": 1,
  "three-pass-reload": 2,
  online: 3,
};
const VECTORS = 128;
const SET_BYTES = 3 * VECTORS * 16;
const PIECE_BYTES = 256 * 16;

/** Lines shorter than this many bytes are done side by side, one in each lane of a vector: measured, as fast as cutting them into vectors at 128 float32 and at 64 float64. */
const SHORT_LINE_BYTES = 512;

/** Rows of a part of a sheet: vectors of a line, rows of columns. Fixed numbers, so that results do not depend on the number of threads. */
const PART_ROWS = { line: 1 << 14, columns: 1 << 13 };

/** Vectors that a block of columns is wide at least, where there are so many: two cache lines. */
const LEAST_VECTORS = 8;

/**
 * The fastest algorithm at every length. Measured on one core of an AMD EPYC (32 MiB of last-level cache), in ns per element from 2¹⁴ to 2²⁵ float32 a line: reload 0.8–1.2, online 1.3–1.4, two-pass 1.5,
 * recompute 1.3–1.6; float64 to 2²³: 2.9–3.7, 5.5, 5.6, 5.5–5.9; on two cores in the same order. Exponentials in 128-bit vectors cost more than memory does, so one per element beats two even where reload
 * moves 20 bytes and the two-pass algorithms 12.
 */
const AUTOMATIC: SoftmaxAlgorithm = "three-pass-reload";

/** Shares the work is divided into, each with states of its own. */
const MAXIMUM_SHARES = 64;

/** Elements worth a thread: 30 µs at 1 ns each. */
const GRAIN_ELEMENTS = 1 << 15;

/** A matrix of vectors, see sheet.as.ts. */
interface Sheet {
  readonly offset: number;
  readonly rows: number;
  readonly vectors: number;
  readonly stride: number;
  readonly tail: number;
}

/** What every function needs. */
interface Task extends LineGeometry {
  readonly call: CpuCall;
  readonly suffix: "f32" | "f64";
  readonly bytes: number;
  readonly lanes: number;
  readonly algorithm: number;
  readonly logarithm: number;
}

export const softmaxCpu: CpuImplementation<SoftmaxKernelOptions> = {
  module: cpuModule,
  run(call, { axis, algorithm, logarithm }) {
    const [x] = call.inputs;
    if (x.size === 0) return;
    const geometry = lineGeometry("softmax", x.shape, axis);
    const bytes = bytesPerElement(x.dtype);
    const chosen = algorithm === "auto" ? AUTOMATIC : algorithm;
    const task: Task = {
      ...geometry,
      call,
      bytes,
      lanes: 16 / bytes,
      suffix: x.dtype === "float64" ? "f64" : "f32",
      algorithm: ALGORITHMS[logarithm ? "online" : chosen],
      logarithm: logarithm ? 1 : 0,
    };
    const { inner, length, lanes } = task;
    if (inner === 1 && length * bytes >= SHORT_LINE_BYTES) softmaxSheets(task);
    else if (inner < lanes) softmaxLines(task, 0, inner);
    else {
      softmaxSheets(task);
      const rest = inner % lanes;
      if (rest > 0) softmaxLines(task, inner - rest, rest);
    }
  },
};

/** The columns [first, first + columns), which do not fill vectors; all there is where they are lines. */
function softmaxLines({ call, ...task }: Task, first: number, columns: number): void {
  const [x] = call.inputs;
  const [y] = call.outputs;
  const { outer, length, inner, lanes, suffix, algorithm, logarithm } = task;
  const lines = outer * columns;
  const groups = Math.ceil(lines / lanes);
  const shares = Math.min(groups, MAXIMUM_SHARES);
  const work = call.scratch(shares * (SET_BYTES + PIECE_BYTES));
  const parameters = [x.pointer, y.pointer, work, algorithm, logarithm, length, inner, first, columns, lines, shares];
  call.parallel(`softmax_lines_${suffix}`, parameters, shares, grainOf((lines * length) / shares));
}

/** Lines, or the columns that fill vectors. */
function softmaxSheets(task: Task): void {
  const { call, outer, length, inner, lanes, bytes, suffix, algorithm, logarithm } = task;
  const [x] = call.inputs;
  const [y] = call.outputs;
  const isLine = inner === 1;
  const width = isLine ? 1 : columnVectors(task);
  const blocks = isLine ? 1 : Math.ceil(Math.floor(inner / lanes) / width);
  const units = outer * blocks;
  const rows = isLine ? Math.floor(length / lanes) : length;
  const partRows = isLine ? PART_ROWS.line : PART_ROWS.columns;
  if (rows > partRows && call.threads > 1 && units < 4 * call.threads) {
    for (let unit = 0; unit < units; unit++) {
      const block = unit % blocks;
      const sheet: Sheet = {
        offset: (Math.floor(unit / blocks) * length * inner + block * width * lanes) * bytes,
        rows,
        vectors: isLine ? 1 : Math.min(width, Math.floor(inner / lanes) - block * width),
        stride: isLine ? 16 : inner * bytes,
        tail: isLine ? length % lanes : 0,
      };
      if (!softmaxInParts(task, sheet, partRows, algorithm))
        softmaxInParts(task, sheet, partRows, ALGORITHMS["three-pass-recompute"]);
    }
    return;
  }
  const shares = Math.min(units, MAXIMUM_SHARES);
  const states = call.scratch(shares * 2 * SET_BYTES);
  call.parallel(
    `softmax_sheets_${suffix}`,
    [x.pointer, y.pointer, states, algorithm, logarithm, length, inner, width, partRows, units, shares],
    shares,
    grainOf((outer * length * inner) / shares),
  );
}

/** One long sheet, its parts shared among threads pass by pass. False where the two-pass algorithm cannot be trusted, and nothing is written. */
function softmaxInParts(task: Task, sheet: Sheet, partRows: number, algorithm: number): boolean {
  const { call, suffix, logarithm, inner } = task;
  const { rows, vectors, stride, tail } = sheet;
  const parts = Math.ceil(rows / partRows);
  const x = call.inputs[0].pointer + sheet.offset;
  const y = call.outputs[0].pointer + sheet.offset;
  const states = call.scratch(parts * SET_BYTES);
  const isThreePass = algorithm === ALGORITHMS["three-pass-recompute"] || algorithm === ALGORITHMS["three-pass-reload"];
  const passes = isThreePass ? 2 : 1;
  const shape = [rows, vectors, stride, tail, partRows];
  const grain = grainOf(partRows * vectors * task.lanes);
  for (let pass = 0; pass < passes; pass++) {
    call.parallel(`softmax_collect_${suffix}`, [x, y, states, algorithm, pass, ...shape], parts, grain);
    const isLast = pass === passes - 1 ? 1 : 0;
    const isLine = inner === 1 ? 1 : 0;
    const merged = [states, algorithm, logarithm, pass, isLast, isLine, vectors, parts];
    if (!call.invoke(`softmax_merge_${suffix}`, ...merged)) return false;
  }
  call.parallel(`softmax_write_${suffix}`, [x, y, states, algorithm, logarithm, ...shape], parts, grain);
  return true;
}

/** Vectors that a block of columns is wide: as many as there are states for (measured: the wider, the faster), fewer where threads would have nothing to do. Results do not depend on it. */
function columnVectors({ call, outer, inner, lanes }: Task): number {
  const vectors = Math.floor(inner / lanes);
  const blocks = Math.max(Math.ceil(vectors / VECTORS), Math.ceil(call.threads / outer));
  return Math.max(Math.min(LEAST_VECTORS, vectors), Math.ceil(vectors / blocks));
}

function grainOf(elementsPerShare: number): number {
  return Math.max(1, Math.ceil(GRAIN_ELEMENTS / elementsPerShare));
}
