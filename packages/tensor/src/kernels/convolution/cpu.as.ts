import { multiplyAdd } from "../../../assembly/multiply-add";
import { packPanel } from "../matmul/pack.as";

// Convolutions as matrix products that never form the matrix of windows: the input is laid out once with its padding, so that every element of a window is at a
// fixed distance from the window's start, and a register tile finds its operands by a table of distances ("The Indirect Convolution Algorithm", Dukhan, 2019).

/** Numbers that cpu.ts writes; addresses and steps in bytes. */
@unmanaged
export class Layout {
  // The laid-out input: [rows of examples and channels, depth, height, phases, width], a phase for each residue of the position modulo the stride.
  source: u32;
  target: u32;
  planes: u32;
  depth: u32;
  height: u32;
  width: u32;
  targetDepth: u32;
  targetHeight: u32;
  phases: u32;
  phaseWidth: u32;
  // Zeros between neighbours of the source, plus one.
  spreadDepth: u32;
  spreadHeight: u32;
  spreadWidth: u32;
  beforeDepth: i32;
  beforeHeight: i32;
  beforeWidth: i32;
}

/** Writes the laid-out planes [begin, end), a plane being all of one example and channel. */
// @ts-ignore: decorator
@inline
function layOut<T>(layout: Layout, begin: i32, end: i32): void {
  const rowElements = layout.phases * layout.phaseWidth;
  const planeElements = layout.targetDepth * layout.targetHeight * rowElements;
  const isPlain = layout.phases == 1 && layout.spreadWidth == 1;
  const first = max(0, -layout.beforeWidth);
  for (let plane = begin; plane < end; plane++) {
    const target = layout.target + <usize>plane * planeElements * sizeof<T>();
    memory.fill(target, 0, planeElements * sizeof<T>());
    for (let d: u32 = 0; d < layout.depth; d++) {
      const atDepth = <i32>(d * layout.spreadDepth) + layout.beforeDepth;
      if (atDepth < 0 || atDepth >= <i32>layout.targetDepth) continue;
      for (let h: u32 = 0; h < layout.height; h++) {
        const atHeight = <i32>(h * layout.spreadHeight) + layout.beforeHeight;
        if (atHeight < 0 || atHeight >= <i32>layout.targetHeight) continue;
        const row = target + <usize>(<u32>atDepth * layout.targetHeight + <u32>atHeight) * rowElements * sizeof<T>();
        const source = layout.source + <usize>((<u32>plane * layout.depth + d) * layout.height + h) * layout.width * sizeof<T>();
        if (isPlain) {
          const count = min(<i32>layout.width - first, <i32>layout.phaseWidth - max(0, layout.beforeWidth));
          if (count > 0)
            memory.copy(row + <usize>max(0, layout.beforeWidth) * sizeof<T>(), source + <usize>first * sizeof<T>(), <usize>count * sizeof<T>());
          continue;
        }
        for (let w: u32 = 0; w < layout.width; w++) {
          const at = <i32>(w * layout.spreadWidth) + layout.beforeWidth;
          if (at < 0) continue;
          const quotient = <u32>at / layout.phases;
          if (quotient >= layout.phaseWidth) break;
          const phase = <u32>at - quotient * layout.phases;
          store<T>(row + <usize>(phase * layout.phaseWidth + quotient) * sizeof<T>(), load<T>(source + <usize>w * sizeof<T>()));
        }
      }
    }
  }
}

export function convolution_layout_f32(layout: usize, begin: i32, end: i32): void { layOut<f32>(changetype<Layout>(layout), begin, end); }
export function convolution_layout_f64(layout: usize, begin: i32, end: i32): void { layOut<f64>(changetype<Layout>(layout), begin, end); }

/** Rows of a register tile, as in matmul, and bytes of one. */
// @ts-ignore: decorator
@inline
const ROWS: usize = 4;
// @ts-ignore: decorator
@inline
const ROW_BYTES: usize = 32;

