/**
 * Radices with a butterfly of their own. A prime's cost per number grows with the prime: beyond these the chirp is cheaper.
 * Fours come first: their stage costs little more than that of a two, which does half as much.
 */
const RADICES = [4, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31];

/** The radices of a transform of length n, whose product is n. Null where a prime factor is too large. */
export function radicesOf(n: number): number[] | null {
  const found: number[] = [];
  let rest = n;
  for (const radix of RADICES) for (; rest % radix === 0; rest /= radix) found.push(radix);
  return rest === 1 ? found : null;
}

/** Length of the cyclic convolution that a transform of length n becomes where `radicesOf` has none: the smallest power of two that holds it. */
export function chirpLength(n: number): number {
  return 2 ** Math.ceil(Math.log2(2 * n - 1));
}

/** Two factors of n, the first at least the second, as near to each other as can be. */
export function balancedFactors(n: number): [number, number] {
  for (let factor = Math.floor(Math.sqrt(n)); ; factor--) if (n % factor === 0) return [n / factor, factor];
}
