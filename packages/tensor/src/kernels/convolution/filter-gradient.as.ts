import { multiplyAdd } from "../../../assembly/multiply-add";
import { packPanel } from "../../../assembly/pack-panel";
import { splatAt, TILE_ROW_BYTES, TILE_ROWS } from "../../../assembly/register-tile";
import { Product, tileColumns } from "./product.as";

// @ts-ignore: decorator
@inline
const TILE_BYTES: usize = TILE_ROWS * TILE_ROW_BYTES;

/** Elements of the filter whose inner products are taken at once: as many as hide the latency of an addition. */
// @ts-ignore: decorator
@inline
const DOTS: usize = 5;

/** Packs the cotangent: [examples, groups, panels, positions, a tile row of channels]; panels [begin, end) counted over examples and groups. */
// @ts-ignore: decorator
@inline
export function packCotangent<T>(product: Product, begin: i32, end: i32): void {
  const outputs = <usize>product.outputs;
  const panels = (outputs + tileColumns<T>() - 1) / tileColumns<T>();
  const positions = <usize>product.depth * product.height * product.width;
  const channelBytes = positions * sizeof<T>();
  for (let panel = <usize>begin; panel < <usize>end; panel++) {
    const plane = panel / panels;
    const output = (panel - plane * panels) * tileColumns<T>();
    const source = product.operand + (plane * outputs + output) * channelBytes;
    const target = product.packed + panel * positions * TILE_ROW_BYTES;
    packPanel<T>(tileColumns<T>(), source, channelBytes, sizeof<T>(), outputs - output, positions, target);
  }
}

/** Computes TILE_ROWS elements of the filters of all channels of a group, for units [begin, end) counted over groups; `tiles` has room for the sums of each. */
// @ts-ignore: decorator
@inline
export function filterTiles<T>(product: Product, tiles: usize, begin: i32, end: i32): void {
  const terms = <usize>product.channels * product.elements;
  const units = (terms + TILE_ROWS - 1) / TILE_ROWS;
  const panels = (<usize>product.outputs + tileColumns<T>() - 1) / tileColumns<T>();
  const planeBytes = <usize>product.height * product.width * TILE_ROW_BYTES;
  for (let unit = <usize>begin; unit < <usize>end; unit++) {
    const group = unit / units;
    const term = (unit - group * units) * TILE_ROWS;
    const sums = tiles + unit * panels * TILE_BYTES;
    memory.fill(sums, 0, panels * TILE_BYTES);
    for (let example: usize = 0; example < product.batches; example++)
      for (let panel: usize = 0; panel < panels; panel++)
        for (let depth: usize = 0; depth < product.depth; depth++)
          addPlane<T>(
            product,
            term,
            product.source + example * product.sourceExampleStep + group * product.sourceGroupStep + depth * product.sourceDepthStep,
            product.packed + (((example * product.groups + group) * panels + panel) * product.depth + depth) * planeBytes,
            sums + panel * TILE_BYTES,
          );
    storeTiles<T>(product, group, term, sums);
  }
}

// @ts-ignore: decorator
@inline
function addPlane<T>(product: Product, term: usize, a: usize, b: usize, c: usize): void {
  const terms = <usize>product.channels * product.elements;
  const a0 = a + offsetOf(product, term, terms);
  const a1 = a + offsetOf(product, term + 1, terms);
  const a2 = a + offsetOf(product, term + 2, terms);
  const a3 = a + offsetOf(product, term + 3, terms);
  if (sizeof<T>() == 4) convolution_filter_tile_f32(product.height, product.width, product.sourceHeightStep, a0, a1, a2, a3, b, c);
  else convolution_filter_tile_f64(product.height, product.width, product.sourceHeightStep, a0, a1, a2, a3, b, c);
}

/** Beyond the last term: the last one, whose sum is computed again and not stored. */
// @ts-ignore: decorator
@inline
function offsetOf(product: Product, term: usize, terms: usize): usize {
  return load<u32>(product.offsets + (min(term, terms - 1) << 2));
}

