/** The binary digits of 2/π after 64 zeros, 64 to a word. */
// @ts-ignore: decorator
@inline
const TWO_OVER_PI = memory.data<u64>([
  0,
  0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c,
  0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
  0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08,
  0x56033046fc7b6bab,
]);

/**
 * x / (π/2) modulo 4 for finite x ≥ 2⁻¹⁰, in units of 2⁻¹²⁶: the high word in lane 1, the low one in lane 0. Truncation errors stay below 2⁻¹²³.
 * Source: Payne and Hanek, "Radian reduction for trigonometric functions" (SIGNUM 1983): digits of 2/π whose product with x is a multiple of 4 are skipped.
 */
export function quarterTurnsModulo4(x: f64): v128 {
  const bits = reinterpret<u64>(x);
  const significand = (bits & 0x000fffffffffffff) | 0x0010000000000000;
  // x = significand · 2ᵉ; digit k of 2/π has weight 2⁻ᵏ, so that those before digit e − 1 give multiples of 4.
  const firstDigit = <u32>(bits >> 52) - 1075 - 2 + 64;
  const word = TWO_OVER_PI + (<usize>(firstDigit >> 6) << 3);
  const shift = <u64>(firstDigit & 63);
  const d0 = digits(word, shift);
  const d1 = digits(word + 8, shift);
  const d2 = digits(word + 16, shift);
  const middle = significand * d1;
  const low = middle + highProduct(significand, d2);
  const carry = <u64>(low < middle);
  const high = significand * d0 + highProduct(significand, d1) + carry;
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

/** 64 binary digits from digit `shift` of a word on. */
// @ts-ignore: decorator
@inline
function digits(word: usize, shift: u64): u64 {
  // Shifting by 1 first keeps the second shift below 64.
  return (load<u64>(word) << shift) | ((load<u64>(word, 8) >> 1) >> (63 - shift));
}

/** The upper 64 bits of a · b. */
// @ts-ignore: decorator
@inline
function highProduct(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const cross = aHigh * bLow + ((aLow * bLow) >> 32);
  return aHigh * bHigh + (cross >> 32) + ((aLow * bHigh + (cross & 0xffffffff)) >> 32);
}
