import { lanesOf } from "../../../assembly/lanes";
import { begin, collect, complete, write } from "./sheet.as";
import { RECOMPUTE, RELOAD, STATE_BYTES } from "./state.as";

// Lines too short to be cut into vectors, and columns too few to fill them: as many lines as a vector has lanes are brought side by side, a piece at a time.

/** Elements of a line that are brought over at a time; mirrored in cpu.ts. */
// @ts-ignore: decorator
@inline
const PIECE = 256;

/** What one caller works with: a state and a spare one, and a piece. Mirrored in cpu.ts. */
// @ts-ignore: decorator
@inline
const WORK_BYTES: usize = 3 * STATE_BYTES + PIECE * 16;

/** One element of each of several lines, `second`, `third` and `fourth` bytes apart from the first, as a vector. */
// @ts-ignore: decorator
@inline
function loadAcross<T>(address: usize, second: usize, third: usize, fourth: usize): v128 {
  if (sizeof<T>() == 8) return v128.load64_lane(address + second, v128.load64_zero(address), 1);
  const x = v128.load32_lane(address + second, v128.load32_zero(address), 1);
  return v128.load32_lane(address + fourth, v128.load32_lane(address + third, x, 2), 3);
}

/** Lanes without a line of their own share the last line and its value, so storing all is harmless. */
// @ts-ignore: decorator
@inline
function storeAcross<T>(address: usize, x: v128, second: usize, third: usize, fourth: usize): void {
  if (sizeof<T>() == 8) {
    v128.store64_lane(address, x, 0);
    v128.store64_lane(address + second, x, 1);
    return;
  }
  v128.store32_lane(address, x, 0);
  v128.store32_lane(address + second, x, 1);
  v128.store32_lane(address + third, x, 2);
  v128.store32_lane(address + fourth, x, 3);
}

/** Distance in bytes from line `line` to the one `further` lines on, or to the last. Lines are the columns [first, first + columns) of [outer, length, inner]. */
// @ts-ignore: decorator
@inline
function lineOffset<T>(line: i32, length: i32, inner: i32, first: i32, columns: i32): usize {
  const outer = line / columns;
  return (<usize>outer * length * inner + first + (line - outer * columns)) * sizeof<T>();
}

function softmaxAcross<T>(
  algorithm: i32, isLogarithm: bool, x: usize, y: usize, work: usize, length: i32, stride: usize, second: usize, third: usize, fourth: usize,
): bool {
  const piece = work + 3 * STATE_BYTES;
  const passes = algorithm == RECOMPUTE || algorithm == RELOAD ? 2 : 1;
  const isWhole = length <= PIECE;
  for (let pass = 0; pass <= passes; pass++) {
    if (pass < passes) begin<T>(algorithm, pass == 1, work, 1);
    else if (!complete<T>(algorithm, isLogarithm, work, 1)) return false;
    const isWriting = pass == passes;
    const isStoring = isWriting || (pass == 1 && algorithm == RELOAD && !isWhole);
    for (let start = 0; start < length; start += PIECE) {
      const rows = min(PIECE, length - start);
      const end = piece + (<usize>rows << 4);
      const offset = <usize>start * stride;
      if (!isWhole || pass == 0)
        for (let to = piece, from = (isWriting && algorithm == RELOAD ? y : x) + offset; to < end; to += 16, from += stride)
          v128.store(to, loadAcross<T>(from, second, third, fourth));
      if (isWriting) write<T>(algorithm, isLogarithm, work, piece, rows, 1, 16, 0, 0, work + 16);
      else collect<T>(algorithm, pass == 1, work, piece, rows, 1, 16, 0, 0, work + 16);
      if (isStoring)
        for (let from = piece, to = y + offset; from < end; from += 16, to += stride)
          storeAcross<T>(to, v128.load(from), second, third, fourth);
    }
  }
  return true;
}

/** Softmax of `lines` lines, in `shares` equal shares. */
// @ts-ignore: decorator
@inline
export function softmaxLines<T>(
  x: usize, y: usize, work: usize, algorithm: i32, isLogarithm: bool, length: i32, inner: i32, first: i32, columns: i32, lines: i32, shares: i32,
  beginShare: i32, endShare: i32,
): void {
  const lanes = lanesOf<T>();
  const groups = (lines + lanes - 1) / lanes;
  const stride = <usize>inner * sizeof<T>();
  for (let share = beginShare; share < endShare; share++) {
    const own = work + <usize>share * WORK_BYTES;
    const end = <i32>((<i64>groups * (share + 1)) / shares) * lanes;
    for (let line = <i32>((<i64>groups * share) / shares) * lanes; line < end; line += lanes) {
      const offset = lineOffset<T>(line, length, inner, first, columns);
      const second = lineOffset<T>(min(line + 1, lines - 1), length, inner, first, columns) - offset;
      const third = lineOffset<T>(min(line + 2, lines - 1), length, inner, first, columns) - offset;
      const fourth = lineOffset<T>(min(line + 3, lines - 1), length, inner, first, columns) - offset;
      if (!softmaxAcross<T>(algorithm, isLogarithm, x + offset, y + offset, own, length, stride, second, third, fourth))
        softmaxAcross<T>(RECOMPUTE, isLogarithm, x + offset, y + offset, own, length, stride, second, third, fourth);
    }
  }
}
