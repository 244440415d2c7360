import { lanesOf } from "../../../assembly/lanes";
import { softmaxLines } from "./lines.as";
import { begin, collect, complete, mergeLine, mergeParts, write } from "./sheet.as";
import { RECOMPUTE, RELOAD, STATE_BYTES } from "./state.as";

// Sheets are cut into parts of `partRows` rows, whose states are merged in order: the same results whether parts are shared among threads or not. A line of its own,
// cut into vectors, has stride 16 and its lanes are merged in the end.

/** Bytes of a set of states. Mirrored in cpu.ts. */
// @ts-ignore: decorator
@inline
const SET_BYTES: usize = 3 * STATE_BYTES;

/** Collects part `part` of a sheet into states that begin anew; a second pass takes its bases from `bases`. */
// @ts-ignore: decorator
@inline
function collectPart<T>(
  algorithm: i32, isSecond: bool, x: usize, toY: usize, state: usize, bases: usize, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32, part: i32,
): void {
  const first = part * partRows;
  const isLast = first + partRows >= rows;
  if (isSecond && state != bases) memory.copy(state, bases, <usize>vectors << 4);
  begin<T>(algorithm, isSecond, state, vectors);
  const partStart = x + <usize>first * stride;
  collect<T>(algorithm, isSecond, state, partStart, min(partRows, rows - first), vectors, stride, isLast ? tail : 0, toY, state + 16);
}

/** Softmax of a whole sheet; false where TWO_PASS cannot be trusted, and nothing is written. */
function softmaxSheet<T>(
  algorithm: i32, isLogarithm: bool, isLine: bool, x: usize, toY: usize, states: usize, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32,
): bool {
  const passes = algorithm == RECOMPUTE || algorithm == RELOAD ? 2 : 1;
  for (let pass = 0; pass < passes; pass++) {
    collectPart<T>(algorithm, pass == 1, x, toY, states, states, rows, vectors, stride, tail, partRows, 0);
    for (let part = 1; part * partRows < rows; part++) {
      collectPart<T>(algorithm, pass == 1, x, toY, states + SET_BYTES, states, rows, vectors, stride, tail, partRows, part);
      mergeParts<T>(algorithm, pass == 1, states, states + SET_BYTES, vectors);
    }
    if (isLine) mergeLine<T>(algorithm, pass == 1, states, states + 16);
  }
  if (!complete<T>(algorithm, isLogarithm, states, vectors)) return false;
  write<T>(algorithm, isLogarithm, states, x, rows, vectors, stride, tail, toY, states + 16);
  return true;
}

/**
 * Softmax along the middle axis of [outer, length, inner]: of lines (inner = 1), or of the columns that fill vectors, in blocks of `width` vectors. `units` lines or blocks are
 * divided into `shares` equal shares, each with two sets of states of its own.
 */
// @ts-ignore: decorator
@inline
function softmaxSheets<T>(
  x: usize, y: usize, states: usize, algorithm: i32, isLogarithm: bool, length: i32, inner: i32, width: i32, partRows: i32, units: i32, shares: i32,
  beginShare: i32, endShare: i32,
): void {
  const lanes = lanesOf<T>();
  const isLine = inner == 1;
  const blocks = isLine ? 1 : (inner / lanes + width - 1) / width;
  const rows = isLine ? length / lanes : length;
  const stride: usize = isLine ? 16 : <usize>inner * sizeof<T>();
  const tail = isLine ? length - rows * lanes : 0;
  for (let share = beginShare; share < endShare; share++) {
    const own = states + <usize>share * 2 * SET_BYTES;
    const end = <i32>((<i64>units * (share + 1)) / shares);
    for (let unit = <i32>((<i64>units * share) / shares); unit < end; unit++) {
      const outer = unit / blocks;
      const block = unit - outer * blocks;
      const vectors = isLine ? 1 : min(width, inner / lanes - block * width);
      const from = x + (<usize>outer * length * inner + <usize>block * width * lanes) * sizeof<T>();
      if (!softmaxSheet<T>(algorithm, isLogarithm, isLine, from, y - x, own, rows, vectors, stride, tail, partRows))
        softmaxSheet<T>(RECOMPUTE, isLogarithm, isLine, from, y - x, own, rows, vectors, stride, tail, partRows);
    }
  }
}

/** Collects the parts [begin, end) of one sheet, each into a set of its own. */
// @ts-ignore: decorator
@inline
function collectParts<T>(
  x: usize, y: usize, states: usize, algorithm: i32, isSecond: bool, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32, beginPart: i32, endPart: i32,
): void {
  for (let part = beginPart; part < endPart; part++)
    collectPart<T>(
      algorithm, isSecond, x, y - x, states + <usize>part * SET_BYTES, states, rows, vectors, stride, tail, partRows, part,
    );
}