/** Numbers of a product; addresses and steps in bytes. */
@unmanaged
export class Product {
  input: u32;
  /** Forward: packed filters, [groups, panels, terms, 4]. Filter gradient: packed cotangents, [examples, groups, panels, positions, one tile row]. */
  packed: u32;
  result: u32;
  /** Distances of the elements of a window from its start, in the order of a filter. */
  offsets: u32;
  batches: u32;
  groups: u32;
  /** Channels of the result per group, and elements of a window over all channels of a group. */
  outputs: u32;
  terms: u32;
  depth: u32;
  height: u32;
  width: u32;
  exampleStep: u32;
  groupStep: u32;
  depthStep: u32;
  heightStep: u32;
}

// @ts-ignore: decorator
@inline
function columnsOf<T>(): i32 {
  return <i32>(ROW_BYTES / sizeof<T>());
}

// @ts-ignore: decorator
@inline
function splatAt<T>(address: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(address) : v128.load64_splat(address);
}

/** A row of a tile to memory, or its first `columns` elements. */
// @ts-ignore: decorator
@inline
function storeRow<T>(c: usize, x: v128, y: v128, columns: i32): void {
  if (columns == columnsOf<T>()) {
    v128.store(c, x);
    v128.store(c, y, 16);
    return;
  }
  const half = columnsOf<T>() / 2;
  if (columns >= half) v128.store(c, x);
  let rest = columns >= half ? y : x;
  let at = columns >= half ? c + 16 : c;
  for (let left = columns >= half ? columns - half : columns; left > 0; left--) {
    if (sizeof<T>() == 4) v128.store32_lane(at, rest, 0);
    else v128.store64_lane(at, rest, 0);
    rest = sizeof<T>() == 4 ? v128.shuffle<i32>(rest, rest, 1, 2, 3, 0) : v128.shuffle<i64>(rest, rest, 1, 0);
    at += sizeof<T>();
  }
}

/** Four channels of the result at up to a tile row of positions. */
// @ts-ignore: decorator
@inline
function forwardTile<T>(terms: usize, a: usize, offsets: usize, b: usize, c: usize, cStep: usize, rows: usize, columns: i32): void {
  let c00 = v128.splat<T>(0), c01 = v128.splat<T>(0);
  let c10 = v128.splat<T>(0), c11 = v128.splat<T>(0);
  let c20 = v128.splat<T>(0), c21 = v128.splat<T>(0);
  let c30 = v128.splat<T>(0), c31 = v128.splat<T>(0);
  for (const end = a + terms * ROWS * sizeof<T>(); a < end; ) {
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
    a += ROWS * sizeof<T>();
    offsets += 4;
  }
  storeRow<T>(c, c00, c01, columns);
  if (rows > 1) storeRow<T>(c + cStep, c10, c11, columns);
  if (rows > 2) storeRow<T>(c + 2 * cStep, c20, c21, columns);
  if (rows > 3) storeRow<T>(c + 3 * cStep, c30, c31, columns);
}

/** One channel of the result: for groups that have no more. */
// @ts-ignore: decorator
@inline
function forwardRow<T>(terms: usize, a: usize, offsets: usize, b: usize, c: usize, columns: i32): void {
  let c0 = v128.splat<T>(0), c1 = v128.splat<T>(0);
  for (const end = offsets + (terms << 2); offsets < end; offsets += 4, a += ROWS * sizeof<T>()) {
    const at = b + load<u32>(offsets);
    const value = splatAt<T>(a);
    c0 = multiplyAdd<T>(value, v128.load(at), c0);
    c1 = multiplyAdd<T>(value, v128.load(at, 16), c1);
  }
  storeRow<T>(c, c0, c1, columns);
}

