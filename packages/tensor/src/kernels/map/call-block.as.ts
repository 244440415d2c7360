/**
 * The call block of an operation with several arguments: 32-bit words written by `cpu.ts`. The result is seen as rows of `run` elements in which every
 * argument either runs along (step 1) or stands still (step 0); `rank` outer axes, with extents and element strides per argument, say where its rows begin.
 */
// @ts-ignore: decorator
@inline
const OUTPUT: usize = 0;
// @ts-ignore: decorator
@inline
const RUN: usize = 4;
// @ts-ignore: decorator
@inline
const RANK: usize = 8;
/** Per argument: address (0: the constant below) and step. */
// @ts-ignore: decorator
@inline
const ARGUMENTS: usize = 16;
/** Per argument: the value of a number argument, eight bytes. */
// @ts-ignore: decorator
@inline
const CONSTANTS: usize = 40;
/** Extents of the outer axes, outermost first, then their strides for each argument. */
// @ts-ignore: decorator
@inline
const AXES: usize = 64;

// @ts-ignore: decorator
@inline
export function outputOf(block: usize): usize {
  return load<u32>(block, OUTPUT);
}

/** Elements in a row. */
// @ts-ignore: decorator
@inline
export function runOf(block: usize): i32 {
  return load<i32>(block, RUN);
}

/** Whether an argument runs along the rows. */
// @ts-ignore: decorator
@inline
export function steps(block: usize, argument: usize): bool {
  return load<u32>(block + (argument << 3), ARGUMENTS + 4) != 0;
}

/** Address of an argument's element, of `bytes` bytes, for element `within` of a row of the result. */
// @ts-ignore: decorator
@inline
export function addressOf(block: usize, argument: usize, row: i32, within: i32, bytes: usize): usize {
  const base: usize = load<u32>(block + (argument << 3), ARGUMENTS);
  if (base == 0) return block + CONSTANTS + (argument << 3);
  const element = steps(block, argument) ? <usize>within : 0;
  return base + (rowElement(block, argument, row) + element) * bytes;
}

/** Number of the argument's element at the start of a row. */
function rowElement(block: usize, argument: usize, row: i32): usize {
  const rank = load<i32>(block, RANK);
  const strides = block + AXES + ((<usize>rank * (argument + 1)) << 2);
  let element: usize = 0;
  for (let axis = rank - 1; axis > 0; axis--) {
    const extent = load<i32>(block + (<usize>axis << 2), AXES);
    const outer = row / extent;
    element += <usize>(row - outer * extent) * load<u32>(strides + (<usize>axis << 2));
    row = outer;
  }
  return rank > 0 ? element + <usize>row * load<u32>(strides) : 0;
}
