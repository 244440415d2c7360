import { multiplyAdd, negatedMultiplyAdd } from "../../../assembly/multiply-add";
import { loadSplat } from "../../../assembly/lanes";

// A block holds the same positions of several lines: for every position `width` elements, each a vector of real parts and behind it a vector of imaginary parts.
// Every lane is a line of its own, so that a butterfly of any radix is plain vertical arithmetic.

/** Bytes of an element of a block. */
// @ts-ignore: decorator
@inline
export const ELEMENT: usize = 32;

// @ts-ignore: decorator
@inline
function storeElement(y: usize, re: v128, im: v128): void {
  v128.store(y, re);
  v128.store(y, im, 16);
}

/** Stores an element times the complex number at w, or as it is. */
// @ts-ignore: decorator
@inline
export function storeTurned<T>(turned: bool, y: usize, re: v128, im: v128, w: usize): void {
  if (!turned) {
    storeElement(y, re, im);
    return;
  }
  const c = loadSplat<T>(w);
  const s = loadSplat<T>(w + sizeof<T>());
  v128.store(y, negatedMultiplyAdd<T>(im, s, v128.mul<T>(re, c)));
  v128.store(y, multiplyAdd<T>(re, s, v128.mul<T>(im, c)), 16);
}

/** `count` butterflies of radix 2, whose legs lie `leg` bytes apart in x and `span` bytes in y. */
// @ts-ignore: decorator
@inline
function butterflies2<T>(turned: bool, x: usize, end: usize, leg: usize, y: usize, span: usize, w: usize): void {
  for (; x < end; x += ELEMENT, y += ELEMENT) {
    const ar = v128.load(x), ai = v128.load(x, 16);
    const br = v128.load(x + leg), bi = v128.load(x + leg, 16);
    storeElement(y, v128.add<T>(ar, br), v128.add<T>(ai, bi));
    storeTurned<T>(turned, y + span, v128.sub<T>(ar, br), v128.sub<T>(ai, bi), w);
  }
}

// @ts-ignore: decorator
@inline
function butterflies3<T>(turned: bool, x: usize, end: usize, leg: usize, y: usize, span: usize, w: usize): void {
  const half = v128.splat<T>(<T>0.5);
  const sine = v128.splat<T>(<T>0.8660254037844386467637231707529362);
  for (; x < end; x += ELEMENT, y += ELEMENT) {
    const x1 = x + leg, x2 = x1 + leg;
    const br = v128.load(x1), bi = v128.load(x1, 16);
    const cr = v128.load(x2), ci = v128.load(x2, 16);
    const sr = v128.add<T>(br, cr), si = v128.add<T>(bi, ci);
    const dr = v128.mul<T>(sine, v128.sub<T>(br, cr)), di = v128.mul<T>(sine, v128.sub<T>(bi, ci));
    const ar = v128.load(x), ai = v128.load(x, 16);
    storeElement(y, v128.add<T>(ar, sr), v128.add<T>(ai, si));
    const mr = negatedMultiplyAdd<T>(half, sr, ar), mi = negatedMultiplyAdd<T>(half, si, ai);
    storeTurned<T>(turned, y + span, v128.add<T>(mr, di), v128.sub<T>(mi, dr), w);
    storeTurned<T>(turned, y + 2 * span, v128.sub<T>(mr, di), v128.add<T>(mi, dr), w + 2 * sizeof<T>());
  }
}

// @ts-ignore: decorator
@inline
function butterflies4<T>(turned: bool, x: usize, end: usize, leg: usize, y: usize, span: usize, w: usize): void {
  for (; x < end; x += ELEMENT, y += ELEMENT) {
    const x1 = x + leg, x2 = x1 + leg, x3 = x2 + leg;
    const ar = v128.load(x), ai = v128.load(x, 16);
    const cr = v128.load(x2), ci = v128.load(x2, 16);
    const s0r = v128.add<T>(ar, cr), s0i = v128.add<T>(ai, ci);
    const d0r = v128.sub<T>(ar, cr), d0i = v128.sub<T>(ai, ci);
    const br = v128.load(x1), bi = v128.load(x1, 16);
    const er = v128.load(x3), ei = v128.load(x3, 16);
    const s1r = v128.add<T>(br, er), s1i = v128.add<T>(bi, ei);
    const d1r = v128.sub<T>(br, er), d1i = v128.sub<T>(bi, ei);
    const y1 = y + span, y2 = y1 + span;
    storeElement(y, v128.add<T>(s0r, s1r), v128.add<T>(s0i, s1i));
    storeTurned<T>(turned, y1, v128.add<T>(d0r, d1i), v128.sub<T>(d0i, d1r), w);
    storeTurned<T>(turned, y2, v128.sub<T>(s0r, s1r), v128.sub<T>(s0i, s1i), w + 2 * sizeof<T>());
    storeTurned<T>(turned, y2 + span, v128.sub<T>(d0r, d1i), v128.add<T>(d0i, d1r), w + 4 * sizeof<T>());
  }
}

