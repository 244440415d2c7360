import { key } from "../random/key.ts";
import { evaluate, FLOAT64 } from "./evaluate.ts";
import { coefficientsOf, type Program } from "./program.ts";
import { RandomStream } from "./random-stream.ts";

const INPUTS = 16;
const DRAWS = 3;

/** Digits that are compared: rounding makes the last ones differ between programs that compute the same in another order. */
const DIGITS = 10;

const random = new RandomStream(key(0x66696e67));
const inputs = Array.from({ length: INPUTS }, () => random.uniform());
const draws = Array.from({ length: DRAWS }, () => Array.from({ length: 128 }, () => 0.5 + random.uniform()));

/**
 * What a program computes, whatever its coefficients are: its values at 16 fixed inputs for three fixed draws of the coefficients, digested. Programs with the
 * same fingerprint are the same function of input and coefficients.
 */
export function fingerprint(program: Program): string {
  const count = coefficientsOf(program).length;
  const values = draws.flatMap((draw) =>
    inputs.map((x) =>
      evaluate(
        program,
        x,
        FLOAT64,
        Array.from({ length: count }, (_, k) => draw[k % draw.length]),
      ).toPrecision(DIGITS),
    ),
  );
  return digest(values.join());
}

/** 64 bits by two FNV-1a hashes of different primes. */
function digest(text: string): string {
  let [first, second] = [0x811c9dc5, 0x1000193];
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x85ebca6b);
    second ^= second >>> 13;
  }
  const print = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
  return print(first) + print(second);
}
