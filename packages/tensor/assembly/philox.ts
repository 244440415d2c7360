// @ts-ignore: decorator
@inline
const MULTIPLIER_0: u32 = 0xd2511f53;
// @ts-ignore: decorator
@inline
const MULTIPLIER_1: u32 = 0xcd9e8d57;
// @ts-ignore: decorator
@inline
const WEYL_0: i32 = 0x9e3779b9;
// @ts-ignore: decorator
@inline
const WEYL_1: i32 = 0xbb67ae85;

/**
 * Four blocks of Philox4x32-10: 4 · group, …, 4 · group + 3 of the stream whose key words (seed low, seed high, stream low, stream high) lie at `key`.
 * Writes four vectors to `words`: word 0 of the four blocks, word 1, word 2, word 3.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11).
 */
// @ts-ignore: decorator
@inline
export function philoxWords(key: usize, group: i32, words: usize): void {
  let c0 = i32x4.add(i32x4.splat(group << 2), i32x4(0, 1, 2, 3));
  // The high word of the block index: four elements to a block, and fewer than 2³¹ of them.
  let c1 = i32x4.splat(0);
  let c2 = v128.load32_splat(key, 8);
  let c3 = v128.load32_splat(key, 12);
  let k0 = v128.load32_splat(key);
  let k1 = v128.load32_splat(key, 4);
  for (let round = 0; round < 10; round++) {
    const low0 = i64x2.extmul_low_i32x4_u(c0, i32x4.splat(MULTIPLIER_0));
    const high0 = i64x2.extmul_high_i32x4_u(c0, i32x4.splat(MULTIPLIER_0));
    const low1 = i64x2.extmul_low_i32x4_u(c2, i32x4.splat(MULTIPLIER_1));
    const high1 = i64x2.extmul_high_i32x4_u(c2, i32x4.splat(MULTIPLIER_1));
    c0 = v128.xor(v128.xor(i32x4.shuffle(low1, high1, 1, 3, 5, 7), c1), k0);
    c1 = i32x4.shuffle(low1, high1, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(i32x4.shuffle(low0, high0, 1, 3, 5, 7), c3), k1);
    c3 = i32x4.shuffle(low0, high0, 0, 2, 4, 6);
    k0 = i32x4.add(k0, i32x4.splat(WEYL_0));
    k1 = i32x4.add(k1, i32x4.splat(WEYL_1));
  }
  v128.store(words, c0);
  v128.store(words, c1, 16);
  v128.store(words, c2, 32);
  v128.store(words, c3, 48);
}
