// Powers e^(l z) of float32, with phases as integers: 2⁻³² of a turn, which multiply by l modulo a turn without any error.

// 1 / 2π in parts of at most 12 bits, and the rest.
const TURN_1 = 0.15911865234375f;
const TURN_2 = 3.628432750701904e-5f;
const TURN_3 = 6.4206382432985265e-9f;

fn upper_half(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

fn fixed(turns: f32) -> u32 {
  return u32((turns - floor(turns)) * 4294967296.0f);
}

// Turns of an angle, modulo 1: products of half the bits each are exact.
fn turns_of(angle: f32) -> u32 {
  let size = abs(angle);
  let upper = upper_half(size);
  let lower = size - upper;
  let turns = fixed(upper * TURN_1) + fixed(lower * TURN_1) + fixed(upper * TURN_2) + fixed(lower * TURN_2) + fixed(size * TURN_3);
  return select(turns, 0u - turns, angle < 0.0f);
}

// cos and sin of a phase in turns: of the rest after quarter turns, |y| ≤ π/4, by polynomials.
fn on_circle(turns: u32) -> vec2f {
  let quarters = (turns + 0x20000000u) >> 30u;
  let y = f32(bitcast<i32>(turns - (quarters << 30u))) * 1.4629180792671596e-9f;
  let z = y * y;
  let sine = y + y * z * (-0.16666654611f + z * (0.0083321608736f + z * -0.00019515295891f));
  let cosine = 1.0f - 0.5f * z + z * z * (0.041666645683f + z * (-0.0013887316255f + z * 2.443315711809948e-5f));
  let swapped = select(vec2f(cosine, sine), vec2f(-sine, cosine), (quarters & 1u) != 0u);
  return select(swapped, -swapped, (quarters & 2u) != 0u);
}

// e^(l z), from the real part of z and the turns of its imaginary part.
fn power(decay: f32, turns: u32, l: u32) -> vec2f {
  if (l == 0u) { return vec2f(1.0f, 0.0f); }
  return exp(f32(l) * decay) * on_circle(l * turns);
}

fn product(x: vec2f, y: vec2f) -> vec2f {
  return vec2f(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);
}
