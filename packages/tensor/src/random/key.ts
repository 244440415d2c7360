import { InvalidInputError } from "../errors.ts";
import { philox4x32 } from "./philox.ts";

/**
 * A position in the tree of random streams. Two draws with the same key give the same numbers; derive a new key for every draw with `split`.
 * Plain data: can be stored, sent to a worker and resumed from.
 */
export interface Key {
  /** Low and high 32-bit words of the seed: the Philox key. */
  readonly seed: readonly [number, number];
  /** Low and high 32-bit words of the stream: counter words 2 and 3. */
  readonly stream: readonly [number, number];
}

/** Root key of a seed, an integer in [0, 2^53). @throws InvalidInputError */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InvalidInputError("seed", "an integer in [0, 2^53)", seed);
  return { seed: [seed >>> 0, Math.floor(seed / 2 ** 32)], stream: [0, 0] };
}

/** Second counter word of `split`'s own blocks: the bytes of "spli". Keeps them apart from blocks that are drawn from. */
const SPLIT_TAG = 0x73706c69;

/** `count` keys whose streams are independent of each other and of the given one. @throws InvalidInputError */
export function split(parent: Key, count = 2): Key[] {
  if (!Number.isInteger(count) || count < 0 || count >= 2 ** 32)
    throw new InvalidInputError("count", "an integer in [0, 2^32)", count);
  return Array.from({ length: count }, (_, index) => child(parent, index));
}

/** The `index`-th of the keys that `split` gives, without making the others. */
export function child(parent: Key, index: number): Key {
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32)
    throw new InvalidInputError("index", "an integer in [0, 2^32)", index);
  // Keyed by the parent's stream, so that the stream depends on the whole path; the seed stays the key of the draws.
  const block = philox4x32(parent.stream, [index, SPLIT_TAG, parent.seed[0], parent.seed[1]]);
  return { seed: parent.seed, stream: [block[0], block[1]] };
}