// Exported for the same reason as matmul's tiles: the engine compiles a function of its own well, a long loop inside of another late.
export function convolution_tile_f32(terms: usize, a: usize, offsets: usize, b: usize, c: usize, cStep: usize, rows: usize, columns: i32): void {
  forwardTile<f32>(terms, a, offsets, b, c, cStep, rows, columns);
}
export function convolution_tile_f64(terms: usize, a: usize, offsets: usize, b: usize, c: usize, cStep: usize, rows: usize, columns: i32): void {
  forwardTile<f64>(terms, a, offsets, b, c, cStep, rows, columns);
}
export function convolution_row_f32(terms: usize, a: usize, offsets: usize, b: usize, c: usize, columns: i32): void {
  forwardRow<f32>(terms, a, offsets, b, c, columns);
}
export function convolution_row_f64(terms: usize, a: usize, offsets: usize, b: usize, c: usize, columns: i32): void {
  forwardRow<f64>(terms, a, offsets, b, c, columns);
}

/** Rows [begin, end) of the result, counted over examples, groups, depth and height, with all channels of a group. */
// @ts-ignore: decorator
@inline
function forward<T>(product: Product, begin: i32, end: i32): void {
  const width = <i32>product.width;
  const outputs = <usize>product.outputs;
  const terms = <usize>product.terms;
  const panels = (outputs + ROWS - 1) / ROWS;
  const planeBytes = <usize>product.depth * product.height * product.width * sizeof<T>();
  for (let row = begin; row < end; row++) {
    let rest = <u32>row;
    const h = rest % product.height;
    rest /= product.height;
    const d = rest % product.depth;
    rest /= product.depth;
    const group = rest % product.groups;
    const example = rest / product.groups;
    const start = <usize>product.input + <usize>example * product.exampleStep + <usize>group * product.groupStep + <usize>d * product.depthStep + <usize>h * product.heightStep;
    const filters = <usize>product.packed + <usize>group * panels * terms * ROWS * sizeof<T>();
    const target = <usize>product.result + (<usize>example * product.groups + group) * outputs * planeBytes + <usize>(d * product.height + h) * <usize>width * sizeof<T>();
    for (let column = 0; column < width; column += columnsOf<T>()) {
      const columns = min(columnsOf<T>(), width - column);
      const b = start + <usize>column * sizeof<T>();
      const c = target + <usize>column * sizeof<T>();
      if (outputs == 1) {
        if (sizeof<T>() == 4) convolution_row_f32(terms, filters, product.offsets, b, c, columns);
        else convolution_row_f64(terms, filters, product.offsets, b, c, columns);
        continue;
      }
      for (let panel: usize = 0; panel < panels; panel++) {
        const a = filters + panel * terms * ROWS * sizeof<T>();
        const first = c + panel * ROWS * planeBytes;
        const rows = min(ROWS, outputs - panel * ROWS);
        if (sizeof<T>() == 4) convolution_tile_f32(terms, a, product.offsets, b, first, planeBytes, rows, columns);
        else convolution_tile_f64(terms, a, product.offsets, b, first, planeBytes, rows, columns);
      }
    }
  }
}

export function convolution_forward_f32(product: usize, begin: i32, end: i32): void { forward<f32>(changetype<Product>(product), begin, end); }
export function convolution_forward_f64(product: usize, begin: i32, end: i32): void { forward<f64>(changetype<Product>(product), begin, end); }

/** Packs panels of four filters, [begin, end) counted over groups: filters of `terms` elements lie one after the other, and panels too. */
// @ts-ignore: decorator
@inline
function packFilters<T>(filter: usize, packed: usize, outputs: i32, terms: i32, begin: i32, end: i32): void {
  const panels = (outputs + <i32>ROWS - 1) / <i32>ROWS;
  const filterBytes = <usize>terms * sizeof<T>();
  for (let panel = begin; panel < end; panel++) {
    const group = panel / panels;
    const first = (panel - group * panels) * <i32>ROWS;
    const source = filter + <usize>(group * outputs + first) * filterBytes;
    packPanel<T>(ROWS, source, filterBytes, sizeof<T>(), <usize>(outputs - first), <usize>terms, packed + <usize>panel * ROWS * filterBytes);
  }
}

