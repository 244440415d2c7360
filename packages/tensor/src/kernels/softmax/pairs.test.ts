import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { beforeAll, describe, expect, it } from "vitest";
import { caseRandom } from "../../testing/index.ts";

/** Exports of pairs.as.ts. */
interface Pairs {
  split(x: number, mantissas: number, exponents: number, count: number): void;
  add(state: number, other: number): void;
  distance(): number;
  isFused(x: number): number;
}

/** Values at a time; arrays of them from address `BASE` on. */
const COUNT = 1 << 16;
const BASE = 1 << 16;

/** A sum of exponentials, mantissa · 2^exponent. */
interface Pair {
  readonly mantissa: number;
  readonly exponent: number;
}

describe.each([
  { build: "relaxed SIMD", features: ["simd", "relaxed-simd"] },
  { build: "plain SIMD", features: ["simd"] },
])("exponentials as pairs, $build", ({ features }) => {
  let pairs: Pairs;
  let values: Float32Array;
  /** Within 2.0 ulp with fused multiply-add, 2.7 without: "The Two-Pass Softmax Algorithm" needs no more. */
  let allowed: number;

  beforeAll(async () => {
    const memory = new WebAssembly.Memory({ initial: 64 });
    const source = fileURLToPath(new URL("./pairs.as.ts", import.meta.url));
    const binary = await compile(source, features);
    const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
    pairs = instance.exports as unknown as Pairs;
    values = new Float32Array(memory.buffer);
    allowed = pairs.isFused(2 ** -13) > 0 ? 2 : 2.7;
  });

  /** Splits COUNT values given by their number, and hands over each one's pair. */
  function splitAll(value: (index: number) => number, check: (x: number, pair: Pair) => void): void {
    const [x, mantissas, exponents] = [BASE, BASE + 4 * COUNT, BASE + 8 * COUNT];
    for (let index = 0; index < COUNT; index++) values[x / 4 + index] = value(index);
    pairs.split(x, mantissas, exponents, COUNT);
    for (let index = 0; index < COUNT; index++)
      check(values[x / 4 + index], {
        mantissa: values[mantissas / 4 + index],
        exponent: values[exponents / 4 + index],
      });
  }

  it("are within a few ulp of four million exponentials between the limits of float32", () => {
    let worst = 0;
    const rounds = 64;
    for (let round = 0; round < rounds; round++)
      splitAll(
        (index) => -87 + (175 * (index * rounds + round)) / (COUNT * rounds),
        (x, { mantissa, exponent }) => {
          const exact = Math.exp(x);
          const ulp = 2 ** (Math.floor(Math.log2(exact)) - 23);
          worst = Math.max(worst, Math.abs(mantissa * 2 ** exponent - exact) / ulp);
        },
      );
    expect(worst).toBeLessThan(allowed);
    expect(worst).toBeGreaterThan(0.5);
  });

  it("keep the logarithm of exponentials that overflow, as far as exponents are trusted", () => {
    let worst = 0;
    let [least, most] = [1, 1];
    splitAll(
      (index) => -310 + (620 * index) / COUNT,
      (x, { mantissa, exponent }) => {
        least = Math.min(least, mantissa);
        most = Math.max(most, mantissa);
        worst = Math.max(worst, Math.abs(Math.log2(mantissa) + exponent - x * Math.LOG2E));
      },
    );
    expect(worst).toBeLessThan(4e-7);
    // A little for the rounding of exponents.
    expect(least).toBeGreaterThan(Math.SQRT1_2 - 1e-4);
    expect(most).toBeLessThan(Math.SQRT2 + 1e-4);
  });

  /** The sum of pairs, by the first lane of states. */
  function sum(...terms: readonly Pair[]): Pair {
    const distance = pairs.distance();
    const stateOf = (index: number) => BASE + index * 4 * distance;
    for (const [index, { mantissa, exponent }] of terms.entries())
      for (let lane = 0; lane < 4; lane++) {
        values[stateOf(index) / 4 + lane] = exponent;
        values[(stateOf(index) + distance) / 4 + lane] = mantissa;
        values[(stateOf(index) + 2 * distance) / 4 + lane] = 0;
      }
    for (let index = 1; index < terms.length; index++) pairs.add(stateOf(0), stateOf(index));
    return {
      exponent: values[stateOf(0) / 4],
      mantissa: values[(stateOf(0) + distance) / 4] + values[(stateOf(0) + 2 * distance) / 4],
    };
  }

  function randomPair(seed: number): Pair {
    const random = caseRandom(seed);
    return {
      mantissa: Math.fround(0.7 + random.integer(0, 7000) / 10_000),
      exponent: random.integer(-1, 1) * 10_000 + random.integer(-40, 40),
    };
  }

  it("add up as they should, whatever their exponents, and in any order", () => {
    for (let seed = 0; seed < 300; seed++) {
      const [a, b, c] = [randomPair(3 * seed), randomPair(3 * seed + 1), randomPair(3 * seed + 2)];
      const both = sum(a, b);
      expect(sum(b, a)).toEqual(both);
      expect(both.exponent).toBe(Math.max(a.exponent, b.exponent));
      // What is 127 powers of two below counts as nothing: a relative error of 2⁻¹²⁶.
      const exact = a.mantissa * 2 ** (a.exponent - both.exponent) + b.mantissa * 2 ** (b.exponent - both.exponent);
      expect(Math.abs(both.mantissa - exact)).toBeLessThanOrEqual(2 ** -24 * exact);
      const [left, right] = [sum(a, b, c), sum(b, c, a)];
      expect(left.exponent).toBe(right.exponent);
      expect(Math.abs(left.mantissa - right.mantissa)).toBeLessThanOrEqual(2 ** -22 * left.mantissa);
    }
  });
});

async function compile(source: string, features: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array | undefined;
  const enabled = features.flatMap((feature) => ["--enable", feature]);
  const { error, stderr } = await asc.main(
    [source, "--outFile", "pairs.wasm", "--runtime", "stub", "--importMemory", "--noAssert", "-O2", ...enabled],
    {
      writeFile: (_name, contents) => {
        if (contents instanceof Uint8Array) binary = contents;
      },
    },
  );
  if (error || !binary) throw error ?? new Error(stderr.toString());
  return Uint8Array.from(binary);
}
