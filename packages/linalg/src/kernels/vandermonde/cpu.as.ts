import { exp } from "@ansatz/tensor/assembly/exp";
import { lanesOf, storeUpTo } from "@ansatz/tensor/assembly/lanes";
import { multiplyAdd, negatedMultiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { cos, sin } from "@ansatz/tensor/assembly/trigonometric";

/** Powers of a unit of work: so many are reached from an exponential of their own, in float64. */
const BLOCK: i32 = 1024;

/** Powers that are multiplied up in the precision of the result. */
const CHUNK: i32 = 64;

// @ts-ignore: decorator
@inline
function realOf<T>(aRe: v128, aIm: v128, bRe: v128, bIm: v128): v128 {
  return negatedMultiplyAdd<T>(aIm, bIm, v128.mul<T>(aRe, bRe));
}

// @ts-ignore: decorator
@inline
function imaginaryOf<T>(aRe: v128, aIm: v128, bRe: v128, bIm: v128): v128 {
  return multiplyAdd<T>(aIm, bRe, v128.mul<T>(aRe, bIm));
}

// @ts-ignore: decorator
@inline
function splat<T>(value: f64): v128 {
  return sizeof<T>() == 8 ? f64x2.splat(value) : f32x4.splat(<f32>value);
}

/** The first elements of a row, zeros after `count` of them. */
// @ts-ignore: decorator
@inline
function loadUpTo<T>(address: usize, count: i32): v128 {
  if (count >= lanesOf<T>()) return v128.load(address);
  if (sizeof<T>() == 8) return v128.load64_zero(address);
  if (count == 1) return v128.load32_zero(address);
  const pair = v128.load64_zero(address);
  return count == 2 ? pair : v128.load32_lane(address + 8, pair, 2);
}

// @ts-ignore: decorator
@inline
function sumOfLanes<T>(x: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
  return <f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 1) + <f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3);
}

/** 1, a, … in the lanes, of the real or the imaginary parts of powers of a. */
// @ts-ignore: decorator
@inline
function lanes<T>(first: f64, second: f64, third: f64, fourth: f64): v128 {
  if (sizeof<T>() == 8) return f64x2(first, second);
  return f32x4(<f32>first, <f32>second, <f32>third, <f32>fourth);
}

/**
 * Along the powers e^(l z) for l = first … first + steps − 1, times (sRe, sIm): adds their real parts to the elements from y on; or, where y is 0, adds their products with the elements from
 * k on to the complex number at `total`, in float64.
 */
