import { multiplyAdd } from "../../../assembly/multiply-add";
import { splatAt, TILE_ROWS } from "../../../assembly/register-tile";
import { Product, tileColumns } from "./product.as";

/** Positions of a row that a unit of work takes: a few tiles, so that single long rows are shared among threads too. */
// @ts-ignore: decorator
@inline
const UNIT_WIDTH: u32 = 64;

/** Packs panels of TILE_ROWS filters, [begin, end) counted over groups: [groups, panels, channels, elements, TILE_ROWS]. */
// @ts-ignore: decorator
@inline
export function packFilters<T>(product: Product, begin: i32, end: i32): void {
  const outputs = <usize>product.outputs;
  const panels = (outputs + TILE_ROWS - 1) / TILE_ROWS;
  const channels = <usize>product.channels;
  const elements = <usize>product.elements;
  for (let panel = <usize>begin; panel < <usize>end; panel++) {
    const group = panel / panels;
    const output = (panel - group * panels) * TILE_ROWS;
    let target = <usize>product.packed + panel * channels * elements * TILE_ROWS * sizeof<T>();
    const source = <usize>product.operand + group * product.filterGroupStep + output * product.filterOutputStep;
    for (let channel: usize = 0; channel < channels; channel++)
      for (let element: usize = 0; element < elements; element++) {
        const place = load<u32>(product.places + (element << 2));
        let from = source + channel * product.filterChannelStep + place * sizeof<T>();
        for (let i: usize = 0; i < TILE_ROWS; i++) {
          store<T>(target, output + i < outputs ? load<T>(from) : <T>0);
          target += sizeof<T>();
          from += product.filterOutputStep;
        }
      }
  }
}

/**
 * Computes units [begin, end): up to UNIT_WIDTH neighbouring positions of a row, all channels of a group. With one channel to a group, a unit has TILE_ROWS rows.
 */
// @ts-ignore: decorator
@inline
export function sumWindows<T>(product: Product, begin: i32, end: i32): void {
  const isSingle = product.outputs == 1;
  const unitRows: u32 = isSingle ? <u32>TILE_ROWS : 1;
  const unitsHigh = (product.height + unitRows - 1) / unitRows;
  const unitsWide = (product.width + UNIT_WIDTH - 1) / UNIT_WIDTH;
  for (let unit = <u32>begin; unit < <u32>end; unit++) {
    let rest = unit / unitsWide;
    const column = (unit - rest * unitsWide) * UNIT_WIDTH;
    const height = (rest % unitsHigh) * unitRows;
    rest /= unitsHigh;
    const depth = rest % product.depth;
    rest /= product.depth;
    const group = rest % product.groups;
    const example = rest / product.groups;
    const source = <usize>product.source + <usize>example * product.sourceExampleStep + <usize>group * product.sourceGroupStep
      + <usize>depth * product.sourceDepthStep + <usize>height * product.sourceHeightStep;
    const result = <usize>product.result + <usize>(example * product.groups + group) * product.outputs * product.resultPlaneStep
      + <usize>depth * product.resultDepthStep + <usize>height * product.resultHeightStep;
    const columnEnd = min(product.width, column + UNIT_WIDTH);
    for (let from = column; from < columnEnd; from += <u32>tileColumns<T>()) {
      const columns = min(<u32>tileColumns<T>(), columnEnd - from);
      const b = source + <usize>from * sizeof<T>();
      const c = result + <usize>from * product.resultWidthStep;
      if (isSingle) sumSingle<T>(product, group, b, c, min(<u32>TILE_ROWS, product.height - height), columns);
      else sumChannels<T>(product, group, b, c, columns);
    }
  }
}

