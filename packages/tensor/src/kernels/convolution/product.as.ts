import { TILE_ROW_BYTES } from "../../../assembly/register-tile";

/** A source laid out with its padding. Filled in by cpu.ts, word by word in this order; addresses in bytes, all else in elements. */
// @ts-ignore: decorator
@unmanaged
export class Layout {
  source: u32;
  /** [planes, depth, height, phases, phase width]: a phase for each residue of the position in a row modulo the stride, so that windows a stride apart are neighbours. */
  target: u32;
  sourceDepth: i32;
  sourceHeight: i32;
  sourceWidth: i32;
  depth: i32;
  height: i32;
  phases: i32;
  phaseWidth: i32;
  /** Zeros before the source; less than 0 where the source begins earlier. */
  beforeDepth: i32;
  beforeHeight: i32;
  beforeWidth: i32;
}

/** What is to be summed, and where it is. Filled in by cpu.ts, word by word in this order; addresses and steps in bytes. */
// @ts-ignore: decorator
@unmanaged
export class Product {
  /** The laid-out source. */
  source: u32;
  /** Distances in it of the elements of a window from its start, in the order of a filter. */
  offsets: u32;
  /** The filter (of window sums) or the cotangent (of the filter's gradient), as it was given. */
  operand: u32;
  /** The same in panels. */
  packed: u32;
  result: u32;
  batches: u32;
  groups: u32;
  /** Channels made, per group. */
  outputs: u32;
  /** Channels that are summed, per group, and elements of the window in each. */
  channels: u32;
  elements: u32;
  depth: u32;
  height: u32;
  width: u32;
  sourceExampleStep: u32;
  sourceGroupStep: u32;
  sourceDepthStep: u32;
  sourceHeightStep: u32;
  resultPlaneStep: u32;
  resultDepthStep: u32;
  resultHeightStep: u32;
  resultWidthStep: u32;
  /** Places of the elements of the window in a filter. */
  places: u32;
  filterGroupStep: u32;
  filterOutputStep: u32;
  filterChannelStep: u32;
}

/** Elements of a row of a register tile. */
// @ts-ignore: decorator
@inline
export function tileColumns<T>(): usize {
  return TILE_ROW_BYTES / sizeof<T>();
}
