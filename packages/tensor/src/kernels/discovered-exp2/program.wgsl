// 2^x on [0, 1), 13 operations.
fn exp2OfFraction(x: f32) -> f32 {
  let v2 = x - 1f;
  let v3 = x * v2;
  let v5 = 0.07944115996360779f * x;
  let v7 = v5 + 0.3068529963493347f;
  let v9 = 0.0018956008134409785f * x;
  let v11 = v9 + 0.012818275019526482f;
  let v13 = v3 * 0.0002189143851865083f;
  let v14 = v11 + v13;
  let v15 = v3 * v14;
  let v16 = v7 + v15;
  let v17 = v3 * v16;
  let v18 = x + v17;
  let v19 = 1f + v18;
  return v19;
}
