import { addressOf, outputOf, runOf, steps } from "../map/call-block.as";
import { hankel, uniformExpansion } from "./expansions.as";
import { series, trapezoid } from "./fallback.as";
import { isOfI, isRatio, LogI, LogK, RatioI, RatioK } from "./functions.as";
import { FALLBACK, HANKEL_20, REGIONS, regionsOf, SPECIAL, UNIFORM_4 } from "./regions.as";
import { special } from "./special.as";

/** Elements that are sorted by expression at a time: what a core's first cache holds. */
// @ts-ignore: decorator
@inline
const BLOCK: i32 = 512;

/**
 * Scratch memory of a block, in bytes per element and for itself: v and x as float64, expressions, v and x again in the order of the expressions, and where they
 * came from. As in `cpu.ts`.
 */
// @ts-ignore: decorator
@inline
const ELEMENT_BYTES: usize = 64;

// @ts-ignore: decorator
@inline
const COUNTS_BYTES: usize = <usize>REGIONS << 2;

/** Elements [begin, end) of the slab of the result that starts with element `first`; the range has its own part of the scratch memory. */
// @ts-ignore: decorator
@inline
function logBessel<F, T extends number>(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  const own = scratch + <usize>begin * ELEMENT_BYTES;
  for (let position = first + begin; position < first + end; position += BLOCK) {
    const count = min(BLOCK, first + end - position);
    const arguments = own + COUNTS_BYTES;
    const capacity = <usize>((count + 1) & -2) << 3;
    const codes = arguments + 2 * capacity;
    const sorted = codes + capacity;
    const places = sorted + 2 * capacity;
    gather<F, T>(block, position, count, arguments, capacity);
    sort<F>(own, arguments, codes, sorted, places, capacity, count, guards != 0);
    const y = outputOf(block) + <usize>position * sizeof<T>();
    let from = 0;
    for (let region = 0; region < REGIONS; region++) {
      // `sort` leaves where each expression's elements end.
      const to = load<i32>(own + (<usize>region << 2));
      run<F, T>(table, region, sorted, capacity, places, from, to, y);
      from = to;
    }
  }
}

/** Elements of both arguments as float64, the orders being the argument 0. */
// @ts-ignore: decorator
@inline
function gather<F, T extends number>(block: usize, begin: i32, count: i32, target: usize, capacity: usize): void {
  const rowLength = runOf(block);
  let row = begin / rowLength;
  let within = begin - row * rowLength;
  for (let done = 0; done < count; row++, within = 0) {
    const length = min(rowLength - within, count - done);
    const v = addressOf(block, 0, row, within, sizeof<T>());
    const x = addressOf(block, 1, row, within, sizeof<T>());
    const vStep: usize = steps(block, 0) ? sizeof<T>() : 0;
    const xStep: usize = steps(block, 1) ? sizeof<T>() : 0;
    const to = target + (<usize>done << 3);
    for (let i: usize = 0; i < <usize>length; i++) {
      store<f64>(to + (i << 3), canonicalOrder<F>(<f64>load<T>(v + i * vStep)));
      store<f64>(to + (i << 3) + capacity, <f64>load<T>(x + i * xStep));
    }
    done += length;
  }
}

/** K is even in its order; I is where that is an integer, and has no real values elsewhere. Ratios of negative orders are none of a function and its neighbour. */
// @ts-ignore: decorator
@inline
function canonicalOrder<F>(v: f64): f64 {
  if (idof<F>() == idof<LogK>()) return abs(v);
  if (idof<F>() == idof<LogI>()) return v == floor(v) && v > -Infinity ? abs(v) : v;
  return v;
}