export function convolution_pack_f32(filter: usize, packed: usize, outputs: i32, terms: i32, begin: i32, end: i32): void {
  packFilters<f32>(filter, packed, outputs, terms, begin, end);
}
export function convolution_pack_f64(filter: usize, packed: usize, outputs: i32, terms: i32, begin: i32, end: i32): void {
  packFilters<f64>(filter, packed, outputs, terms, begin, end);
}

/**
 * The filter of the transposed convolution for input channels [begin, end) counted over groups: [groups, channels, outputs, window], windows backwards, from
 * [groups, outputs, channels, window].
 */
// @ts-ignore: decorator
@inline
function transposeFilter<T>(filter: usize, target: usize, outputs: i32, channels: i32, window: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const group = row / channels;
    const channel = row - group * channels;
    for (let output = 0; output < outputs; output++) {
      const source = filter + (<usize>(group * outputs + output) * channels + channel) * window * sizeof<T>();
      const to = target + (<usize>row * outputs + output) * window * sizeof<T>();
      for (let k = 0; k < window; k++)
        store<T>(to + <usize>k * sizeof<T>(), load<T>(source + <usize>(window - 1 - k) * sizeof<T>()));
    }
  }
}

export function convolution_transpose_f32(filter: usize, target: usize, outputs: i32, channels: i32, window: i32, begin: i32, end: i32): void {
  transposeFilter<f32>(filter, target, outputs, channels, window, begin, end);
}
export function convolution_transpose_f64(filter: usize, target: usize, outputs: i32, channels: i32, window: i32, begin: i32, end: i32): void {
  transposeFilter<f64>(filter, target, outputs, channels, window, begin, end);
}

/** Packs cotangents, [rows of examples and groups, outputs, positions], in panels of a tile row of outputs; panels [begin, end) counted over rows. */
// @ts-ignore: decorator
@inline
function packCotangents<T>(cotangent: usize, packed: usize, outputs: i32, positions: i32, begin: i32, end: i32): void {
  const panels = (outputs + columnsOf<T>() - 1) / columnsOf<T>();
  const outputBytes = <usize>positions * sizeof<T>();
  for (let panel = begin; panel < end; panel++) {
    const row = panel / panels;
    const first = (panel - row * panels) * columnsOf<T>();
    const source = cotangent + <usize>(row * outputs + first) * outputBytes;
    const target = packed + <usize>panel * <usize>positions * ROW_BYTES;
    packPanel<T>(<usize>columnsOf<T>(), source, outputBytes, sizeof<T>(), <usize>(outputs - first), <usize>positions, target);
  }
}

export function convolution_pack_cotangents_f32(cotangent: usize, packed: usize, outputs: i32, positions: i32, begin: i32, end: i32): void {
  packCotangents<f32>(cotangent, packed, outputs, positions, begin, end);
}
export function convolution_pack_cotangents_f64(cotangent: usize, packed: usize, outputs: i32, positions: i32, begin: i32, end: i32): void {
  packCotangents<f64>(cotangent, packed, outputs, positions, begin, end);
}

