import { drawBits } from "./host-draws.ts";
import type { Key } from "./key.ts";

/**
 * Random numbers one after another, for decisions of which nobody knows beforehand how many there will be: xoshiro128** (Blackman, Vigna), its state drawn from
 * a key. The same key gives the same numbers.
 */
export class RandomStream {
  readonly #state: Uint32Array;
  #spareNormal: number | undefined;

  constructor({ seed, stream }: Key) {
    this.#state = drawBits([...seed, ...stream], 4);
    // The one state that it never leaves.
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  #word(): number {
    const s = this.#state;
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** In (0, 1), 52 bits. */
  uniform(): number {
    return ((this.#word() >>> 6) * 2 ** 26 + (this.#word() >>> 6) + 0.5) * 2 ** -52;
  }

  /** One of 0 … count − 1. */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)];
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const square = u * u + v * v;
      if (square >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spareNormal = v * scale;
      return u * scale;
    }
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