// @ts-ignore: decorator
@inline
function sumChannels<T>(product: Product, group: u32, b: usize, c: usize, columns: usize): void {
  const outputs = <usize>product.outputs;
  const panels = (outputs + TILE_ROWS - 1) / TILE_ROWS;
  const terms = <usize>product.channels * product.elements;
  const panelBytes = terms * TILE_ROWS * sizeof<T>();
  let a = <usize>product.packed + <usize>group * panels * panelBytes;
  for (let output: usize = 0; output < outputs; output += TILE_ROWS) {
    const rows = min(TILE_ROWS, outputs - output);
    if (sizeof<T>() == 4)
      convolution_tile_f32(terms, a, product.offsets, b, c, product.resultPlaneStep, product.resultWidthStep, rows, columns);
    else convolution_tile_f64(terms, a, product.offsets, b, c, product.resultPlaneStep, product.resultWidthStep, rows, columns);
    a += panelBytes;
    c += TILE_ROWS * product.resultPlaneStep;
  }
}

// @ts-ignore: decorator
@inline
function sumSingle<T>(product: Product, group: u32, b: usize, c: usize, rows: usize, columns: usize): void {
  const terms = <usize>product.channels * product.elements;
  const a = <usize>product.packed + <usize>group * terms * TILE_ROWS * sizeof<T>();
  const bStep = product.sourceHeightStep;
  const cStep = product.resultHeightStep;
  if (sizeof<T>() == 4)
    convolution_single_f32(terms, a, product.offsets, b, bStep, c, cStep, product.resultWidthStep, rows, columns);
  else convolution_single_f64(terms, a, product.offsets, b, bStep, c, cStep, product.resultWidthStep, rows, columns);
}

/** A register tile: TILE_ROWS channels at a tile row of positions. */
// @ts-ignore: decorator
@inline
function channelTile<T>(
  terms: usize, a: usize, offsets: usize, b: usize, c: usize, cStep: usize, columnStep: usize, rows: usize, columns: usize,
): void {
  let c00 = v128.splat<T>(0), c01 = v128.splat<T>(0);
  let c10 = v128.splat<T>(0), c11 = v128.splat<T>(0);
  let c20 = v128.splat<T>(0), c21 = v128.splat<T>(0);
  let c30 = v128.splat<T>(0), c31 = v128.splat<T>(0);
  for (const end = offsets + (terms << 2); offsets < end; offsets += 4, a += TILE_ROWS * sizeof<T>()) {
    const at = b + load<u32>(offsets);
    const b0 = v128.load(at);
    const b1 = v128.load(at, 16);
    let value = splatAt<T>(a);
    c00 = multiplyAdd<T>(value, b0, c00);
    c01 = multiplyAdd<T>(value, b1, c01);
    value = splatAt<T>(a + sizeof<T>());
    c10 = multiplyAdd<T>(value, b0, c10);
    c11 = multiplyAdd<T>(value, b1, c11);
    value = splatAt<T>(a + 2 * sizeof<T>());
    c20 = multiplyAdd<T>(value, b0, c20);
    c21 = multiplyAdd<T>(value, b1, c21);
    value = splatAt<T>(a + 3 * sizeof<T>());
    c30 = multiplyAdd<T>(value, b0, c30);
    c31 = multiplyAdd<T>(value, b1, c31);
  }
  storeRow<T>(c, c00, c01, columnStep, columns);
  if (rows > 1) storeRow<T>((c += cStep), c10, c11, columnStep, columns);
  if (rows > 2) storeRow<T>((c += cStep), c20, c21, columnStep, columns);
  if (rows > 3) storeRow<T>((c += cStep), c30, c31, columnStep, columns);
}