/** Merges the states of all parts into the first and, after the last pass, completes them; 0 where TWO_PASS cannot be trusted. */
// @ts-ignore: decorator
@inline
function mergeAll<T>(
  states: usize, algorithm: i32, isLogarithm: bool, isSecond: bool, isLast: bool, isLine: bool, vectors: i32, parts: i32,
): i32 {
  for (let part = 1; part < parts; part++) mergeParts<T>(algorithm, isSecond, states, states + <usize>part * SET_BYTES, vectors);
  if (isLine) mergeLine<T>(algorithm, isSecond, states, states + 16);
  return <i32>(!isLast || complete<T>(algorithm, isLogarithm, states, vectors));
}

/** Writes the results of the parts [begin, end). */
// @ts-ignore: decorator
@inline
function writeParts<T>(
  x: usize, y: usize, states: usize, algorithm: i32, isLogarithm: bool, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32, beginPart: i32, endPart: i32,
): void {
  for (let part = beginPart; part < endPart; part++) {
    const first = part * partRows;
    const isLast = first + partRows >= rows;
    const from = x + <usize>first * stride;
    write<T>(algorithm, isLogarithm, states, from, min(partRows, rows - first), vectors, stride, isLast ? tail : 0, y - x, states + 16);
  }
}

export function softmax_lines_f32(
  x: usize, y: usize, work: usize, algorithm: i32, isLogarithm: bool, length: i32, inner: i32, first: i32, columns: i32, lines: i32, shares: i32, begin: i32, end: i32,
): void {
  softmaxLines<f32>(x, y, work, algorithm, isLogarithm, length, inner, first, columns, lines, shares, begin, end);
}

export function softmax_lines_f64(
  x: usize, y: usize, work: usize, algorithm: i32, isLogarithm: bool, length: i32, inner: i32, first: i32, columns: i32, lines: i32, shares: i32, begin: i32, end: i32,
): void {
  softmaxLines<f64>(x, y, work, algorithm, isLogarithm, length, inner, first, columns, lines, shares, begin, end);
}

export function softmax_sheets_f32(
  x: usize, y: usize, states: usize, algorithm: i32, isLogarithm: bool, length: i32, inner: i32, width: i32, partRows: i32, units: i32, shares: i32, begin: i32, end: i32,
): void {
  softmaxSheets<f32>(x, y, states, algorithm, isLogarithm, length, inner, width, partRows, units, shares, begin, end);
}

export function softmax_sheets_f64(
  x: usize, y: usize, states: usize, algorithm: i32, isLogarithm: bool, length: i32, inner: i32, width: i32, partRows: i32, units: i32, shares: i32, begin: i32, end: i32,
): void {
  softmaxSheets<f64>(x, y, states, algorithm, isLogarithm, length, inner, width, partRows, units, shares, begin, end);
}

export function softmax_collect_f32(
  x: usize, y: usize, states: usize, algorithm: i32, isSecond: bool, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32, begin: i32, end: i32,
): void {
  collectParts<f32>(x, y, states, algorithm, isSecond, rows, vectors, stride, tail, partRows, begin, end);
}

export function softmax_collect_f64(
  x: usize, y: usize, states: usize, algorithm: i32, isSecond: bool, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32, begin: i32, end: i32,
): void {
  collectParts<f64>(x, y, states, algorithm, isSecond, rows, vectors, stride, tail, partRows, begin, end);
}

export function softmax_merge_f32(
  states: usize, algorithm: i32, isLogarithm: bool, isSecond: bool, isLast: bool, isLine: bool, vectors: i32, parts: i32,
): i32 {
  return mergeAll<f32>(states, algorithm, isLogarithm, isSecond, isLast, isLine, vectors, parts);
}

export function softmax_merge_f64(
  states: usize, algorithm: i32, isLogarithm: bool, isSecond: bool, isLast: bool, isLine: bool, vectors: i32, parts: i32,
): i32 {
  return mergeAll<f64>(states, algorithm, isLogarithm, isSecond, isLast, isLine, vectors, parts);
}

export function softmax_write_f32(
  x: usize, y: usize, states: usize, algorithm: i32, isLogarithm: bool, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32, begin: i32, end: i32,
): void {
  writeParts<f32>(x, y, states, algorithm, isLogarithm, rows, vectors, stride, tail, partRows, begin, end);
}

export function softmax_write_f64(
  x: usize, y: usize, states: usize, algorithm: i32, isLogarithm: bool, rows: i32, vectors: i32, stride: usize, tail: i32, partRows: i32, begin: i32, end: i32,
): void {
  writeParts<f64>(x, y, states, algorithm, isLogarithm, rows, vectors, stride, tail, partRows, begin, end);
}
