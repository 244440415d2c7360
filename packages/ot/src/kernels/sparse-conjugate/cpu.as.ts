import { exp } from "@ansatz/tensor/assembly/exp";
import { log } from "@ansatz/tensor/assembly/log";
import { lanesOf, loadFirst, storeFirst, sumLanes } from "../log-plan/log-plan.as";

/** Vectors that are compared with the bound before a branch is taken. */
const GROUP = 4;

/** Whether an entry has to leave the heap before another: a lower score, or the same at a higher index. */
// @ts-ignore: decorator
@inline
function isLess<T>(score: T, index: i32, other: T, otherIndex: i32): bool {
  return score < other || (score == other && index > otherIndex);
}

// @ts-ignore: decorator
@inline
function siftUp<T>(scores: usize, indices: usize, position: i32, score: T, index: i32): void {
  while (position > 0) {
    const parent = (position - 1) >> 1;
    const other = load<T>(scores + <usize>parent * sizeof<T>());
    const otherIndex = load<i32>(indices + (<usize>parent << 2));
    if (!isLess<T>(score, index, other, otherIndex)) break;
    store<T>(scores + <usize>position * sizeof<T>(), other);
    store<i32>(indices + (<usize>position << 2), otherIndex);
    position = parent;
  }
  store<T>(scores + <usize>position * sizeof<T>(), score);
  store<i32>(indices + (<usize>position << 2), index);
}

/** Puts an entry in the place of the root. */
// @ts-ignore: decorator
@inline
function siftDown<T>(scores: usize, indices: usize, count: i32, score: T, index: i32): void {
  let position = 0;
  for (;;) {
    let next = 2 * position + 1;
    if (next >= count) break;
    let other = load<T>(scores + <usize>next * sizeof<T>());
    let otherIndex = load<i32>(indices + (<usize>next << 2));
    if (next + 1 < count) {
      const second = load<T>(scores + <usize>(next + 1) * sizeof<T>());
      const secondIndex = load<i32>(indices + (<usize>(next + 1) << 2));
      if (isLess<T>(second, secondIndex, other, otherIndex)) {
        next++;
        other = second;
        otherIndex = secondIndex;
      }
    }
    if (!isLess<T>(other, otherIndex, score, index)) break;
    store<T>(scores + <usize>position * sizeof<T>(), other);
    store<i32>(indices + (<usize>position << 2), otherIndex);
    position = next;
  }
  store<T>(scores + <usize>position * sizeof<T>(), score);
  store<i32>(indices + (<usize>position << 2), index);
}

// @ts-ignore: decorator
@inline
function scoresAt<T>(rowPotentials: usize, costs: usize, row: i32): v128 {
  const offset = <usize>row * sizeof<T>();
  return v128.sub<T>(v128.load(rowPotentials + offset), v128.load(costs + offset));
}

/** Whether every lane is at most the bound; NaN is not. */
// @ts-ignore: decorator
@inline
function isBelow<T>(x: v128, bound: v128): v128 {
  return v128.le<T>(x, bound);
}

/**
 * The `most` largest scores α − c of a column as a heap, the least first, and where they are. Left out are those at most `floor`, and those at least `span` below the best:
 * they get no mass. Returns their number, or −1 when a score is NaN.
 */
