import { philox4x32 } from "./philox.ts";

/** Key words of a stream, as unsigned integers: seed low, seed high, stream low, stream high. */
export type KeyWords = ArrayLike<number>;

/** Words of the stream from its start on: word i is word i mod 4 of block ⌊i / 4⌋. */
export function drawBits(key: KeyWords, count: number): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(count);
  for (let block = 0; 4 * block < count; block++) {
    const words = philox4x32([key[0], key[1]], [block, 0, key[2], key[3]]);
    for (let word = 0; word < 4 && 4 * block + word < count; word++) bits[4 * block + word] = words[word];
  }
  return bits;
}

/** Uniform numbers in (0, 1), exact in their dtype: 23 bits of one word for float32, 52 bits of two words for float64. */
export function drawUniform(key: KeyWords, count: number, dtype: "float32" | "float64"): Float64Array<ArrayBuffer> {
  if (dtype === "float32") return Float64Array.from(drawBits(key, count), (word) => ((word >>> 9) + 0.5) * 2 ** -23);
  const bits = drawBits(key, 2 * count);
  const uniform = (index: number) => ((bits[2 * index] >>> 6) * 2 ** 26 + (bits[2 * index + 1] >>> 6) + 0.5) * 2 ** -52;
  return Float64Array.from({ length: count }, (_, index) => uniform(index));
}

/** Standard normal numbers by Box–Muller on the uniforms of each pair, computed in float64 for either dtype. */
export function drawNormal(key: KeyWords, count: number, dtype: "float32" | "float64"): Float64Array<ArrayBuffer> {
  const uniforms = drawUniform(key, count + (count % 2), dtype);
  return Float64Array.from({ length: count }, (_, index) => {
    const pair = index - (index % 2);
    const radius = Math.sqrt(-2 * Math.log(uniforms[pair]));
    return radius * (index % 2 === 0 ? cosTurn(uniforms[pair + 1]) : sinTurn(uniforms[pair + 1]));
  });
}

// Turns are reduced to at most an eighth before they meet π: 2πu itself would lose all digits of a cosine near a quarter turn.

function sinTurn(turn: number): number {
  const quarters = Math.round(4 * turn);
  const angle = 2 * Math.PI * (turn - quarters / 4);
  const value = quarters % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  return quarters % 4 < 2 ? value : -value;
}

function cosTurn(turn: number): number {
  const quarters = Math.round(4 * turn);
  const angle = 2 * Math.PI * (turn - quarters / 4);
  const value = quarters % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  return (quarters + 1) % 4 < 2 ? value : -value;
}