// @ts-ignore: decorator
@inline
function walk<T>(zRe: f64, zIm: f64, sRe: f64, sIm: f64, first: i32, steps: i32, y: usize, k: usize, total: usize): void {
  const L = lanesOf<T>();
  // e^z and e^(CHUNK z).
  const sizes = exp<f64>(f64x2(zRe, zRe * CHUNK));
  const angles = f64x2(zIm, zIm * CHUNK);
  const re = f64x2.mul(sizes, cos<f64>(angles));
  const im = f64x2.mul(sizes, sin<f64>(angles));
  const aRe = f64x2.extract_lane(re, 0);
  const aIm = f64x2.extract_lane(im, 0);
  const chunkRe = f64x2.extract_lane(re, 1);
  const chunkIm = f64x2.extract_lane(im, 1);
  let startRe = sRe;
  let startIm = sIm;
  if (first > 0) {
    const size = f64x2.extract_lane(exp<f64>(f64x2.splat(zRe * first)), 0);
    const angle = f64x2.splat(zIm * first);
    const firstRe = size * f64x2.extract_lane(cos<f64>(angle), 0);
    const firstIm = size * f64x2.extract_lane(sin<f64>(angle), 0);
    startRe = sRe * firstRe - sIm * firstIm;
    startIm = sRe * firstIm + sIm * firstRe;
  }
  const a2Re = aRe * aRe - aIm * aIm;
  const a2Im = 2 * aRe * aIm;
  const a3Re = a2Re * aRe - a2Im * aIm;
  const a3Im = a2Re * aIm + a2Im * aRe;
  // a to the power of L, 2 L, 3 L, 4 L.
  const bRe = L == 2 ? a2Re : a2Re * a2Re - a2Im * a2Im;
  const bIm = L == 2 ? a2Im : 2 * a2Re * a2Im;
  const b2Re = bRe * bRe - bIm * bIm;
  const b2Im = 2 * bRe * bIm;
  const b3Re = b2Re * bRe - b2Im * bIm;
  const b3Im = b2Re * bIm + b2Im * bRe;
  const stepRe = splat<T>(b2Re * b2Re - b2Im * b2Im);
  const stepIm = splat<T>(2 * b2Re * b2Im);
  const t0Re = lanes<T>(1, aRe, a2Re, a3Re);
  const t0Im = lanes<T>(0, aIm, a2Im, a3Im);
  const t1Re = realOf<T>(t0Re, t0Im, splat<T>(bRe), splat<T>(bIm));
  const t1Im = imaginaryOf<T>(t0Re, t0Im, splat<T>(bRe), splat<T>(bIm));
  const t2Re = realOf<T>(t0Re, t0Im, splat<T>(b2Re), splat<T>(b2Im));
  const t2Im = imaginaryOf<T>(t0Re, t0Im, splat<T>(b2Re), splat<T>(b2Im));
  const t3Re = realOf<T>(t0Re, t0Im, splat<T>(b3Re), splat<T>(b3Im));
  const t3Im = imaginaryOf<T>(t0Re, t0Im, splat<T>(b3Re), splat<T>(b3Im));
  let sumRe: f64 = 0;
  let sumIm: f64 = 0;
  for (let chunk = 0; chunk < steps; chunk += CHUNK) {
    const sr = splat<T>(startRe);
    const si = splat<T>(startIm);
    let q0Re = realOf<T>(t0Re, t0Im, sr, si);
    let q0Im = imaginaryOf<T>(t0Re, t0Im, sr, si);
    let q1Re = realOf<T>(t1Re, t1Im, sr, si);
    let q1Im = imaginaryOf<T>(t1Re, t1Im, sr, si);
    let q2Re = realOf<T>(t2Re, t2Im, sr, si);
    let q2Im = imaginaryOf<T>(t2Re, t2Im, sr, si);
    let q3Re = realOf<T>(t3Re, t3Im, sr, si);
    let q3Im = imaginaryOf<T>(t3Re, t3Im, sr, si);
    const count = min(CHUNK, steps - chunk);
    let d0Re = i64x2.splat(0);
    let d0Im = d0Re;
    let d1Re = d0Re;
    let d1Im = d0Re;
    let at = (y ? y : k) + <usize>chunk * sizeof<T>();
    let done = 0;
    for (; done + 4 * L <= count; done += 4 * L, at += 64) {
      if (y) {
        v128.store(at, v128.add<T>(v128.load(at), q0Re));
        v128.store(at, v128.add<T>(v128.load(at, 16), q1Re), 16);
        v128.store(at, v128.add<T>(v128.load(at, 32), q2Re), 32);
        v128.store(at, v128.add<T>(v128.load(at, 48), q3Re), 48);
      } else {
        const k0 = v128.load(at);
        const k1 = v128.load(at, 16);
        const k2 = v128.load(at, 32);
        const k3 = v128.load(at, 48);
        d0Re = multiplyAdd<T>(k0, q0Re, d0Re);
        d0Im = multiplyAdd<T>(k0, q0Im, d0Im);
        d1Re = multiplyAdd<T>(k1, q1Re, d1Re);
        d1Im = multiplyAdd<T>(k1, q1Im, d1Im);
        d0Re = multiplyAdd<T>(k2, q2Re, d0Re);
        d0Im = multiplyAdd<T>(k2, q2Im, d0Im);
        d1Re = multiplyAdd<T>(k3, q3Re, d1Re);
        d1Im = multiplyAdd<T>(k3, q3Im, d1Im);
      }
      const n0 = realOf<T>(q0Re, q0Im, stepRe, stepIm);
      q0Im = imaginaryOf<T>(q0Re, q0Im, stepRe, stepIm);
      q0Re = n0;
      const n1 = realOf<T>(q1Re, q1Im, stepRe, stepIm);
      q1Im = imaginaryOf<T>(q1Re, q1Im, stepRe, stepIm);
      q1Re = n1;
      const n2 = realOf<T>(q2Re, q2Im, stepRe, stepIm);
      q2Im = imaginaryOf<T>(q2Re, q2Im, stepRe, stepIm);
      q2Re = n2;
      const n3 = realOf<T>(q3Re, q3Im, stepRe, stepIm);
      q3Im = imaginaryOf<T>(q3Re, q3Im, stepRe, stepIm);
      q3Re = n3;
    }
    for (; done < count; done += L, at += 16) {
      const rest = count - done;
      if (y) storeUpTo<T>(at, v128.add<T>(loadUpTo<T>(at, rest), q0Re), rest);
      else {
        const value = loadUpTo<T>(at, rest);
        d0Re = multiplyAdd<T>(value, q0Re, d0Re);
        d0Im = multiplyAdd<T>(value, q0Im, d0Im);
      }
      q0Re = q1Re;
      q0Im = q1Im;
      q1Re = q2Re;
      q1Im = q2Im;
      q2Re = q3Re;
      q2Im = q3Im;
    }
    if (!y) {
      sumRe += sumOfLanes<T>(v128.add<T>(d0Re, d1Re));
      sumIm += sumOfLanes<T>(v128.add<T>(d0Im, d1Im));
    }
    const next = startRe * chunkRe - startIm * chunkIm;
    startIm = startRe * chunkIm + startIm * chunkRe;
    startRe = next;
  }
  if (y) return;
  store<f64>(total, load<f64>(total) + sumRe);
  store<f64>(total, load<f64>(total, 8) + sumIm, 8);
}