// @ts-ignore: decorator
@inline
function butterflies5<T>(turned: bool, x: usize, end: usize, leg: usize, y: usize, span: usize, w: usize): void {
  const c1 = v128.splat<T>(<T>0.3090169943749474241022934171828191);
  const c2 = v128.splat<T>(<T>-0.8090169943749474241022934171828191);
  const s1 = v128.splat<T>(<T>0.9510565162951535721164393333793821);
  const s2 = v128.splat<T>(<T>0.5877852522924731291687059546390728);
  for (; x < end; x += ELEMENT, y += ELEMENT) {
    const x1 = x + leg, x2 = x1 + leg, x3 = x2 + leg, x4 = x3 + leg;
    const ar = v128.load(x), ai = v128.load(x, 16);
    const p1r = v128.add<T>(v128.load(x1), v128.load(x4)), p1i = v128.add<T>(v128.load(x1, 16), v128.load(x4, 16));
    const p2r = v128.add<T>(v128.load(x2), v128.load(x3)), p2i = v128.add<T>(v128.load(x2, 16), v128.load(x3, 16));
    const d1r = v128.sub<T>(v128.load(x1), v128.load(x4)), d1i = v128.sub<T>(v128.load(x1, 16), v128.load(x4, 16));
    const d2r = v128.sub<T>(v128.load(x2), v128.load(x3)), d2i = v128.sub<T>(v128.load(x2, 16), v128.load(x3, 16));
    storeElement(y, v128.add<T>(ar, v128.add<T>(p1r, p2r)), v128.add<T>(ai, v128.add<T>(p1i, p2i)));
    const y1 = y + span, y2 = y1 + span, y3 = y2 + span, y4 = y3 + span;
    let mr = multiplyAdd<T>(c2, p2r, multiplyAdd<T>(c1, p1r, ar)), mi = multiplyAdd<T>(c2, p2i, multiplyAdd<T>(c1, p1i, ai));
    let nr = multiplyAdd<T>(s2, d2r, v128.mul<T>(s1, d1r)), ni = multiplyAdd<T>(s2, d2i, v128.mul<T>(s1, d1i));
    storeTurned<T>(turned, y1, v128.add<T>(mr, ni), v128.sub<T>(mi, nr), w);
    storeTurned<T>(turned, y4, v128.sub<T>(mr, ni), v128.add<T>(mi, nr), w + 6 * sizeof<T>());
    mr = multiplyAdd<T>(c1, p2r, multiplyAdd<T>(c2, p1r, ar)), mi = multiplyAdd<T>(c1, p2i, multiplyAdd<T>(c2, p1i, ai));
    nr = negatedMultiplyAdd<T>(s1, d2r, v128.mul<T>(s2, d1r)), ni = negatedMultiplyAdd<T>(s1, d2i, v128.mul<T>(s2, d1i));
    storeTurned<T>(turned, y2, v128.add<T>(mr, ni), v128.sub<T>(mi, nr), w + 2 * sizeof<T>());
    storeTurned<T>(turned, y3, v128.sub<T>(mr, ni), v128.add<T>(mi, nr), w + 4 * sizeof<T>());
  }
}

/**
 * Any odd radix: sums and differences of the legs l and radix − l share their cosines and sines, so that a pair of outputs takes (radix − 1) / 2 terms. They replace the legs in x.
 * `roots` holds the powers 0 … radix − 1 of exp(−2πi / radix).
 */
// @ts-ignore: decorator
@inline
function butterfliesOdd<T>(
  radix: usize, roots: usize, turned: bool, x: usize, end: usize, leg: usize, y: usize, span: usize, w: usize,
): void {
  const pair = 2 * sizeof<T>();
  for (; x < end; x += ELEMENT, y += ELEMENT) {
    const ar = v128.load(x), ai = v128.load(x, 16);
    let sr = ar, si = ai;
    for (let low = x + leg, high = x + (radix - 1) * leg; low < high; low += leg, high -= leg) {
      const br = v128.load(low), bi = v128.load(low, 16);
      const cr = v128.load(high), ci = v128.load(high, 16);
      const pr = v128.add<T>(br, cr), pi = v128.add<T>(bi, ci);
      storeElement(low, pr, pi);
      storeElement(high, v128.sub<T>(br, cr), v128.sub<T>(bi, ci));
      sr = v128.add<T>(sr, pr);
      si = v128.add<T>(si, pi);
    }
    storeElement(y, sr, si);
    for (let j: usize = 1, k = radix - 1; j < k; j++, k--) {
      let mr = ar, mi = ai;
      let nr = v128.splat<T>(0), ni = v128.splat<T>(0);
      let power: usize = 0;
      for (let low = x + leg, high = x + (radix - 1) * leg; low < high; low += leg, high -= leg) {
        power += j;
        power -= select<usize>(radix, 0, power >= radix);
        const c = loadSplat<T>(roots + power * pair);
        const s = loadSplat<T>(roots + power * pair + sizeof<T>());
        mr = multiplyAdd<T>(c, v128.load(low), mr);
        mi = multiplyAdd<T>(c, v128.load(low, 16), mi);
        nr = multiplyAdd<T>(s, v128.load(high), nr);
        ni = multiplyAdd<T>(s, v128.load(high, 16), ni);
      }
      storeTurned<T>(turned, y + j * span, v128.sub<T>(mr, ni), v128.add<T>(mi, nr), w + (j - 1) * pair);
      storeTurned<T>(turned, y + k * span, v128.add<T>(mr, ni), v128.sub<T>(mi, nr), w + (k - 1) * pair);
    }
  }
}

