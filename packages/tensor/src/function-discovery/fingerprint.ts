import { key } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import { evaluate, FLOAT64 } from "./evaluate.ts";
import type { Program } from "./program.ts";

const INPUTS = 16;
const DRAWS = 3;

/** As many as the largest program can have. */
const MOST_COEFFICIENTS = 256;

const random = new RandomStream(key(0x66696e67));
const inputs = Array.from({ length: INPUTS }, () => random.uniform());
const draws = Array.from({ length: DRAWS }, () =>
  Array.from({ length: MOST_COEFFICIENTS }, () => 0.5 + random.uniform()),
);

/**
 * What a program computes, whatever its coefficients are: its values at 16 fixed inputs for three fixed draws of the coefficients, rounded to float32 and digested.
 * Programs with the same fingerprint are the same function of input and coefficients; rounding forgives them another order of operations.
 */
export function fingerprint(program: Program): string {
  const values = new Float32Array(DRAWS * INPUTS);
  let next = 0;
  for (const draw of draws) for (const x of inputs) values[next++] = evaluate(program, x, FLOAT64, draw);
  return digest(new Uint32Array(values.buffer));
}

/** 64 bits by two FNV-1a hashes of different primes. */
function digest(words: Uint32Array): string {
  let [first, second] = [0x811c9dc5, 0x1000193];
  for (const word of words) {
    first = Math.imul(first ^ (word & 0xffff), 0x01000193);
    first = Math.imul(first ^ (word >>> 16), 0x01000193);
    second = Math.imul(second ^ word, 0x85ebca6b);
    second ^= second >>> 13;
  }
  const print = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
  return print(first) + print(second);
}
