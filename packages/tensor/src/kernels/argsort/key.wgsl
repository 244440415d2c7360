// Elements as unsigned integers of the same order, or of the opposite.
override kind: u32;
override descending: bool;

const FLOAT = 0u;
const SIGNED = 1u;
const LARGEST = 0xffffffffu;

// NaN is the largest in either direction, and -0 is 0.
fn key_of(bits: u32) -> u32 {
  var key = bits;
  if (kind == FLOAT) {
    let magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) { return LARGEST; }
    key = select(bits ^ select(0x80000000u, LARGEST, (bits & 0x80000000u) != 0u), 0x80000000u, magnitude == 0u);
  } else if (kind == SIGNED) {
    key = bits ^ 0x80000000u;
  }
  return select(key, ~key, descending);
}
