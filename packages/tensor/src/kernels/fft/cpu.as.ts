import { lanesOf } from "../../../assembly/lanes";
import { loadLanes, modulate, pack, storeLanes, turnLanes, unpack, weight } from "./block.as";
import { ELEMENT, runStage } from "./stages.as";

/** A step of a plan: what to do, two counts, and where its table is. Numbers below `MODULATE` are radices, the others those of `STEPS` in plan.ts. */
// @ts-ignore: decorator
@inline
const STEP_BYTES: usize = 16;
// @ts-ignore: decorator
@inline
const MODULATE: u32 = 32;
// @ts-ignore: decorator
@inline
const MODULATE_SWAPPED: u32 = 33;
// @ts-ignore: decorator
@inline
const WEIGHT: u32 = 34;
// @ts-ignore: decorator
@inline
const UNPACK: u32 = 35;
// @ts-ignore: decorator
@inline
const PACK: u32 = 36;

/** Where the numbers of lines are: line (a, b, c) begins at base + a strides[0] + b strides[1] + c strides[2]; then their distance, what they are, how many, and whether real and imaginary parts are exchanged. */
@unmanaged
class Side {
  base: u32;
  strideA: u32;
  strideB: u32;
  strideC: u32;
  stride: u32;
  kind: u32;
  count: u32;
  swapped: u32;
}

/** One sweep over all lines, as sweep.ts lays it out. */
@unmanaged
class Pass {
  scale: f64;
  /** Lines, and the extents of b and c. */
  lines: u32;
  extentB: u32;
  extentC: u32;
  /** Address of the plan: its steps, then their tables. */
  plan: u32;
  stepCount: u32;
  /** Vectors of lines in a block. */
  width: u32;
  /** Equal shares of the lines, each with `slotBytes` of scratch: two blocks of half of that. */
  shares: u32;
  scratch: u32;
  slotBytes: u32;
  /** Factors by which results are turned, see `turnLanes`; 0 for none. The factors of a line are those of its index b. */
  turns: u32;
  turnRows: u32;
  turnRowBytes: u32;
}

/** Bytes of a `Pass`, a multiple of 8; behind it lie the sides, source and target. */
// @ts-ignore: decorator
@inline
const PASS_BYTES: usize = 56;
// @ts-ignore: decorator
@inline
const SIDE_BYTES: usize = 32;

/** For every vector of a block, the addresses of its lanes' sources, targets and factors: three times four words. */
// @ts-ignore: decorator
@inline
const LANE_BYTES: usize = 48;

/** Lists the lanes' addresses for the lines from (a, b, c) on; what would be beyond the last line repeats it. */
// @ts-ignore: decorator
@inline
function locateLanes<T>(pass: Pass, source: Side, target: Side, lanes: usize, firstLine: u32): void {
  let c = firstLine % pass.extentC;
  const rest = firstLine / pass.extentC;
  let b = rest % pass.extentB;
  let a = rest / pass.extentB;
  let left = pass.lines - firstLine;
  for (let vector: u32 = 0; vector < pass.width; vector++, lanes += LANE_BYTES)
    for (let lane = lanes, end = lanes + 4 * lanesOf<T>(); lane < end; lane += 4) {
      store<u32>(lane, source.base + a * source.strideA + b * source.strideB + c * source.strideC);
      store<u32>(lane, target.base + a * target.strideA + b * target.strideB + c * target.strideC, 16);
      store<u32>(lane, b * 2 * <u32>sizeof<T>(), 32);
      if (left <= 1) continue;
      left--;
      if (++c < pass.extentC) continue;
      c = 0;
      if (++b < pass.extentB) continue;
      b = 0;
      a++;
    }
}

/** Runs the plan's steps on the block at x, with y as the other buffer; returns where the result is. */
// @ts-ignore: decorator
@inline
function runSteps<T>(pass: Pass, x: usize, y: usize): usize {
  const width = <usize>pass.width;
  const positionBytes = width * ELEMENT;
  let s = width;
  let step = <usize>pass.plan;
  for (const end = step + pass.stepCount * STEP_BYTES; step < end; step += STEP_BYTES) {
    const kind = load<u32>(step);
    const count = <usize>load<u32>(step, 4);
    const total = <usize>load<u32>(step, 8);
    const table = <usize>pass.plan + load<u32>(step, 12);
    if (kind < MODULATE) {
      runStage<T>(kind, x, y, count, s, table);
      const done = y;
      y = x;
      x = done;
      s = count == 1 ? width : s * kind;
    } else if (kind == MODULATE) modulate<T>(0, x, positionBytes, count, total, table);
    else if (kind == MODULATE_SWAPPED) modulate<T>(1, x, positionBytes, count, total, table);
    else if (kind == WEIGHT) weight<T>(x, positionBytes, count, total, table);
    else if (kind == UNPACK) unpack<T>(x, positionBytes, count, table);
    else pack<T>(x, positionBytes, count, table);
  }
  return x;
}