/** Blocks [begin, end) of [rows, blocks] of y = Re Σ_n w_n e^(l z_n). */
// @ts-ignore: decorator
@inline
function blocksOf<T>(z: usize, w: usize, y: usize, nodes: i32, length: i32, begin: i32, end: i32): void {
  const blocks = (length + BLOCK - 1) / BLOCK;
  for (let unit = begin; unit < end; unit++) {
    const row = unit / blocks;
    const first = (unit - row * blocks) * BLOCK;
    const steps = min(BLOCK, length - first);
    const target = y + (<usize>row * length + first) * sizeof<T>();
    memory.fill(target, 0, <usize>steps * sizeof<T>());
    for (let n = 0; n < nodes; n++) {
      const at = (<usize>row * nodes + n) * 2 * sizeof<T>();
      walk<T>(
        <f64>load<T>(z + at), <f64>load<T>(z + at + sizeof<T>()), <f64>load<T>(w + at), <f64>load<T>(w + at + sizeof<T>()),
        first, steps, target, 0, 0,
      );
    }
  }
}

/** Nodes [begin, end) of [rows, nodes] of y_n = Σ_l k_l e^(l z_n); `totals` has a complex float64 for each. */
// @ts-ignore: decorator
@inline
function nodesOf<T>(z: usize, k: usize, y: usize, totals: usize, nodes: i32, length: i32, begin: i32, end: i32): void {
  for (let unit = begin; unit < end; unit++) {
    const at = <usize>unit * 2 * sizeof<T>();
    const row = k + <usize>(unit / nodes) * length * sizeof<T>();
    const total = totals + (<usize>unit << 4);
    v128.store(total, i64x2.splat(0));
    for (let first = 0; first < length; first += BLOCK)
      walk<T>(
        <f64>load<T>(z + at), <f64>load<T>(z + at + sizeof<T>()), 1, 0,
        first, min(BLOCK, length - first), 0, row + <usize>first * sizeof<T>(), total,
      );
    store<T>(y + at, <T>load<f64>(total));
    store<T>(y + at + sizeof<T>(), <T>load<f64>(total, 8));
  }
}

export function vandermonde_blocks_f32(z: usize, w: usize, y: usize, nodes: i32, length: i32, begin: i32, end: i32): void {
  blocksOf<f32>(z, w, y, nodes, length, begin, end);
}

export function vandermonde_blocks_f64(z: usize, w: usize, y: usize, nodes: i32, length: i32, begin: i32, end: i32): void {
  blocksOf<f64>(z, w, y, nodes, length, begin, end);
}

export function vandermonde_nodes_f32(z: usize, k: usize, y: usize, totals: usize, nodes: i32, length: i32, begin: i32, end: i32): void {
  nodesOf<f32>(z, k, y, totals, nodes, length, begin, end);
}

export function vandermonde_nodes_f64(z: usize, k: usize, y: usize, totals: usize, nodes: i32, length: i32, begin: i32, end: i32): void {
  nodesOf<f64>(z, k, y, totals, nodes, length, begin, end);
}
