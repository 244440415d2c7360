import { log } from "../../../assembly/log";
import { philoxWords } from "../../../assembly/philox";
import { cosineOfRemainder, sineOfRemainder } from "../../../assembly/trigonometric";
import { cosTurn_f32x4, sinTurn_f32x4 } from "../../../assembly/turn";

// Everywhere: fills groups [begin, end) of y; a group is 64 bytes and comes from four blocks of four words. The last group is written whole,
// also where the array ends within it: an array's memory is a multiple of 64 bytes.

const GROUP_BYTES: usize = 64;

export function random_bits(key: usize, y: usize, begin: i32, end: i32): void {
  for (let group = begin; group < end; group++) {
    const at = y + <usize>group * GROUP_BYTES;
    philoxWords(key, group, at);
    transpose(at);
  }
}

export function random_uniform_f32(key: usize, y: usize, begin: i32, end: i32): void {
  for (let group = begin; group < end; group++) {
    const at = y + <usize>group * GROUP_BYTES;
    philoxWords(key, group, at);
    for (let word: usize = 0; word < GROUP_BYTES; word += 16) v128.store(at + word, uniform_f32x4(v128.load(at + word)));
    transpose(at);
  }
}

export function random_normal_f32(key: usize, y: usize, begin: i32, end: i32): void {
  for (let group = begin; group < end; group++) {
    const at = y + <usize>group * GROUP_BYTES;
    philoxWords(key, group, at);
    normalPair_f32x4(at);
    normalPair_f32x4(at + 32);
    transpose(at);
  }
}

export function random_uniform_f64(key: usize, y: usize, begin: i32, end: i32): void {
  for (let group = begin; group < end; group++) {
    const at = y + <usize>group * GROUP_BYTES;
    philoxWords(key, group, at);
    const w0 = v128.load(at);
    const w1 = v128.load(at, 16);
    const w2 = v128.load(at, 32);
    const w3 = v128.load(at, 48);
    storeAlternating(at, uniform_f64x2(w0, w1), uniform_f64x2(w2, w3));
    storeAlternating(at + 32, uniform_f64x2(upper(w0), upper(w1)), uniform_f64x2(upper(w2), upper(w3)));
  }
}

export function random_normal_f64(key: usize, y: usize, begin: i32, end: i32): void {
  for (let group = begin; group < end; group++) {
    const at = y + <usize>group * GROUP_BYTES;
    philoxWords(key, group, at);
    const w0 = v128.load(at);
    const w1 = v128.load(at, 16);
    const w2 = v128.load(at, 32);
    const w3 = v128.load(at, 48);
    storeNormalPairs_f64x2(at, uniform_f64x2(w0, w1), uniform_f64x2(w2, w3));
    storeNormalPairs_f64x2(at + 32, uniform_f64x2(upper(w0), upper(w1)), uniform_f64x2(upper(w2), upper(w3)));
  }
}

/** ((word >>> 9) + ½) · 2⁻²³, exactly: the bits of 1 + (word >>> 9) · 2⁻²³, minus 1 − 2⁻²⁴. */
// @ts-ignore: decorator
@inline
function uniform_f32x4(word: v128): v128 {
  return f32x4.sub(v128.or(i32x4.shr_u(word, 9), i32x4.splat(0x3f800000)), f32x4.splat(0.99999994));
}

/** ((a >>> 6) · 2²⁶ + (b >>> 6) + ½) · 2⁻⁵² of the two lower lanes, exactly, in the same way. */
// @ts-ignore: decorator
@inline
function uniform_f64x2(a: v128, b: v128): v128 {
  const high = i64x2.shl(i64x2.extend_low_i32x4_u(i32x4.shr_u(a, 6)), 26);
  const low = i64x2.extend_low_i32x4_u(i32x4.shr_u(b, 6));
  return f64x2.sub(v128.or(v128.or(high, low), i64x2.splat(0x3ff0000000000000)), f64x2.splat(0.9999999999999999));
}

