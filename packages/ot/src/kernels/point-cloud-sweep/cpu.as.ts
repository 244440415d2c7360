import { exp } from "@ansatz/tensor/assembly/exp";
import { log } from "@ansatz/tensor/assembly/log";
import { multiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { isNegligible, isSafeSum, lanesOf, logPlan, sumLanes } from "../log-plan/log-plan.as";

/** Columns whose costs are in the buffer at a time; what is summed up before it joins the total. Mirrored in cpu.ts. */
const CHUNK = 256;

/** Rows that are done together, and that one call of `parallel` counts as one; mirrored in cpu.ts. */
const ROWS = 16;

const EUCLIDEAN = 1;
const L1 = 2;

/** Dimension beyond which chunks are shorter, so that the coordinates of a chunk fit into the innermost cache. */
const WIDE = 12;

/** What a pass over a row does with its entries. */
const ADD_EXPONENTIALS = 0;
const ADD_SHIFTED_EXPONENTIALS = 1;
const TAKE_MAXIMUM = 2;

// @ts-ignore: decorator
@inline
function accumulate<T>(metric: i32, x: v128, y: v128, sum: v128): v128 {
  const difference = v128.sub<T>(x, y);
  if (metric == L1) return v128.add<T>(sum, v128.abs<T>(difference));
  return multiplyAdd<T>(difference, difference, sum);
}

/** Costs between two points and `count` others from `y`, of which one coordinate lies `stride` bytes behind the one before; those of the second point go behind the CHUNK of the first. */
// @ts-ignore: decorator
@inline
function fillCosts<T>(metric: i32, x: usize, second: usize, y: usize, stride: usize, dimension: i32, count: i32, buffer: usize): void {
  const size = sizeof<T>();
  const zero = v128.splat<T>(<T>0);
  const end = <usize>count * size;
  const other = buffer + CHUNK * size;
  let offset: usize = 0;
  // Two points share what is read of the others; eight sums at a time need not wait for each other.
  for (; offset + 64 <= end; offset += 64) {
    let a = zero;
    let b = zero;
    let c = zero;
    let d = zero;
    let e = zero;
    let f = zero;
    let g = zero;
    let h = zero;
    let from = y + offset;
    for (let axis: usize = 0; axis < <usize>dimension * size; axis += size) {
      const own = v128.splat<T>(load<T>(x + axis));
      const next = v128.splat<T>(load<T>(second + axis));
      let coordinates = v128.load(from);
      a = accumulate<T>(metric, own, coordinates, a);
      e = accumulate<T>(metric, next, coordinates, e);
      coordinates = v128.load(from, 16);
      b = accumulate<T>(metric, own, coordinates, b);
      f = accumulate<T>(metric, next, coordinates, f);
      coordinates = v128.load(from, 32);
      c = accumulate<T>(metric, own, coordinates, c);
      g = accumulate<T>(metric, next, coordinates, g);
      coordinates = v128.load(from, 48);
      d = accumulate<T>(metric, own, coordinates, d);
      h = accumulate<T>(metric, next, coordinates, h);
      from += stride;
    }
    storeCosts<T>(metric, buffer + offset, a, b, c, d);
    storeCosts<T>(metric, other + offset, e, f, g, h);
  }
  for (; offset < end; offset += size) {
    let sum = zero;
    let next = zero;
    let from = y + offset;
    for (let axis: usize = 0; axis < <usize>dimension * size; axis += size) {
      const coordinate = v128.splat<T>(load<T>(from));
      sum = accumulate<T>(metric, v128.splat<T>(load<T>(x + axis)), coordinate, sum);
      next = accumulate<T>(metric, v128.splat<T>(load<T>(second + axis)), coordinate, next);
      from += stride;
    }
    store<T>(buffer + offset, v128.extract_lane<T>(metric == EUCLIDEAN ? v128.sqrt<T>(sum) : sum, 0));
    store<T>(other + offset, v128.extract_lane<T>(metric == EUCLIDEAN ? v128.sqrt<T>(next) : next, 0));
  }
}

// @ts-ignore: decorator
@inline
function storeCosts<T>(metric: i32, to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const root = metric == EUCLIDEAN;
  v128.store(to, root ? v128.sqrt<T>(a) : a);
  v128.store(to, root ? v128.sqrt<T>(b) : b, 16);
  v128.store(to, root ? v128.sqrt<T>(c) : c, 32);
  v128.store(to, root ? v128.sqrt<T>(d) : d, 48);
}

/** What a chunk of a row adds to the row's `state`: Σ P, Σ C P, both relative to exp of the maximum of log P where shifted, and that maximum. */
// @ts-ignore: decorator
@inline
function addChunk<T>(
  operation: i32, costs: usize, count: i32, own: v128, ownFine: v128, others: usize, fine: usize, eta: v128, state: usize,
): void {
  const size = sizeof<T>();
  const lanes = lanesOf<T>();
  const shift = v128.splat<T>(load<T>(state, 2 * sizeof<T>()));
  let masses = v128.splat<T>(<T>0);
  let products = masses;
  let maxima = v128.splat<T>(<T>-Infinity);
  let column = 0;
  for (; column + lanes <= count; column += lanes) {
    const offset = <usize>column * size;
    const at = others + offset;
    const c = v128.load(costs + offset);
    let t = logPlan<T>(own, ownFine, v128.load(at), size == 4 ? v128.load(at + fine) : own, c, eta);
    if (operation == TAKE_MAXIMUM) {
      maxima = v128.max<T>(maxima, t);
      continue;
    }
    if (operation == ADD_SHIFTED_EXPONENTIALS) t = v128.sub<T>(t, shift);
    if (isNegligible<T>(t)) continue;
    const p = exp<T>(t);
    masses = v128.add<T>(masses, p);
    products = multiplyAdd<T>(c, p, products);
  }
  let mass = sumLanes<T>(masses);
  let product = sumLanes<T>(products);
  for (; column < count; column++) {
    const offset = <usize>column * size;
    const at = others + offset;
    const c = v128.splat<T>(load<T>(costs + offset));
    const otherFine = size == 4 ? v128.splat<T>(load<T>(at + fine)) : own;
    let t = logPlan<T>(own, ownFine, v128.splat<T>(load<T>(at)), otherFine, c, eta);
    maxima = v128.max<T>(maxima, t);
    if (operation == ADD_SHIFTED_EXPONENTIALS) t = v128.sub<T>(t, shift);
    const p = v128.extract_lane<T>(exp<T>(t), 0);
    mass += p;
    product += v128.extract_lane<T>(c, 0) * p;
  }
  if (operation == TAKE_MAXIMUM) {
    maxima = v128.max<T>(maxima, i64x2.shuffle(maxima, maxima, 1, 0));
    if (size == 4) maxima = v128.max<T>(maxima, i32x4.shuffle(maxima, maxima, 1, 0, 3, 2));
    store<T>(state, v128.extract_lane<T>(v128.max<T>(shift, maxima), 0), 2 * sizeof<T>());
    return;
  }
  store<T>(state, load<T>(state) + mass);
  store<T>(state, load<T>(state, sizeof<T>()) + product, sizeof<T>());
}

/** One pass over a block of `count` rows, chunk by chunk, so that what is read of the other points stays near. */
// @ts-ignore: decorator
@inline
function passBlock<T>(
  operation: i32, metric: i32, x: usize, y: usize, potentials: usize, ownFine: usize, others: usize, fine: usize,
  dimension: i32, columns: i32, eta: v128, buffer: usize, count: i32,
): void {
  const size = sizeof<T>();
  const stride = <usize>columns * size;
  const pointBytes = <usize>dimension * size;
  const states = buffer + 2 * CHUNK * size;
  const chunk = dimension > WIDE ? CHUNK / 4 : CHUNK;
  for (let row = 0; row < count; row++) {
    const state = states + <usize>(3 * row) * size;
    store<T>(state, 0);
    store<T>(state, 0, sizeof<T>());
    if (operation == TAKE_MAXIMUM) store<T>(state, <T>-Infinity, 2 * sizeof<T>());
  }
  for (let first = 0; first < columns; first += chunk) {
    const length = min(chunk, columns - first);
    const start = <usize>first * size;
    for (let row = 0; row < count; row += 2) {
      const point = x + <usize>row * pointBytes;
      const second = row + 1 < count ? point + pointBytes : point;
      if (metric == L1) fillCosts<T>(L1, point, second, y + start, stride, dimension, length, buffer);
      else if (metric == EUCLIDEAN) fillCosts<T>(EUCLIDEAN, point, second, y + start, stride, dimension, length, buffer);
      else fillCosts<T>(0, point, second, y + start, stride, dimension, length, buffer);
      for (let each = row; each < min(count, row + 2); each++) {
        const offset = <usize>each * size;
        const own = v128.splat<T>(load<T>(potentials + offset));
        const remainder = size == 4 ? v128.splat<T>(load<T>(potentials + ownFine + offset)) : own;
        const costs = each == row ? buffer : buffer + CHUNK * size;
        addChunk<T>(operation, costs, length, own, remainder, others + start, fine, eta, states + <usize>(3 * each) * size);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function sweep<T>(
  arrays: usize, metric: i32, scratch: usize, dimension: i32, rows: i32, columns: i32, epsilon: T, grid: T, begin: i32, end: i32,
): void {
  const size = sizeof<T>();
  const x = <usize>load<u32>(arrays);
  const y = <usize>load<u32>(arrays, 4);
  const potentials = <usize>load<u32>(arrays, 8);
  const others = <usize>load<u32>(arrays, 12);
  const logMarginals = <usize>load<u32>(arrays, 16);
  const moved = <usize>load<u32>(arrays, 20);
  const sums = <usize>load<u32>(arrays, 24);
  const costSums = <usize>load<u32>(arrays, 28);
  const buffer = scratch + <usize>begin * (2 * CHUNK + 3 * ROWS) * size;
  const states = buffer + 2 * CHUNK * size;
  const eta = v128.splat<T>(<T>1 / epsilon);
  const ownParts = <usize>rows * size;
  const fine = <usize>columns * size;
  const largest = sizeof<T>() == 4 ? <T>f32.MAX_VALUE : <T>f64.MAX_VALUE;
  for (let block = begin; block < end; block++) {
    const first = block * ROWS;
    const count = min(ROWS, rows - first);
    const at = <usize>first * size;
    const points = x + at * <usize>dimension;
    passBlock<T>(ADD_EXPONENTIALS, metric, points, y, potentials + at, ownParts, others, fine, dimension, columns, eta, buffer, count);
    let safe = true;
    for (let row = 0; row < count; row++) safe = safe && isSafeSum<T>(load<T>(states + <usize>(3 * row) * size));
    if (!safe) {
      passBlock<T>(TAKE_MAXIMUM, metric, points, y, potentials + at, ownParts, others, fine, dimension, columns, eta, buffer, count);
      for (let row = 0; row < count; row++) {
        // An infinity becomes the largest finite number, so that exponents stay −∞, finite or +∞. NaN stays.
        const state = states + <usize>(3 * row) * size;
        store<T>(state, max<T>(min<T>(load<T>(state, 2 * sizeof<T>()), largest), -largest), 2 * sizeof<T>());
      }
      passBlock<T>(ADD_SHIFTED_EXPONENTIALS, metric, points, y, potentials + at, ownParts, others, fine, dimension, columns, eta, buffer, count);
    }
    for (let row = 0; row < count; row++) {
      const state = states + <usize>(3 * row) * size;
      const offset = at + <usize>row * size;
      let sum = load<T>(state);
      let cost = load<T>(state, sizeof<T>());
      let logSum = v128.extract_lane<T>(log<T>(v128.splat<T>(sum)), 0);
      if (!safe) {
        const shift = load<T>(state, 2 * sizeof<T>());
        const scale = v128.extract_lane<T>(exp<T>(v128.splat<T>(shift)), 0);
        logSum += shift;
        sum *= scale;
        cost *= scale;
      }
      store<T>(sums + offset, sum);
      store<T>(costSums + offset, cost);
      const step = (load<T>(logMarginals + offset) - logSum) * epsilon;
      if (size == 8) store<T>(moved + offset, load<T>(potentials + offset) + step);
      else {
        const remainder = load<T>(potentials + ownParts + offset) + step;
        const shift = nearest<T>(remainder / grid) * grid;
        store<T>(moved + offset, load<T>(potentials + offset) + shift);
        store<T>(moved + ownParts + offset, remainder - shift);
      }
    }
  }
}

/** Blocks [begin, end) of rows. `arrays` are the addresses of inputs and outputs, `scratch` room for 2 CHUNK + 3 ROWS numbers per block. */
export function point_cloud_sweep_f32(
  arrays: usize, metric: i32, scratch: usize, dimension: i32, rows: i32, columns: i32, epsilon: f32, grid: f32, begin: i32, end: i32,
): void {
  sweep<f32>(arrays, metric, scratch, dimension, rows, columns, epsilon, grid, begin, end);
}

export function point_cloud_sweep_f64(
  arrays: usize, metric: i32, scratch: usize, dimension: i32, rows: i32, columns: i32, epsilon: f64, grid: f64, begin: i32, end: i32,
): void {
  sweep<f64>(arrays, metric, scratch, dimension, rows, columns, epsilon, grid, begin, end);
}