/** Adds to a tile, four elements of the filter by a tile row of outputs, the products at one plane of positions. */
// @ts-ignore: decorator
@inline
function filterTile<T>(
  height: usize, width: usize, heightStep: usize, a: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize,
): void {
  let c00 = v128.load(c), c01 = v128.load(c, 16);
  let c10 = v128.load(c, 32), c11 = v128.load(c, 48);
  let c20 = v128.load(c, 64), c21 = v128.load(c, 80);
  let c30 = v128.load(c, 96), c31 = v128.load(c, 112);
  const back = heightStep - width * sizeof<T>();
  for (let h: usize = 0; h < height; h++) {
    for (const end = a + width * sizeof<T>(); a < end; ) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let value = splatAt<T>(a);
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
      a += sizeof<T>();
      a1 += sizeof<T>();
      a2 += sizeof<T>();
      a3 += sizeof<T>();
      b += ROW_BYTES;
    }
    a += back;
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

export function convolution_filter_tile_f32(height: usize, width: usize, heightStep: usize, a: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize): void {
  filterTile<f32>(height, width, heightStep, a, a1, a2, a3, b, c);
}
export function convolution_filter_tile_f64(height: usize, width: usize, heightStep: usize, a: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize): void {
  filterTile<f64>(height, width, heightStep, a, a1, a2, a3, b, c);
}

/** Tiles of four elements of the filter, [begin, end) counted over groups, for all outputs; `tiles` has room for all sums of all units. */
// @ts-ignore: decorator
@inline
function filterGradient<T>(product: Product, tiles: usize, begin: i32, end: i32): void {
  const terms = <i32>product.terms;
  const outputs = <i32>product.outputs;
  const units = (terms + <i32>ROWS - 1) / <i32>ROWS;
  const panels = (outputs + columnsOf<T>() - 1) / columnsOf<T>();
  const planeBytes = <usize>product.height * product.width * ROW_BYTES;
  const tileBytes = ROWS * ROW_BYTES;
  for (let unit = begin; unit < end; unit++) {
    const group = unit / units;
    const first = (unit - group * units) * <i32>ROWS;
    const sums = tiles + <usize>unit * panels * tileBytes;
    memory.fill(sums, 0, <usize>panels * tileBytes);
    // Beyond the last element of the filter the first is computed again, and not stored.
    const offset0 = load<u32>(product.offsets + (<usize>first << 2));
    const offset1 = first + 1 < terms ? load<u32>(product.offsets + (<usize>first << 2), 4) : offset0;
    const offset2 = first + 2 < terms ? load<u32>(product.offsets + (<usize>first << 2), 8) : offset0;
    const offset3 = first + 3 < terms ? load<u32>(product.offsets + (<usize>first << 2), 12) : offset0;
    for (let example: u32 = 0; example < product.batches; example++)
      for (let panel = 0; panel < panels; panel++)
        for (let d: u32 = 0; d < product.depth; d++) {
          const a = <usize>product.input + <usize>example * product.exampleStep + <usize>group * product.groupStep + <usize>d * product.depthStep;
          const b = <usize>product.packed + ((<usize>(example * product.groups + group) * panels + panel) * product.depth + d) * planeBytes;
          const c = sums + <usize>panel * tileBytes;
          if (sizeof<T>() == 4)
            convolution_filter_tile_f32(product.height, product.width, product.heightStep, a + offset0, a + offset1, a + offset2, a + offset3, b, c);
          else convolution_filter_tile_f64(product.height, product.width, product.heightStep, a + offset0, a + offset1, a + offset2, a + offset3, b, c);
        }
    for (let output = 0; output < outputs; output++) {
      const panel = output / columnsOf<T>();
      const column = output - panel * columnsOf<T>();
      const to = product.result + (<usize>(group * outputs + output) * terms + first) * sizeof<T>();
      for (let k = 0; k < min(<i32>ROWS, terms - first); k++)
        store<T>(to + <usize>k * sizeof<T>(), load<T>(sums + <usize>panel * tileBytes + <usize>k * ROW_BYTES + <usize>column * sizeof<T>()));
    }
  }
}

export function convolution_filter_f32(product: usize, tiles: usize, begin: i32, end: i32): void {
  filterGradient<f32>(changetype<Product>(product), tiles, begin, end);
}
export function convolution_filter_f64(product: usize, tiles: usize, begin: i32, end: i32): void {
  filterGradient<f64>(changetype<Product>(product), tiles, begin, end);
}