// @ts-ignore: decorator
@inline
function gather<T>(costs: usize, rowPotentials: usize, rows: i32, most: i32, floor: T, span: T, scores: usize, indices: usize): i32 {
  const lanes = lanesOf<T>();
  let count = 0;
  let best: T = -Infinity;
  let bound = floor;
  let row = 0;
  while (row < rows) {
    let step = lanes * GROUP;
    const limit = v128.splat<T>(bound);
    if (row + step <= rows) {
      const first = v128.and(
        isBelow<T>(scoresAt<T>(rowPotentials, costs, row), limit),
        isBelow<T>(scoresAt<T>(rowPotentials, costs, row + lanes), limit),
      );
      const second = v128.and(
        isBelow<T>(scoresAt<T>(rowPotentials, costs, row + 2 * lanes), limit),
        isBelow<T>(scoresAt<T>(rowPotentials, costs, row + 3 * lanes), limit),
      );
      if (i32x4.all_true(v128.and(first, second))) {
        row += step;
        continue;
      }
    } else step = rows - row;
    for (const end = row + step; row < end; row++) {
      const score = load<T>(rowPotentials + <usize>row * sizeof<T>()) - load<T>(costs + <usize>row * sizeof<T>());
      if (score <= bound) continue;
      if (score != score) return -1;
      if (count < most) siftUp<T>(scores, indices, count++, score, row);
      else siftDown<T>(scores, indices, count, score, row);
      best = max<T>(best, score);
      bound = max<T>(floor, best - span);
      if (count == most) bound = max<T>(bound, load<T>(scores));
    }
  }
  return count;
}

/** Turns the heap into a list, the largest first. */
// @ts-ignore: decorator
@inline
function sortHeap<T>(scores: usize, indices: usize, count: i32): void {
  for (let last = count - 1; last > 0; last--) {
    const least = load<T>(scores);
    const leastIndex = load<i32>(indices);
    siftDown<T>(scores, indices, last, load<T>(scores + <usize>last * sizeof<T>()), load<i32>(indices + (<usize>last << 2)));
    store<T>(scores + <usize>last * sizeof<T>(), least);
    store<i32>(indices + (<usize>last << 2), leastIndex);
  }
}

/** Entries from `count` on get no mass. */
// @ts-ignore: decorator
@inline
function clearFrom<T>(masses: usize, indices: usize, count: i32, most: i32): void {
  memory.fill(masses + <usize>count * sizeof<T>(), 0, <usize>(most - count) * sizeof<T>());
  memory.fill(indices + (<usize>count << 2), 0, <usize>(most - count) << 2);
}

/** Scores to masses [s + β]₊/γ. Returns the value. */
// @ts-ignore: decorator
@inline
function freeQuadratic<T>(masses: usize, count: i32, potential: T, gamma: f64): f64 {
  let value: f64 = 0;
  for (let index = 0; index < count; index++) {
    const at = masses + <usize>index * sizeof<T>();
    const score = <f64>(load<T>(at) + potential);
    value += score * score;
    store<T>(at, <T>(score / gamma));
  }
  return value / (2 * gamma);
}

/** Scores, the largest first, to masses that sum to `mass`; the number of those that are positive goes to `active`. Returns the value. */
// @ts-ignore: decorator
@inline
function boundQuadratic<T>(masses: usize, indices: usize, count: i32, most: i32, mass: f64, gamma: f64): f64 {
  // Differences from the largest are exact, and at most γb.
  const best = load<T>(masses);
  let sum: f64 = 0;
  let active = 0;
  let threshold: f64 = 0;
  for (let index = 0; index < count; index++) {
    const below = <f64>load<T>(masses + <usize>index * sizeof<T>()) - <f64>best;
    sum += below;
    if (!(<f64>(index + 1) * below > sum - gamma * mass)) break;
    active = index + 1;
    threshold = (sum - gamma * mass) / <f64>active;
  }
  let value: f64 = 0;
  for (let index = 0; index < active; index++) {
    const at = masses + <usize>index * sizeof<T>();
    const below = <f64>load<T>(at) - <f64>best;
    const own = (below - threshold) / gamma;
    value += own * (below - 0.5 * gamma * own);
    store<T>(at, <T>own);
  }
  clearFrom<T>(masses, indices, active, most);
  return mass * <f64>best + value;
}