// @ts-ignore: decorator
@inline
const CACHE_LINE: u32 = 64;

/**
 * Positions that are moved for one vector of lines before the next: the vectors of a block share cache lines, and where lines are columns of a matrix
 * these lie at distances that few places of the cache are for.
 */
// @ts-ignore: decorator
@inline
const CHUNK: usize = 8;

// @ts-ignore: decorator
@inline
function chunkOf(pass: Pass, side: Side): usize {
  return pass.width == 1 || side.stride < CACHE_LINE ? side.count : CHUNK;
}

// @ts-ignore: decorator
@inline
function loadBlock<T>(pass: Pass, side: Side, block: usize, lanes: usize): void {
  const step = <usize>pass.width * ELEMENT;
  const lanesEnd = lanes + <usize>pass.width * LANE_BYTES;
  const chunk = chunkOf(pass, side);
  let start: usize = 0;
  for (let first: usize = 0; first < side.count; first += chunk, start += chunk * side.stride, block += chunk * step) {
    const count = min(chunk, side.count - first);
    for (let lane = lanes, to = block; lane < lanesEnd; lane += LANE_BYTES, to += ELEMENT)
      loadLanes<T>(side.kind, to, step, lane, start, side.stride, count, side.swapped);
  }
}

// @ts-ignore: decorator
@inline
function storeBlock<T>(pass: Pass, side: Side, block: usize, lanes: usize): void {
  const step = <usize>pass.width * ELEMENT;
  const lanesEnd = lanes + <usize>pass.width * LANE_BYTES;
  const chunk = chunkOf(pass, side);
  let start: usize = 0;
  for (let first: usize = 0; first < side.count; first += chunk, start += chunk * side.stride, block += chunk * step) {
    const count = min(chunk, side.count - first);
    for (let lane = lanes, from = block; lane < lanesEnd; lane += LANE_BYTES, from += ELEMENT)
      storeLanes<T>(side.kind, from, step, lane + 16, start, side.stride, count, side.swapped, <T>pass.scale);
  }
}

// @ts-ignore: decorator
@inline
function transformBlock<T>(pass: Pass, source: Side, target: Side, slot: usize, line: u32): void {
  const width = <usize>pass.width;
  const block = slot + ((width * LANE_BYTES + 63) & ~63);
  const blockBytes = (slot + pass.slotBytes - block) >> 1;
  locateLanes<T>(pass, source, target, slot, line);
  loadBlock<T>(pass, source, block, slot);
  const result = runSteps<T>(pass, block, block + blockBytes);
  if (pass.turns)
    for (let vector: usize = 0; vector < width; vector++) {
      const factors = slot + vector * LANE_BYTES + 32;
      turnLanes<T>(result + vector * ELEMENT, width * ELEMENT, factors, target.count, pass.turns, pass.turnRows, pass.turnRowBytes);
    }
  storeBlock<T>(pass, target, result, slot);
}

export function fft_block_f32(pass: usize, slot: usize, line: u32): void {
  transformBlock<f32>(changetype<Pass>(pass), changetype<Side>(pass + PASS_BYTES), changetype<Side>(pass + PASS_BYTES + SIDE_BYTES), slot, line);
}

export function fft_block_f64(pass: usize, slot: usize, line: u32): void {
  transformBlock<f64>(changetype<Pass>(pass), changetype<Side>(pass + PASS_BYTES), changetype<Side>(pass + PASS_BYTES + SIDE_BYTES), slot, line);
}

/** Transforms the lines of the shares [begin, end) of a pass. */
// @ts-ignore: decorator
@inline
function transformShares<T>(address: usize, begin: u32, end: u32): void {
  const pass = changetype<Pass>(address);
  const blockLines = pass.width * lanesOf<T>();
  const blocks = (pass.lines + blockLines - 1) / blockLines;
  for (let share = begin; share < end; share++) {
    const slot = <usize>pass.scratch + share * pass.slotBytes;
    const last = <u32>((<u64>blocks * (share + 1)) / pass.shares);
    for (let block = <u32>((<u64>blocks * share) / pass.shares); block < last; block++)
      if (sizeof<T>() == 4) fft_block_f32(address, slot, block * blockLines);
      else fft_block_f64(address, slot, block * blockLines);
  }
}

export function fft_lines_f32(pass: usize, begin: u32, end: u32): void {
  transformShares<f32>(pass, begin, end);
}

export function fft_lines_f64(pass: usize, begin: u32, end: u32): void {
  transformShares<f64>(pass, begin, end);
}

export {
  fft_stage2_f32, fft_stage2_f64, fft_stage3_f32, fft_stage3_f64, fft_stage4_f32, fft_stage4_f64, fft_stage5_f32, fft_stage5_f64,
  fft_stage_odd_f32, fft_stage_odd_f64,
} from "./stages.as";
export {
  fft_clear, fft_copy_line_f32, fft_copy_line_f64, fft_pack_line_f32, fft_pack_line_f64, fft_unpack_line_f32, fft_unpack_line_f64,
} from "./line.as";
