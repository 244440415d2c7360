import { exp } from "@ansatz/tensor/assembly/exp";
import { lanesOf } from "@ansatz/tensor/assembly/lanes";
import { log } from "@ansatz/tensor/assembly/log";
import { multiplyAdd, negatedMultiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { splatAt, tile, TILE_ROW_BYTES, TILE_ROWS } from "@ansatz/tensor/assembly/register-tile";

/** Components whose weights are held at a time, for as many rows as a tile has. */
const COMPONENT_BLOCK: usize = 64;

/** Rows that see a block of components before the next block is fetched. Mirrored in cpu.ts. */
const ROW_BLOCK: usize = 32;

/** Largest logarithm so far, sum of weights, and their sum times the factors of the state. */
const STATE_ENTRIES: usize = 4;

/** Filled in by cpu.ts word by word in this order. Arrays of components are padded with such as have no weight. */
// @ts-ignore: decorator
@unmanaged
class Mixture {
  x: usize;
  means: usize;
  prediction: usize;
  logDensity: usize;
  rows: usize;
  dimensions: usize;
  components: usize;
  /** Multiples of the width of a register tile. */
  paddedDimensions: usize;
  paddedComponents: usize;
  /** α μ, a tile's width of components at a time, dimension after dimension. */
  panels: usize;
  /** μ in rows of `paddedDimensions`. */
  paddedMeans: usize;
  /** ln of the weight and norm; 1/(2V); factors of the state and of the mean in the prediction. */
  bias: usize;
  halfPrecision: usize;
  ofState: usize;
  ofMean: usize;
  slots: usize;
  slotBytes: usize;
  scratch: usize;
}

// @ts-ignore: decorator
@inline
function pack<T>(mixture: Mixture, alpha: T): void {
  const size = sizeof<T>();
  const width = TILE_ROW_BYTES / size;
  const dimensions = mixture.dimensions;
  const paddedDimensions = mixture.paddedDimensions;
  memory.fill(mixture.panels, 0, mixture.paddedComponents * dimensions * size);
  memory.fill(mixture.paddedMeans, 0, mixture.paddedComponents * paddedDimensions * size);
  for (let k: usize = 0; k < mixture.components; k++) {
    const source = mixture.means + k * dimensions * size;
    const panel = mixture.panels + (k / width * width * dimensions + k % width) * size;
    memory.copy(mixture.paddedMeans + k * paddedDimensions * size, source, dimensions * size);
    for (let d: usize = 0; d < dimensions; d++) store<T>(panel + d * TILE_ROW_BYTES, alpha * load<T>(source + d * size));
  }
}

/** |x − α μ|² of four rows and a tile's width of components. */
// @ts-ignore: decorator
@inline
function distances<T>(x0: usize, x1: usize, x2: usize, x3: usize, panel: usize, depth: usize, target: usize): void {
  let s00 = v128.splat<T>(0), s01 = v128.splat<T>(0);
  let s10 = v128.splat<T>(0), s11 = v128.splat<T>(0);
  let s20 = v128.splat<T>(0), s21 = v128.splat<T>(0);
  let s30 = v128.splat<T>(0), s31 = v128.splat<T>(0);
  for (const end = panel + depth * TILE_ROW_BYTES; panel < end; panel += TILE_ROW_BYTES) {
    const m0 = v128.load(panel);
    const m1 = v128.load(panel, 16);
    let value = splatAt<T>(x0);
    let difference = v128.sub<T>(value, m0);
    s00 = multiplyAdd<T>(difference, difference, s00);
    difference = v128.sub<T>(value, m1);
    s01 = multiplyAdd<T>(difference, difference, s01);
    value = splatAt<T>(x1);
    difference = v128.sub<T>(value, m0);
    s10 = multiplyAdd<T>(difference, difference, s10);
    difference = v128.sub<T>(value, m1);
    s11 = multiplyAdd<T>(difference, difference, s11);
    value = splatAt<T>(x2);
    difference = v128.sub<T>(value, m0);
    s20 = multiplyAdd<T>(difference, difference, s20);
    difference = v128.sub<T>(value, m1);
    s21 = multiplyAdd<T>(difference, difference, s21);
    value = splatAt<T>(x3);
    difference = v128.sub<T>(value, m0);
    s30 = multiplyAdd<T>(difference, difference, s30);
    difference = v128.sub<T>(value, m1);
    s31 = multiplyAdd<T>(difference, difference, s31);
    x0 += sizeof<T>();
    x1 += sizeof<T>();
    x2 += sizeof<T>();
    x3 += sizeof<T>();
  }
  const row = COMPONENT_BLOCK * sizeof<T>();
  v128.store(target, s00);
  v128.store(target, s01, 16);
  v128.store(target + row, s10);
  v128.store(target + row, s11, 16);
  v128.store(target + 2 * row, s20);
  v128.store(target + 2 * row, s21, 16);
  v128.store(target + 3 * row, s30);
  v128.store(target + 3 * row, s31, 16);
}

// Exported, so that each is compiled as a function of its own: one that runs long before it returns keeps the engine's slow first compilation.
export function mixture_score_distances_f32(
  x0: usize, x1: usize, x2: usize, x3: usize, panel: usize, depth: usize, target: usize,
): void {
  distances<f32>(x0, x1, x2, x3, panel, depth, target);
}

export function mixture_score_distances_f64(
  x0: usize, x1: usize, x2: usize, x3: usize, panel: usize, depth: usize, target: usize,
): void {
  distances<f64>(x0, x1, x2, x3, panel, depth, target);
}

// @ts-ignore: decorator
@inline
function sumLanes<T>(v: v128): T {
  let sum: T = v128.extract_lane<T>(v, 0) + v128.extract_lane<T>(v, 1);
  if (sizeof<T>() == 4) sum += v128.extract_lane<T>(v, 2) + v128.extract_lane<T>(v, 3);
  return sum;
}

// @ts-ignore: decorator
@inline
function largestLane<T>(v: v128): T {
  let largest = max<T>(v128.extract_lane<T>(v, 0), v128.extract_lane<T>(v, 1));
  if (sizeof<T>() == 4) largest = max<T>(largest, max<T>(v128.extract_lane<T>(v, 2), v128.extract_lane<T>(v, 3)));
  return largest;
}

/** Turns a row's squared distances into weights times factors of the means, and brings its sums up to date. `offset` is that of the block's components in bytes. */
// @ts-ignore: decorator
@inline
function weigh<T>(mixture: Mixture, row: usize, offset: usize, bytes: usize, state: usize, sums: usize): void {
  const size = sizeof<T>();
  const bias = mixture.bias + offset;
  const halfPrecision = mixture.halfPrecision + offset;
  let most = v128.splat<T>(load<T>(state));
  for (let k: usize = 0; k < bytes; k += 16) {
    const logarithm = negatedMultiplyAdd<T>(v128.load(row + k), v128.load(halfPrecision + k), v128.load(bias + k));
    v128.store(row + k, logarithm);
    most = v128.max<T>(most, logarithm);
  }
  const largest = largestLane<T>(most);
  const before = load<T>(state);
  if (largest != before) {
    const scale = exp<T>(v128.splat<T>(before - largest));
    for (let d: usize = 0; d < mixture.paddedDimensions * size; d += 16)
      v128.store(sums + d, v128.mul<T>(v128.load(sums + d), scale));
    const factor = v128.extract_lane<T>(scale, 0);
    store<T>(state, largest);
    store<T>(state + size, load<T>(state + size) * factor);
    store<T>(state + 2 * size, load<T>(state + 2 * size) * factor);
  }
  const shift = v128.splat<T>(largest);
  let total = v128.splat<T>(0);
  let ofState = v128.splat<T>(0);
  for (let k: usize = 0; k < bytes; k += 16) {
    const weight = exp<T>(v128.sub<T>(v128.load(row + k), shift));
    total = v128.add<T>(total, weight);
    ofState = multiplyAdd<T>(weight, v128.load(mixture.ofState + offset + k), ofState);
    v128.store(row + k, v128.mul<T>(weight, v128.load(mixture.ofMean + offset + k)));
  }
  store<T>(state + size, load<T>(state + size) + sumLanes<T>(total));
  store<T>(state + 2 * size, load<T>(state + 2 * size) + sumLanes<T>(ofState));
}

export function mixture_score_weigh_f32(
  mixture: Mixture, row: usize, offset: usize, bytes: usize, state: usize, sums: usize,
): void {
  weigh<f32>(mixture, row, offset, bytes, state, sums);
}

export function mixture_score_weigh_f64(
  mixture: Mixture, row: usize, offset: usize, bytes: usize, state: usize, sums: usize,
): void {
  weigh<f64>(mixture, row, offset, bytes, state, sums);
}

/** Adds weights [four rows, count] times means [count, …] to the sums of four rows, all in rows of their padded length. */
// @ts-ignore: decorator
@inline
function addMeans<T>(weights: usize, count: usize, means: usize, sums: usize, rowBytes: usize): void {
  for (let d: usize = 0; d < rowBytes; d += TILE_ROW_BYTES)
    tile<T>(
      false, 2, count, weights, COMPONENT_BLOCK * sizeof<T>(), sizeof<T>(), means + d, rowBytes, sums + d, rowBytes, 1,
    );
}

export function mixture_score_add_means_f32(weights: usize, count: usize, means: usize, sums: usize, rowBytes: usize): void {
  addMeans<f32>(weights, count, means, sums, rowBytes);
}

export function mixture_score_add_means_f64(weights: usize, count: usize, means: usize, sums: usize, rowBytes: usize): void {
  addMeans<f64>(weights, count, means, sums, rowBytes);
}

/** What four rows make of a block of components. Rows from the last one on are the last one again. */
// @ts-ignore: decorator
@inline
function visit<T>(
  mixture: Mixture, row: usize, component: usize, count: usize, weights: usize, states: usize, sums: usize,
): void {
  const size = sizeof<T>();
  const rowBytes = mixture.dimensions * size;
  const last = mixture.rows - 1;
  const x0 = mixture.x + row * rowBytes;
  const x1 = mixture.x + min(row + 1, last) * rowBytes;
  const x2 = mixture.x + min(row + 2, last) * rowBytes;
  const x3 = mixture.x + min(row + 3, last) * rowBytes;
  const width = TILE_ROW_BYTES / size;
  for (let k: usize = 0; k < count; k += width) {
    const panel = mixture.panels + (component + k) * rowBytes;
    if (size == 4) mixture_score_distances_f32(x0, x1, x2, x3, panel, mixture.dimensions, weights + k * size);
    else mixture_score_distances_f64(x0, x1, x2, x3, panel, mixture.dimensions, weights + k * size);
  }
  const paddedBytes = mixture.paddedDimensions * size;
  for (let i: usize = 0; i < TILE_ROWS; i++) {
    const own = weights + i * COMPONENT_BLOCK * size;
    const state = states + i * STATE_ENTRIES * size;
    if (size == 4) mixture_score_weigh_f32(mixture, own, component * size, count * size, state, sums + i * paddedBytes);
    else mixture_score_weigh_f64(mixture, own, component * size, count * size, state, sums + i * paddedBytes);
  }
  const means = mixture.paddedMeans + component * paddedBytes;
  if (size == 4) mixture_score_add_means_f32(weights, count, means, sums, paddedBytes);
  else mixture_score_add_means_f64(weights, count, means, sums, paddedBytes);
}

/** Writes a row: its sums over what all weights are together. */
// @ts-ignore: decorator
@inline
function finish<T>(mixture: Mixture, row: usize, state: usize, sums: usize, shift: T): void {
  const size = sizeof<T>();
  const total = load<T>(state + size);
  const inverse: T = <T>1 / total;
  const ofState = load<T>(state + 2 * size) * inverse;
  const rowBytes = mixture.dimensions * size;
  const x = mixture.x + row * rowBytes;
  const y = mixture.prediction + row * rowBytes;
  for (let d: usize = 0; d < rowBytes; d += size)
    store<T>(y + d, ofState * load<T>(x + d) + inverse * load<T>(sums + d));
  const logarithm = v128.extract_lane<T>(log<T>(v128.splat<T>(total)), 0);
  store<T>(mixture.logDensity + row * size, load<T>(state) + logarithm + shift);
}

/** Share of slots [begin, end) of all rows. */
// @ts-ignore: decorator
@inline
function predict<T>(mixture: Mixture, shift: T, begin: i32, end: i32): void {
  const size = sizeof<T>();
  const blocks = (mixture.rows + ROW_BLOCK - 1) / ROW_BLOCK;
  const paddedBytes = mixture.paddedDimensions * size;
  for (let slot = <usize>begin; slot < <usize>end; slot++) {
    const weights = mixture.scratch + slot * mixture.slotBytes;
    const states = weights + TILE_ROWS * COMPONENT_BLOCK * size;
    const sums = states + ROW_BLOCK * STATE_ENTRIES * size;
    const last = blocks * (slot + 1) / mixture.slots;
    for (let block = blocks * slot / mixture.slots; block < last; block++) {
      const first = block * ROW_BLOCK;
      const rows = min(ROW_BLOCK, mixture.rows - first);
      memory.fill(states, 0, ROW_BLOCK * STATE_ENTRIES * size);
      for (let i: usize = 0; i < ROW_BLOCK; i++)
        store<T>(states + i * STATE_ENTRIES * size, <T>-Infinity);
      memory.fill(sums, 0, ROW_BLOCK * paddedBytes);
      for (let k: usize = 0; k < mixture.paddedComponents; k += COMPONENT_BLOCK) {
        const count = min(COMPONENT_BLOCK, mixture.paddedComponents - k);
        for (let i: usize = 0; i < rows; i += TILE_ROWS)
          visit<T>(mixture, first + i, k, count, weights, states + i * STATE_ENTRIES * size, sums + i * paddedBytes);
      }
      for (let i: usize = 0; i < rows; i++)
        finish<T>(mixture, first + i, states + i * STATE_ENTRIES * size, sums + i * paddedBytes, shift);
    }
  }
}

export function mixture_score_pack_f32(mixture: Mixture, alpha: f32): void {
  pack<f32>(mixture, alpha);
}

export function mixture_score_pack_f64(mixture: Mixture, alpha: f64): void {
  pack<f64>(mixture, alpha);
}

export function mixture_score_f32(mixture: Mixture, shift: f32, begin: i32, end: i32): void {
  predict<f32>(mixture, shift, begin, end);
}

export function mixture_score_f64(mixture: Mixture, shift: f64, begin: i32, end: i32): void {
  predict<f64>(mixture, shift, begin, end);
}
