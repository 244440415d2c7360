import { lanesOf, logPlanAt, logPlanFirst } from "../log-plan/log-plan.as";

/** Keys are compared 16 bits at a time. Mirrored in cpu.ts. */
const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/** An unsigned integer that orders like the float; float32 uses the upper half. */
// @ts-ignore: decorator
@inline
function keyOf<T>(value: T): u64 {
  // 0 and −0 are equal, so they get one key.
  const plain = value + <T>0;
  if (sizeof<T>() == 4) {
    const bits = reinterpret<u32>(<f32>plain);
    return (<u64>(bits >> 31 ? ~bits : bits | 0x80000000)) << 32;
  }
  const bits = reinterpret<u64>(<f64>plain);
  return bits >> 63 ? ~bits : bits | 0x8000000000000000;
}

// @ts-ignore: decorator
@inline
function valueOf<T>(key: u64): T {
  if (sizeof<T>() == 4) {
    const upper = <u32>(key >> 32);
    return <T>reinterpret<f32>(upper >> 31 ? upper & 0x7fffffff : ~upper);
  }
  return <T>reinterpret<f64>(key >> 63 ? key & 0x7fffffffffffffff : ~key);
}

/** What a walk over the plan does with a key. */
const COUNT = 0;
const GATHER = 1;

/** Counts the uppermost digits of all keys in `target`, or gathers the keys with this uppermost digit there. */
// @ts-ignore: decorator
@inline
function walk<T>(action: i32, cost: usize, potentials: usize, target: usize, rows: i32, columns: i32, eta: T, digit: i32): void {
  const size = sizeof<T>();
  const lanes = lanesOf<T>();
  const fine = <usize>(rows + columns) * size;
  const y = potentials + <usize>rows * size;
  const factor = v128.splat<T>(eta);
  for (let row = 0; row < rows; row++) {
    const costs = cost + <usize>row * <usize>columns * size;
    const x = v128.splat<T>(load<T>(potentials + <usize>row * size));
    const xFine = size == 4 ? v128.splat<T>(load<T>(potentials + fine + <usize>row * size)) : x;
    for (let column = 0; column < columns; column += lanes) {
      const offset = <usize>column * size;
      const count = min(lanes, columns - column);
      let t = count == lanes
        ? logPlanAt<T>(x, xFine, y + offset, fine, costs + offset, factor)
        : logPlanFirst<T>(x, xFine, y + offset, fine, costs + offset, factor, count);
      for (let lane = 0; lane < count; lane++) {
        const key = keyOf<T>(v128.extract_lane<T>(t, 0));
        const own = <i32>(key >> (64 - DIGIT_BITS));
        if (action == COUNT) store<i32>(target + (<usize>own << 2), load<i32>(target + (<usize>own << 2)) + 1);
        else if (own == digit) {
          store<u64>(target, key);
          target += 8;
        }
        t = size == 4 ? i32x4.shuffle(t, t, 1, 2, 3, 0) : i64x2.shuffle(t, t, 1, 0);
      }
    }
  }
}

/** Fills the histogram of the uppermost digits. */
export function plan_threshold_count_f32(cost: usize, potentials: usize, histogram: usize, rows: i32, columns: i32, eta: f32): void {
  memory.fill(histogram, 0, DIGITS * 4);
  walk<f32>(COUNT, cost, potentials, histogram, rows, columns, eta, 0);
}

export function plan_threshold_count_f64(cost: usize, potentials: usize, histogram: usize, rows: i32, columns: i32, eta: f64): void {
  memory.fill(histogram, 0, DIGITS * 4);
  walk<f64>(COUNT, cost, potentials, histogram, rows, columns, eta, 0);
}

/** The digit of the `count`-th largest key. */
export function plan_threshold_digit(histogram: usize, count: i32): i32 {
  let digit = DIGITS - 1;
  for (; digit > 0; digit--) {
    const own = load<i32>(histogram + (<usize>digit << 2));
    if (own >= count) break;
    count -= own;
  }
  return digit;
}

/** How many keys have this digit. */
export function plan_threshold_size(histogram: usize, digit: i32): i32 {
  return load<i32>(histogram + (<usize>digit << 2));
}

/** How many keys have a larger digit. */
function countAbove(histogram: usize, digit: i32): i32 {
  let count = 0;
  for (let other = digit + 1; other < DIGITS; other++) count += load<i32>(histogram + (<usize>other << 2));
  return count;
}

// @ts-ignore: decorator
@inline
function select<T>(
  cost: usize, potentials: usize, histogram: usize, keys: usize, threshold: usize, ties: usize,
  rows: i32, columns: i32, eta: T, digit: i32, count: i32,
): void {
  let size = plan_threshold_size(histogram, digit);
  count -= countAbove(histogram, digit);
  walk<T>(GATHER, cost, potentials, keys, rows, columns, eta, digit);
  for (let shift = 64 - 2 * DIGIT_BITS; shift >= 64 - 8 * <i32>sizeof<T>(); shift -= DIGIT_BITS) {
    memory.fill(histogram, 0, DIGITS * 4);
    for (let index = 0; index < size; index++) {
      const own = histogram + (<usize>(<i32>(load<u64>(keys + (<usize>index << 3)) >> shift) & (DIGITS - 1)) << 2);
      store<i32>(own, load<i32>(own) + 1);
    }
    const next = plan_threshold_digit(histogram, count);
    count -= countAbove(histogram, next);
    let kept = 0;
    for (let index = 0; index < size; index++) {
      const key = load<u64>(keys + (<usize>index << 3));
      if ((<i32>(key >> shift) & (DIGITS - 1)) == next) {
        store<u64>(keys + (<usize>kept << 3), key);
        kept++;
      }
    }
    size = kept;
  }
  store<T>(threshold, valueOf<T>(load<u64>(keys)));
  store<i32>(ties, count);
}

/** Finds the `count`-th largest log P among those with this uppermost digit; `keys` is room for them. */
export function plan_threshold_select_f32(
  cost: usize, potentials: usize, histogram: usize, keys: usize, threshold: usize, ties: usize,
  rows: i32, columns: i32, eta: f32, digit: i32, count: i32,
): void {
  select<f32>(cost, potentials, histogram, keys, threshold, ties, rows, columns, eta, digit, count);
}

export function plan_threshold_select_f64(
  cost: usize, potentials: usize, histogram: usize, keys: usize, threshold: usize, ties: usize,
  rows: i32, columns: i32, eta: f64, digit: i32, count: i32,
): void {
  select<f64>(cost, potentials, histogram, keys, threshold, ties, rows, columns, eta, digit, count);
}