// @ts-ignore: decorator
@inline
function butterflies<T>(
  radix: usize, turned: bool, x: usize, end: usize, leg: usize, y: usize, span: usize, w: usize,
): void {
  if (radix == 2) butterflies2<T>(turned, x, end, leg, y, span, w);
  else if (radix == 3) butterflies3<T>(turned, x, end, leg, y, span, w);
  else if (radix == 4) butterflies4<T>(turned, x, end, leg, y, span, w);
  else butterflies5<T>(turned, x, end, leg, y, span, w);
}

/**
 * One stage of decimation in frequency that sorts as it goes (Stockham's): with s elements per position, n = radix · m,
 * y[q + s (radix p + j)] = ω_n^(pj) Σ_l ω_radix^(jl) x[q + s (p + m l)] for p < m, q < s. The radix is a constant.
 * `w` holds ω_n^(pj) for p = 1 … m − 1, j = 1 … radix − 1.
 */
// @ts-ignore: decorator
@inline
function stage<T>(radix: usize, x: usize, y: usize, m: usize, s: usize, w: usize): void {
  const span = s * ELEMENT;
  const leg = m * span;
  butterflies<T>(radix, false, x, x + span, leg, y, span, w);
  for (let p: usize = 1; p < m; p++, w += (radix - 1) * 2 * sizeof<T>()) {
    x += span;
    y += radix * span;
    butterflies<T>(radix, true, x, x + span, leg, y, span, w);
  }
}

/** A stage of any odd radix; `w` holds the powers of ω_radix before those of ω_n. */
// @ts-ignore: decorator
@inline
function stageOdd<T>(radix: usize, x: usize, y: usize, m: usize, s: usize, w: usize): void {
  const span = s * ELEMENT;
  const leg = m * span;
  const roots = w;
  w += radix * 2 * sizeof<T>();
  butterfliesOdd<T>(radix, roots, false, x, x + span, leg, y, span, w);
  for (let p: usize = 1; p < m; p++, w += (radix - 1) * 2 * sizeof<T>()) {
    x += span;
    y += radix * span;
    butterfliesOdd<T>(radix, roots, true, x, x + span, leg, y, span, w);
  }
}

// Exported from the module although only other functions call them: the compiler inlines a function with one caller, and one that
// runs long before it returns keeps the engine's slow first compilation.
export function fft_stage2_f32(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f32>(2, x, y, m, s, table);
}

export function fft_stage3_f32(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f32>(3, x, y, m, s, table);
}

export function fft_stage4_f32(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f32>(4, x, y, m, s, table);
}

export function fft_stage5_f32(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f32>(5, x, y, m, s, table);
}

export function fft_stage_odd_f32(radix: usize, x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stageOdd<f32>(radix, x, y, m, s, table);
}

export function fft_stage2_f64(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f64>(2, x, y, m, s, table);
}

export function fft_stage3_f64(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f64>(3, x, y, m, s, table);
}

export function fft_stage4_f64(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f64>(4, x, y, m, s, table);
}

export function fft_stage5_f64(x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stage<f64>(5, x, y, m, s, table);
}

export function fft_stage_odd_f64(radix: usize, x: usize, y: usize, m: usize, s: usize, table: usize): void {
  stageOdd<f64>(radix, x, y, m, s, table);
}

/** Runs a stage of any radix up to 5, or of an odd one. */
// @ts-ignore: decorator
@inline
export function runStage<T>(radix: usize, x: usize, y: usize, m: usize, s: usize, table: usize): void {
  if (sizeof<T>() == 4) {
    if (radix == 4) fft_stage4_f32(x, y, m, s, table);
    else if (radix == 2) fft_stage2_f32(x, y, m, s, table);
    else if (radix == 3) fft_stage3_f32(x, y, m, s, table);
    else if (radix == 5) fft_stage5_f32(x, y, m, s, table);
    else fft_stage_odd_f32(radix, x, y, m, s, table);
  } else {
    if (radix == 4) fft_stage4_f64(x, y, m, s, table);
    else if (radix == 2) fft_stage2_f64(x, y, m, s, table);
    else if (radix == 3) fft_stage3_f64(x, y, m, s, table);
    else if (radix == 5) fft_stage5_f64(x, y, m, s, table);
    else fft_stage_odd_f64(radix, x, y, m, s, table);
  }
}
