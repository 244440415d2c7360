/** 2^x on [0, 1), 13 operations. */
// @ts-ignore: decorator
@inline
export function exp2OfFraction(x: v128): v128 {
  const v2 = f32x4.sub(x, f32x4.splat(1));
  const v3 = f32x4.mul(x, v2);
  const v5 = f32x4.mul(f32x4.splat(0.07944115996360779), x);
  const v7 = f32x4.add(v5, f32x4.splat(0.3068529963493347));
  const v9 = f32x4.mul(f32x4.splat(0.0018956008134409785), x);
  const v11 = f32x4.add(v9, f32x4.splat(0.012818275019526482));
  const v13 = f32x4.mul(v3, f32x4.splat(0.0002189143851865083));
  const v14 = f32x4.add(v11, v13);
  const v15 = f32x4.mul(v3, v14);
  const v16 = f32x4.add(v7, v15);
  const v17 = f32x4.mul(v3, v16);
  const v18 = f32x4.add(x, v17);
  const v19 = f32x4.add(f32x4.splat(1), v18);
  return v19;
}
