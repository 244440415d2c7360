/** Values at points [begin, end): lanes are points, sources are taken one after the other. A source at the point itself is left out. */
// @ts-ignore: decorator
@inline
function shareDouble(points: usize, sources: usize, charges: usize, count: usize, extent: usize, values: usize, begin: usize, end: usize): void {
  const one = f64x2.splat(1), zero = f64x2.splat(0);
  for (let i = begin; i < end; i += 4) {
    const a = points + 24 * i, b = points + 24 * min(i + 1, extent - 1);
    const c = points + 24 * min(i + 2, extent - 1), d = points + 24 * min(i + 3, extent - 1);
    const x0 = f64x2(load<f64>(a), load<f64>(b)), x1 = f64x2(load<f64>(c), load<f64>(d));
    const y0 = f64x2(load<f64>(a, 8), load<f64>(b, 8)), y1 = f64x2(load<f64>(c, 8), load<f64>(d, 8));
    const z0 = f64x2(load<f64>(a, 16), load<f64>(b, 16)), z1 = f64x2(load<f64>(c, 16), load<f64>(d, 16));
    let sum0 = zero, sum1 = zero;
    for (let j: usize = 0; j < count; j++) {
      const at = sources + 24 * j;
      const x = v128.load64_splat(at), y = v128.load64_splat(at, 8), z = v128.load64_splat(at, 16);
      const charge = v128.load64_splat(charges + (j << 3));
      const dx0 = f64x2.sub(x0, x), dy0 = f64x2.sub(y0, y), dz0 = f64x2.sub(z0, z);
      const dx1 = f64x2.sub(x1, x), dy1 = f64x2.sub(y1, y), dz1 = f64x2.sub(z1, z);
      const s0 = f64x2.add(f64x2.add(f64x2.mul(dx0, dx0), f64x2.mul(dy0, dy0)), f64x2.mul(dz0, dz0));
      const s1 = f64x2.add(f64x2.add(f64x2.mul(dx1, dx1), f64x2.mul(dy1, dy1)), f64x2.mul(dz1, dz1));
      const apart0 = f64x2.ne(s0, zero), apart1 = f64x2.ne(s1, zero);
      const q0 = f64x2.div(charge, f64x2.sqrt(v128.bitselect(s0, one, apart0)));
      const q1 = f64x2.div(charge, f64x2.sqrt(v128.bitselect(s1, one, apart1)));
      sum0 = f64x2.add(sum0, v128.and(q0, apart0));
      sum1 = f64x2.add(sum1, v128.and(q1, apart1));
    }
    const to = values + (i << 3);
    store<f64>(to, f64x2.extract_lane(sum0, 0));
    if (i + 1 < end) store<f64>(to, f64x2.extract_lane(sum0, 1), 8);
    if (i + 2 < end) store<f64>(to, f64x2.extract_lane(sum1, 0), 16);
    if (i + 3 < end) store<f64>(to, f64x2.extract_lane(sum1, 1), 24);
  }
}

// @ts-ignore: decorator
@inline
function shareSingle(points: usize, sources: usize, charges: usize, count: usize, extent: usize, values: usize, begin: usize, end: usize): void {
  const one = f32x4.splat(1), zero = f32x4.splat(0);
  for (let i = begin; i < end; i += 4) {
    const a = points + 12 * i, b = points + 12 * min(i + 1, extent - 1);
    const c = points + 12 * min(i + 2, extent - 1), d = points + 12 * min(i + 3, extent - 1);
    const px = f32x4(load<f32>(a), load<f32>(b), load<f32>(c), load<f32>(d));
    const py = f32x4(load<f32>(a, 4), load<f32>(b, 4), load<f32>(c, 4), load<f32>(d, 4));
    const pz = f32x4(load<f32>(a, 8), load<f32>(b, 8), load<f32>(c, 8), load<f32>(d, 8));
    let sum = zero;
    for (let j: usize = 0; j < count; j++) {
      const at = sources + 12 * j;
      const dx = f32x4.sub(px, v128.load32_splat(at));
      const dy = f32x4.sub(py, v128.load32_splat(at, 4));
      const dz = f32x4.sub(pz, v128.load32_splat(at, 8));
      const s = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
      const apart = f32x4.ne(s, zero);
      const q = f32x4.div(v128.load32_splat(charges + (j << 2)), f32x4.sqrt(v128.bitselect(s, one, apart)));
      sum = f32x4.add(sum, v128.and(q, apart));
    }
    const to = values + (i << 2);
    store<f32>(to, f32x4.extract_lane(sum, 0));
    if (i + 1 < end) store<f32>(to, f32x4.extract_lane(sum, 1), 4);
    if (i + 2 < end) store<f32>(to, f32x4.extract_lane(sum, 2), 8);
    if (i + 3 < end) store<f32>(to, f32x4.extract_lane(sum, 3), 12);
  }
}

export function newton_sum_f32(points: usize, sources: usize, charges: usize, count: usize, extent: usize, values: usize, begin: i32, end: i32): void {
  shareSingle(points, sources, charges, count, extent, values, <usize>begin, <usize>end);
}

export function newton_sum_f64(points: usize, sources: usize, charges: usize, count: usize, extent: usize, values: usize, begin: i32, end: i32): void {
  shareDouble(points, sources, charges, count, extent, values, <usize>begin, <usize>end);
}