// @ts-ignore: decorator
@inline
function storeTiles<T>(product: Product, group: usize, term: usize, sums: usize): void {
  const terms = <usize>product.channels * product.elements;
  const outputs = <usize>product.outputs;
  for (let output: usize = 0; output < outputs; output++) {
    const panel = output / tileColumns<T>();
    const from = sums + panel * TILE_BYTES + (output - panel * tileColumns<T>()) * sizeof<T>();
    const to = product.result + ((group * outputs + output) * terms + term) * sizeof<T>();
    for (let i: usize = 0; i < min(TILE_ROWS, terms - term); i++)
      store<T>(to + i * sizeof<T>(), load<T>(from + i * TILE_ROW_BYTES));
  }
}

/** Adds to a tile in memory, TILE_ROWS elements of a filter by a tile row of channels, the products at the positions of a plane. */
// @ts-ignore: decorator
@inline
function filterTile<T>(
  height: usize, width: usize, heightStep: usize, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize,
): void {
  let c00 = v128.load(c), c01 = v128.load(c, 16);
  let c10 = v128.load(c, 32), c11 = v128.load(c, 48);
  let c20 = v128.load(c, 64), c21 = v128.load(c, 80);
  let c30 = v128.load(c, 96), c31 = v128.load(c, 112);
  const back = heightStep - width * sizeof<T>();
  for (let h: usize = 0; h < height; h++) {
    for (const end = a0 + width * sizeof<T>(); a0 < end; ) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let value = splatAt<T>(a0);
      c00 = multiplyAdd<T>(value, b0, c00);
      c01 = multiplyAdd<T>(value, b1, c01);
      value = splatAt<T>(a1);
      c10 = multiplyAdd<T>(value, b0, c10);
      c11 = multiplyAdd<T>(value, b1, c11);
      value = splatAt<T>(a2);
      c20 = multiplyAdd<T>(value, b0, c20);
      c21 = multiplyAdd<T>(value, b1, c21);
      value = splatAt<T>(a3);
      c30 = multiplyAdd<T>(value, b0, c30);
      c31 = multiplyAdd<T>(value, b1, c31);
      a0 += sizeof<T>();
      a1 += sizeof<T>();
      a2 += sizeof<T>();
      a3 += sizeof<T>();
      b += TILE_ROW_BYTES;
    }
    a0 += back;
    a1 += back;
    a2 += back;
    a3 += back;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c10, 32);
  v128.store(c, c11, 48);
  v128.store(c, c20, 64);
  v128.store(c, c21, 80);
  v128.store(c, c30, 96);
  v128.store(c, c31, 112);
}

/** For groups of a few channels: inner products of rows of the cotangent with rows of the source, for DOTS elements of a channel's filter; units [begin, end) counted over channels. */
// @ts-ignore: decorator
@inline
export function filterDots<T>(product: Product, begin: i32, end: i32): void {
  const terms = <usize>product.channels * product.elements;
  const units = (terms + DOTS - 1) / DOTS;
  for (let unit = <usize>begin; unit < <usize>end; unit++) {
    const channel = unit / units;
    const term = (unit - channel * units) * DOTS;
    const result = product.result + (channel * terms + term) * sizeof<T>();
    const count = min(DOTS, terms - term);
    if (sizeof<T>() == 4) convolution_filter_dots_f32(changetype<usize>(product), channel, term, result, count);
    else convolution_filter_dots_f64(changetype<usize>(product), channel, term, result, count);
  }
}