/** Scores to exp((s + shift)/γ − minus). Returns their sum. */
// @ts-ignore: decorator
@inline
function exponentials<T>(masses: usize, count: i32, shift: T, inverse: T, minus: T): f64 {
  const lanes = lanesOf<T>();
  let sum: f64 = 0;
  for (let index = 0; index < count; index += lanes) {
    const at = masses + <usize>index * sizeof<T>();
    const width = min(lanes, count - index);
    const scores = width == lanes ? v128.load(at) : loadFirst<T>(at, width, <T>-Infinity);
    const scaled = v128.mul<T>(v128.add<T>(scores, v128.splat<T>(shift)), v128.splat<T>(inverse));
    const own = exp<T>(v128.sub<T>(scaled, v128.splat<T>(minus)));
    sum += <f64>sumLanes<T>(own);
    if (width == lanes) v128.store(at, own);
    else storeFirst<T>(at, own, width);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function logarithm(x: f64): f64 {
  return v128.extract_lane<f64>(log<f64>(v128.splat<f64>(x)), 0);
}

// @ts-ignore: decorator
@inline
function conjugates<T>(
  costs: usize, rowPotentials: usize, columns: usize, values: usize, masses: usize, indices: usize,
  rows: i32, perBatch: i32, most: i32, gamma: f64, isEntropic: bool, isBound: bool, begin: i32, end: i32,
): void {
  for (let column = begin; column < end; column++) {
    const own = load<T>(columns + <usize>column * sizeof<T>());
    const value = values + <usize>column * sizeof<T>();
    const target = masses + <usize>column * <usize>most * sizeof<T>();
    const places = indices + (<usize>column * <usize>most << 2);
    if (isBound && own <= 0) {
      store<T>(value, 0);
      clearFrom<T>(target, places, 0, most);
      continue;
    }
    const potentials = rowPotentials + <usize>(column / perBatch) * <usize>rows * sizeof<T>();
    const floor: T = isEntropic || isBound ? -Infinity : -own;
    const span: T = isEntropic || !isBound ? Infinity : <T>(gamma * <f64>own);
    const count = own != own ? -1 : gather<T>(costs + <usize>column * <usize>rows * sizeof<T>(), potentials, rows, most, floor, span, target, places);
    if (count < 0) {
      clearFrom<T>(target, places, 0, most);
      store<T>(value, NaN);
      for (let index = 0; index < most; index++) store<T>(target + <usize>index * sizeof<T>(), NaN);
      continue;
    }
    sortHeap<T>(target, places, count);
    if (isBound && !isEntropic) {
      store<T>(value, <T>boundQuadratic<T>(target, places, count, most, <f64>own, gamma));
      continue;
    }
    clearFrom<T>(target, places, count, most);
    if (!isEntropic) store<T>(value, <T>freeQuadratic<T>(target, count, own, gamma));
    else if (!isBound) store<T>(value, <T>(gamma * exponentials<T>(target, count, own, <T>(1 / gamma), 1)));
    else {
      const best = load<T>(target);
      const sum = exponentials<T>(target, count, -best, <T>(1 / gamma), 0);
      const share = <f64>own / sum;
      for (let index = 0; index < count; index++) {
        const at = target + <usize>index * sizeof<T>();
        store<T>(at, <T>(<f64>load<T>(at) * share));
      }
      store<T>(value, <T>(<f64>own * (<f64>best - gamma * logarithm(share))));
    }
  }
}

/** Columns [begin, end) of all batches. Scores stay in `masses` until they are turned into those. */
export function sparse_conjugate_f32(
  costs: usize, rowPotentials: usize, columns: usize, values: usize, masses: usize, indices: usize,
  rows: i32, perBatch: i32, most: i32, gamma: f64, isEntropic: bool, isBound: bool, begin: i32, end: i32,
): void {
  conjugates<f32>(costs, rowPotentials, columns, values, masses, indices, rows, perBatch, most, gamma, isEntropic, isBound, begin, end);
}

export function sparse_conjugate_f64(
  costs: usize, rowPotentials: usize, columns: usize, values: usize, masses: usize, indices: usize,
  rows: i32, perBatch: i32, most: i32, gamma: f64, isEntropic: bool, isBound: bool, begin: i32, end: i32,
): void {
  conjugates<f64>(costs, rowPotentials, columns, values, masses, indices, rows, perBatch, most, gamma, isEntropic, isBound, begin, end);
}