/** A register tile of one channel: up to TILE_ROWS rows of a tile row of positions. Rows beyond are computed again and not stored. */
// @ts-ignore: decorator
@inline
function singleTile<T>(
  terms: usize, a: usize, offsets: usize, b: usize, bStep: usize, c: usize, cStep: usize, columnStep: usize, rows: usize, columns: usize,
): void {
  let c00 = v128.splat<T>(0), c01 = v128.splat<T>(0);
  let c10 = v128.splat<T>(0), c11 = v128.splat<T>(0);
  let c20 = v128.splat<T>(0), c21 = v128.splat<T>(0);
  let c30 = v128.splat<T>(0), c31 = v128.splat<T>(0);
  const step1 = rows > 1 ? bStep : 0;
  const step2 = rows > 2 ? 2 * bStep : 0;
  const step3 = rows > 3 ? 3 * bStep : 0;
  for (const end = offsets + (terms << 2); offsets < end; offsets += 4, a += TILE_ROWS * sizeof<T>()) {
    const at = b + load<u32>(offsets);
    const value = splatAt<T>(a);
    c00 = multiplyAdd<T>(value, v128.load(at), c00);
    c01 = multiplyAdd<T>(value, v128.load(at, 16), c01);
    c10 = multiplyAdd<T>(value, v128.load(at + step1), c10);
    c11 = multiplyAdd<T>(value, v128.load(at + step1, 16), c11);
    c20 = multiplyAdd<T>(value, v128.load(at + step2), c20);
    c21 = multiplyAdd<T>(value, v128.load(at + step2, 16), c21);
    c30 = multiplyAdd<T>(value, v128.load(at + step3), c30);
    c31 = multiplyAdd<T>(value, v128.load(at + step3, 16), c31);
  }
  storeRow<T>(c, c00, c01, columnStep, columns);
  if (rows > 1) storeRow<T>((c += cStep), c10, c11, columnStep, columns);
  if (rows > 2) storeRow<T>((c += cStep), c20, c21, columnStep, columns);
  if (rows > 3) storeRow<T>((c += cStep), c30, c31, columnStep, columns);
}

/** The first `columns` elements of a row of a tile, to addresses a step apart. */
// @ts-ignore: decorator
@inline
function storeRow<T>(c: usize, x: v128, y: v128, columnStep: usize, columns: usize): void {
  if (columns == tileColumns<T>() && columnStep == sizeof<T>()) {
    v128.store(c, x);
    v128.store(c, y, 16);
    return;
  }
  const half = tileColumns<T>() / 2;
  storeLanes<T>(c, x, columnStep, min(half, columns));
  if (columns > half) storeLanes<T>(c + half * columnStep, y, columnStep, columns - half);
}

// @ts-ignore: decorator
@inline
function storeLanes<T>(c: usize, x: v128, step: usize, count: usize): void {
  if (sizeof<T>() == 8) {
    v128.store64_lane(c, x, 0);
    if (count > 1) v128.store64_lane(c + step, x, 1);
    return;
  }
  v128.store32_lane(c, x, 0);
  if (count > 1) v128.store32_lane(c + step, x, 1);
  if (count > 2) v128.store32_lane(c + 2 * step, x, 2);
  if (count > 3) v128.store32_lane(c + 3 * step, x, 3);
}

// Exported from the module so that they stay functions of their own, see matmul's `packed-tile.as.ts`.
export function convolution_tile_f32(
  terms: usize, a: usize, offsets: usize, b: usize, c: usize, cStep: usize, columnStep: usize, rows: usize, columns: usize,
): void {
  channelTile<f32>(terms, a, offsets, b, c, cStep, columnStep, rows, columns);
}

export function convolution_tile_f64(
  terms: usize, a: usize, offsets: usize, b: usize, c: usize, cStep: usize, columnStep: usize, rows: usize, columns: usize,
): void {
  channelTile<f64>(terms, a, offsets, b, c, cStep, columnStep, rows, columns);
}

export function convolution_single_f32(
  terms: usize, a: usize, offsets: usize, b: usize, bStep: usize, c: usize, cStep: usize, columnStep: usize, rows: usize, columns: usize,
): void {
  singleTile<f32>(terms, a, offsets, b, bStep, c, cStep, columnStep, rows, columns);
}

export function convolution_single_f64(
  terms: usize, a: usize, offsets: usize, b: usize, bStep: usize, c: usize, cStep: usize, columnStep: usize, rows: usize, columns: usize,
): void {
  singleTile<f64>(terms, a, offsets, b, bStep, c, cStep, columnStep, rows, columns);
}