/** Counting sort by expression; the counts at `counts` become the ends of the expressions' runs. */
// @ts-ignore: decorator
@inline
function sort<F>(counts: usize, given: usize, codes: usize, sorted: usize, places: usize, capacity: usize, count: i32, guards: bool): void {
  memory.fill(counts, 0, COUNTS_BYTES);
  for (let i: usize = 0; i < <usize>count; i += 2) {
    const at = given + (i << 3);
    v128.store(codes + (i << 3), regionsOf<F>(v128.load(at), v128.load(at + capacity), guards));
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const slot = counts + (<usize>load<u32>(codes + (i << 3)) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
  let start = 0;
  for (let region: usize = 0; region < <usize>REGIONS; region++) {
    const size = load<i32>(counts + (region << 2));
    store<i32>(counts + (region << 2), start);
    start += size;
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const slot = counts + (<usize>load<u32>(codes + (i << 3)) << 2);
    const place = load<i32>(slot);
    store<i32>(slot, place + 1);
    const to = sorted + (<usize>place << 3);
    const from = given + (i << 3);
    store<f64>(to, load<f64>(from));
    store<f64>(to + capacity, load<f64>(from + capacity));
    store<u32>(places + (<usize>place << 2), <u32>i);
  }
}

/** Elements [from, to) in the order of expressions, all by the same one, to where they belong. */
// @ts-ignore: decorator
@inline
function run<F, T extends number>(table: usize, region: i32, sorted: usize, capacity: usize, places: usize, from: i32, to: i32, y: usize): void {
  for (let i = from; i < to; i += 2) {
    const at = sorted + (<usize>i << 3);
    const isPair = i + 1 < to;
    const v = isPair ? v128.load(at) : v128.load64_splat(at);
    const x = isPair ? v128.load(at + capacity) : v128.load64_splat(at + capacity);
    const value = evaluate<F>(table, region, v, x);
    const place = places + (<usize>i << 2);
    store<T>(y + <usize>load<u32>(place) * sizeof<T>(), <T>f64x2.extract_lane(value, 0));
    if (isPair) store<T>(y + <usize>load<u32>(place, 4) * sizeof<T>(), <T>f64x2.extract_lane(value, 1));
  }
}

// @ts-ignore: decorator
@inline
function evaluate<F>(table: usize, region: i32, v: v128, x: v128): v128 {
  if (region < UNIFORM_4) return hankel<F>(table, region < HANKEL_20 ? 3 : 20, v, x);
  if (region < FALLBACK) {
    // Slopes converge more slowly than values.
    const least = isRatio<F>() ? 6 : 4;
    const terms = region == UNIFORM_4 ? least : region == UNIFORM_4 + 1 ? 6 : region == UNIFORM_4 + 2 ? 9 : 13;
    return uniformExpansion<F>(table, terms, v, x);
  }
  if (isOfI<F>() && region < SPECIAL) return series<F>(v, x);
  const first = single<F>(table, region, f64x2.extract_lane(v, 0), f64x2.extract_lane(x, 0));
  const second = single<F>(table, region, f64x2.extract_lane(v, 1), f64x2.extract_lane(x, 1));
  return f64x2.replace_lane(f64x2.splat(first), 1, second);
}

// @ts-ignore: decorator
@inline
function single<F>(table: usize, region: i32, v: f64, x: f64): f64 {
  if (!isOfI<F>() && region < SPECIAL) return trapezoid<F>(table, v, x);
  return special<F>(v, x);
}

export function log_bessel_logI_f32(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<LogI, f32>(block, table, scratch, first, guards, begin, end);
}

export function log_bessel_logI_f64(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<LogI, f64>(block, table, scratch, first, guards, begin, end);
}

export function log_bessel_logK_f32(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<LogK, f32>(block, table, scratch, first, guards, begin, end);
}

export function log_bessel_logK_f64(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<LogK, f64>(block, table, scratch, first, guards, begin, end);
}

export function log_bessel_ratioI_f32(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<RatioI, f32>(block, table, scratch, first, guards, begin, end);
}

export function log_bessel_ratioI_f64(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<RatioI, f64>(block, table, scratch, first, guards, begin, end);
}

export function log_bessel_ratioK_f32(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<RatioK, f32>(block, table, scratch, first, guards, begin, end);
}

export function log_bessel_ratioK_f64(block: usize, table: usize, scratch: usize, first: i32, guards: i32, begin: i32, end: i32): void {
  logBessel<RatioK, f64>(block, table, scratch, first, guards, begin, end);
}

/** sum[i] = high[i] + low[i] in float64 for i in [begin, end). */
export function log_bessel_join(high: usize, low: usize, sum: usize, begin: i32, end: i32): void {
  for (let i = <usize>begin; i < <usize>end; i++)
    store<f64>(sum + (i << 3), <f64>load<f32>(high + (i << 2)) + <f64>load<f32>(low + (i << 2)));
}

/** high[i], the float next to sum[i], and low[i], the float next to the rest, for i in [begin, end); the rest of an infinite or NaN sum is 0. */
export function log_bessel_split(sum: usize, high: usize, low: usize, begin: i32, end: i32): void {
  for (let i = <usize>begin; i < <usize>end; i++) {
    const value = load<f64>(sum + (i << 3));
    const leading = <f32>value;
    const rest = value - <f64>leading;
    store<f32>(high + (i << 2), leading);
    store<f32>(low + (i << 2), rest == rest ? <f32>rest : 0);
  }
}
