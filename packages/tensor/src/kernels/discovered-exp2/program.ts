/** 2^x on [0, 1), 13 operations. */
export function exp2OfFraction(x: number): number {
  const v2 = Math.fround(x - 1);
  const v3 = Math.fround(x * v2);
  const v5 = Math.fround(0.07944115996360779 * x);
  const v7 = Math.fround(v5 + 0.3068529963493347);
  const v9 = Math.fround(0.0018956008134409785 * x);
  const v11 = Math.fround(v9 + 0.012818275019526482);
  const v13 = Math.fround(v3 * 0.0002189143851865083);
  const v14 = Math.fround(v11 + v13);
  const v15 = Math.fround(v3 * v14);
  const v16 = Math.fround(v7 + v15);
  const v17 = Math.fround(v3 * v16);
  const v18 = Math.fround(x + v17);
  const v19 = Math.fround(1 + v18);
  return v19;
}