// @ts-ignore: decorator
@inline
function channelDots<T>(product: Product, channel: usize, term: usize, result: usize, count: usize): void {
  const terms = <usize>product.channels * product.elements;
  const step1 = offsetOf(product, term + 1, terms) - offsetOf(product, term, terms);
  const step2 = offsetOf(product, term + 2, terms) - offsetOf(product, term, terms);
  const step3 = offsetOf(product, term + 3, terms) - offsetOf(product, term, terms);
  const step4 = offsetOf(product, term + 4, terms) - offsetOf(product, term, terms);
  const first = product.source + channel / product.outputs * product.sourceGroupStep + offsetOf(product, term, terms);
  const rowBytes = <usize>product.width * sizeof<T>();
  const wholeBytes = rowBytes & ~(<usize>15);
  let s0 = v128.splat<T>(0), s1 = v128.splat<T>(0), s2 = v128.splat<T>(0), s3 = v128.splat<T>(0), s4 = v128.splat<T>(0);
  for (let example: usize = 0; example < product.batches; example++) {
    let y = product.operand + (example * product.groups * product.outputs + channel) * product.depth * product.height * rowBytes;
    for (let depth: usize = 0; depth < product.depth; depth++)
      for (let height: usize = 0; height < product.height; height++) {
        let x = first + example * product.sourceExampleStep + depth * product.sourceDepthStep + height * product.sourceHeightStep;
        for (const end = y + wholeBytes; y < end; y += 16, x += 16) {
          const value = v128.load(y);
          s0 = multiplyAdd<T>(value, v128.load(x), s0);
          s1 = multiplyAdd<T>(value, v128.load(x + step1), s1);
          s2 = multiplyAdd<T>(value, v128.load(x + step2), s2);
          s3 = multiplyAdd<T>(value, v128.load(x + step3), s3);
          s4 = multiplyAdd<T>(value, v128.load(x + step4), s4);
        }
        for (const end = y + rowBytes - wholeBytes; y < end; y += sizeof<T>(), x += sizeof<T>()) {
          const value = loadLane<T>(y);
          s0 = multiplyAdd<T>(value, loadLane<T>(x), s0);
          s1 = multiplyAdd<T>(value, loadLane<T>(x + step1), s1);
          s2 = multiplyAdd<T>(value, loadLane<T>(x + step2), s2);
          s3 = multiplyAdd<T>(value, loadLane<T>(x + step3), s3);
          s4 = multiplyAdd<T>(value, loadLane<T>(x + step4), s4);
        }
      }
  }
  store<T>(result, lanesOf<T>(s0));
  if (count > 1) store<T>(result, lanesOf<T>(s1), sizeof<T>());
  if (count > 2) store<T>(result, lanesOf<T>(s2), 2 * sizeof<T>());
  if (count > 3) store<T>(result, lanesOf<T>(s3), 3 * sizeof<T>());
  if (count > 4) store<T>(result, lanesOf<T>(s4), 4 * sizeof<T>());
}

/** An element in the first lane, zeros in the others. */
// @ts-ignore: decorator
@inline
function loadLane<T>(address: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_zero(address) : v128.load64_zero(address);
}

// @ts-ignore: decorator
@inline
function lanesOf<T>(x: v128): T {
  if (sizeof<T>() == 8) return v128.extract_lane<T>(x, 0) + v128.extract_lane<T>(x, 1);
  return v128.extract_lane<T>(x, 0) + v128.extract_lane<T>(x, 1) + (v128.extract_lane<T>(x, 2) + v128.extract_lane<T>(x, 3));
}

// Exported from the module so that they stay functions of their own, see matmul's `packed-tile.as.ts`.
export function convolution_filter_tile_f32(
  height: usize, width: usize, heightStep: usize, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize,
): void {
  filterTile<f32>(height, width, heightStep, a0, a1, a2, a3, b, c);
}

export function convolution_filter_tile_f64(
  height: usize, width: usize, heightStep: usize, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize,
): void {
  filterTile<f64>(height, width, heightStep, a0, a1, a2, a3, b, c);
}

export function convolution_filter_dots_f32(product: usize, channel: usize, term: usize, result: usize, count: usize): void {
  channelDots<f32>(changetype<Product>(product), channel, term, result, count);
}

export function convolution_filter_dots_f64(product: usize, channel: usize, term: usize, result: usize, count: usize): void {
  channelDots<f64>(changetype<Product>(product), channel, term, result, count);
}