/** Box–Muller on the word vectors at `at` and 16 bytes on, in place: √(−2 ln u₀) cos 2πu₁ and √(−2 ln u₀) sin 2πu₁. */
// @ts-ignore: decorator
@inline
function normalPair_f32x4(at: usize): void {
  const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log<f32>(uniform_f32x4(v128.load(at)))));
  const turn = uniform_f32x4(v128.load(at, 16));
  // Adding 1.5 · 2²³ rounds to an integer, and leaves it in the low bits.
  const shifted = f32x4.add(f32x4.mul(turn, f32x4.splat(4)), f32x4.splat(12582912));
  const quarters = f32x4.sub(shifted, f32x4.splat(12582912));
  const t = f32x4.sub(turn, f32x4.mul(quarters, f32x4.splat(0.25)));
  const sine = sinTurn_f32x4(t);
  const cosine = cosTurn_f32x4(t);
  const odd = i32x4.neg(v128.and(shifted, i32x4.splat(1)));
  const sign = v128.and(i32x4.shl(shifted, 30), i32x4.splat(0x80000000));
  const cosineSign = v128.and(i32x4.shl(i32x4.add(shifted, i32x4.splat(1)), 30), i32x4.splat(0x80000000));
  v128.store(at, f32x4.mul(radius, v128.xor(v128.bitselect(sine, cosine, odd), cosineSign)));
  v128.store(at, f32x4.mul(radius, v128.xor(v128.bitselect(cosine, sine, odd), sign)), 16);
}

/** Box–Muller on two pairs of uniforms; stores cosine, sine, cosine, sine. */
// @ts-ignore: decorator
@inline
function storeNormalPairs_f64x2(at: usize, u: v128, turn: v128): void {
  const radius = f64x2.sqrt(f64x2.mul(f64x2.splat(-2), log<f64>(u)));
  const shifted = f64x2.add(f64x2.mul(turn, f64x2.splat(4)), f64x2.splat(6755399441055744));
  const quarters = f64x2.sub(shifted, f64x2.splat(6755399441055744));
  const t = f64x2.sub(turn, f64x2.mul(quarters, f64x2.splat(0.25)));
  const angle = f64x2.mul(t, f64x2.splat(6.283185307179586));
  const rest = f64x2.mul(t, f64x2.splat(2.4492935982947064e-16));
  const sine = sineOfRemainder(angle, rest);
  const cosine = cosineOfRemainder(angle, rest);
  const odd = i64x2.neg(v128.and(shifted, i64x2.splat(1)));
  const sign = v128.and(i64x2.shl(shifted, 62), i64x2.splat(0x8000000000000000));
  const cosineSign = v128.and(i64x2.shl(i64x2.add(shifted, i64x2.splat(1)), 62), i64x2.splat(0x8000000000000000));
  const x = f64x2.mul(radius, v128.xor(v128.bitselect(sine, cosine, odd), cosineSign));
  const y = f64x2.mul(radius, v128.xor(v128.bitselect(cosine, sine, odd), sign));
  storeAlternating(at, x, y);
}

// @ts-ignore: decorator
@inline
function storeAlternating(at: usize, a: v128, b: v128): void {
  v128.store(at, i64x2.shuffle(a, b, 0, 2));
  v128.store(at, i64x2.shuffle(a, b, 1, 3), 16);
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 1);
}

/** Transposes the 4 × 4 matrix of 32-bit elements at `at`: from word by word to block by block. */
// @ts-ignore: decorator
@inline
function transpose(at: usize): void {
  const w0 = v128.load(at);
  const w1 = v128.load(at, 16);
  const w2 = v128.load(at, 32);
  const w3 = v128.load(at, 48);
  const low01 = i32x4.shuffle(w0, w1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(w2, w3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(w0, w1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(w2, w3, 2, 6, 3, 7);
  v128.store(at, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(at, i64x2.shuffle(low01, low23, 1, 3), 16);
  v128.store(at, i64x2.shuffle(high01, high23, 0, 2), 32);
  v128.store(at, i64x2.shuffle(high01, high23, 1, 3), 48);
}
