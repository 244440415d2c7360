import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { key } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import { type DoubleDouble, parseDoubleDouble, toNumber } from "./double-double.ts";
import { equallySpaced, sample } from "./error-measure.ts";
import { evaluate, evaluateExactly } from "./evaluate.ts";
import { fingerprint } from "./fingerprint.ts";
import { mutate } from "./mutation.ts";
import {
  checkProgram,
  coefficientsOf,
  countOperations,
  countTransforms,
  expression,
  identity,
  OPERATIONS,
  type Program,
  printProgram,
  withCoefficients,
} from "./program.ts";
import { compileProgram, ProgramMemory } from "./program-memory.ts";
import { FORMATS, fusedMultiplyAdd, neighbour, roundTo, ulp } from "./rounding.ts";
import { targets } from "./targets.ts";

const rule = { kind: "anchored", scale: 2, anchorMutation: 0.5 } as const;
const options = { operations: [...OPERATIONS, "coefficient", "one", "two", "zero"], coefficients: rule } as const;

/** A program after so many mutations of the identity. */
function randomProgram(seed: number, mutations: number): Program {
  const random = new RandomStream(key(seed));
  let program = identity;
  for (let k = 0; k < mutations; k++) program = mutate(program, random, options);
  return program;
}

const programs = fc
  .record({ seed: fc.nat(1e6), mutations: fc.nat(60) })
  .map((each) => randomProgram(each.seed, each.mutations));

describe("a program", () => {
  it("stays well-formed under any sequence of mutations", () => {
    fc.assert(fc.property(programs, (program) => checkProgram("program", program)));
  });

  it("counts what depends on x, and prints as an expression", () => {
    const program = expression(({ x, add, multiply, coefficient, sqrt, two }) => {
      const inner = add(multiply(coefficient(3), x), sqrt(add(coefficient(5), two)));
      return multiply(inner, inner);
    });
    expect(countOperations(program)).toBe(3);
    expect(countOperations(program, { multiply: 2 })).toBe(5);
    expect(countTransforms(program)).toBe(5);
    expect(printProgram(program)).toBe("v7 = (3 * x) + sqrt((5 + 2)); v7 * v7");
    expect(evaluate(program, 2)).toBe((6 + Math.sqrt(7)) ** 2);
    expect(coefficientsOf(withCoefficients(program, [1, 2]))).toEqual([1, 2]);
  });

  it("has the fingerprint of programs that compute the same, and of no other", () => {
    const [a, b, c] = [
      expression(({ x, add, multiply, coefficient }) => multiply(add(x, coefficient()), x)),
      expression(({ x, add, multiply, coefficient }) => multiply(x, add(coefficient(7), x))),
      expression(({ x, add, multiply, coefficient }) => multiply(add(x, coefficient()), coefficient())),
    ];
    expect(fingerprint(a)).toBe(fingerprint(b));
    expect(fingerprint(a)).not.toBe(fingerprint(c));
  });

  it("compiled to WebAssembly, gives the bits of its definition in every format", () => {
    const x = equallySpaced([-1.5, 2.5], 37);
    fc.assert(
      fc.property(programs, fc.constantFrom(...FORMATS), (program, format) => {
        const rounded = x.map((each) => roundTo(format, each));
        const given = format === "float64" ? rounded : Float32Array.from(rounded);
        const values = compileProgram(program, format, given).run();
        const expected = rounded.map((each) => evaluate(program, each, { format, fma: "separate" }));
        expect([...values]).toEqual([...expected]);
      }),
    );
  });

  it.each(["separate", "fused"] as const)(
    "is measured by its worst sample, for many coefficients at once (%s)",
    (fma) => {
      const arithmetic = { format: "float32", fma } as const;
      const memory = new ProgramMemory(arithmetic);
      const x = equallySpaced([0, 1], 103).map(Math.fround);
      const samples = sample(targets.exp2, x, { kind: "ulp", format: "float32" });
      const loaded = memory.load(samples);
      for (let seed = 0; seed < 30; seed++) {
        const program = randomProgram(seed, 25);
        const own = coefficientsOf(program);
        const sets = [own, own.map((each) => 1.1 * each), own.map(() => 0.5)];
        const errors = memory.compile(program)(loaded)(sets.flat(), sets.length);
        for (const [index, coefficients] of sets.entries()) {
          const worst = x.reduce((most, each, k) => {
            const value = evaluate(program, each, arithmetic, coefficients.map(Math.fround));
            return Math.max(most, Math.abs((value - samples.high[k] - samples.low[k]) * samples.weight[k]));
          }, 0);
          expect(errors[index]).toBe(worst);
        }
      }
    },
  );

  it("that divides by zero somewhere has an infinite error, not a crash", () => {
    const program = expression(({ x, divide, subtract, coefficient }) => divide(x, subtract(x, coefficient(0.5))));
    const memory = new ProgramMemory({ format: "float64", fma: "separate" });
    const loaded = memory.load(sample(targets.exp2, equallySpaced([0, 1], 3), { kind: "relative" }));
    expect(memory.compile(program)(loaded)([0.5], 1)[0]).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("rounding", () => {
  const numbers = fc.double({ min: -1e30, max: 1e30, noNaN: true });

  it("to bfloat16 gives the nearer of two neighbours", () => {
    fc.assert(
      fc.property(numbers, (value) => {
        const rounded = roundTo("bfloat16", value);
        const others = [neighbour("bfloat16", rounded, 1), neighbour("bfloat16", rounded, -1)];
        for (const other of others) expect(Math.abs(value - rounded)).toBeLessThanOrEqual(Math.abs(value - other));
      }),
    );
    expect(roundTo("bfloat16", 1 + 2 ** -8)).toBe(1);
    expect(roundTo("bfloat16", 1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
    expect(roundTo("bfloat16", 3.4e38)).toBe(Number.POSITIVE_INFINITY);
    expect(ulp("float32", 1.5)).toBe(2 ** -23);
    expect(ulp("float64", 0)).toBe(2 ** -1074);
  });

  it("of a fused multiply-add happens once", () => {
    // Exact by integers: a·b + c as a fraction of 2^-2000.
    const exact = (value: number) => {
      let [scaled, exponent] = [value, 0];
      while (!Number.isInteger(scaled)) {
        scaled *= 2;
        exponent++;
      }
      return BigInt(scaled) << BigInt(1000 - exponent);
    };
    const double = fc
      .double({ min: -1e10, max: 1e10, noNaN: true })
      .filter((value) => value === 0 || Math.abs(value) > 1e-30);
    for (const format of ["float64", "float32"] as const)
      fc.assert(
        fc.property(double, double, double, fc.boolean(), (a, b, c, cancel) => {
          const [fa, fb] = [roundTo(format, a), roundTo(format, b)];
          const fc_ = roundTo(format, cancel ? -fa * fb : c);
          const value = fusedMultiplyAdd(format, fa, fb, fc_);
          const distance = (candidate: number) => {
            const difference = exact(fa) * exact(fb) + (exact(fc_) << 1000n) - (exact(candidate) << 1000n);
            return difference < 0n ? -difference : difference;
          };
          for (const side of [1, -1]) expect(distance(value) <= distance(neighbour(format, value, side))).toBe(true);
        }),
      );
  });
});

describe("double-double", () => {
  it("knows the functions of the tables to 30 digits", () => {
    // mpmath 1.3, 50 digits.
    const expected: readonly (readonly [keyof typeof targets, number, string])[] = [
      ["exp2", 0.3125, "1.24185781207348404859367746872659561"],
      ["log2", 1.375, "0.459431618637297256199363046725792959"],
      ["erf", 0.5, "0.520499877813046537682746653891964529"],
      ["erfTail", 3.5, "0.999999256901627658587254476316243904"],
      ["airy", 1.25, "0.0996445447569166714746010189624227533"],
      ["bessel", 1.5, "0.51182767173591812874905174428341172"],
      ["wavy", 0.125, "2.70710678118654752440084436210484904"],
    ];
    for (const [name, x, digits] of expected) {
      const [high, low]: DoubleDouble = targets[name].evaluate([x, 0]);
      const [expectedHigh, expectedLow] = parseDoubleDouble(digits);
      // Some 100 operations of 2^-104 each.
      expect(Math.abs(high - expectedHigh + (low - expectedLow)), name).toBeLessThan(1e-29);
    }
  });

  it("evaluates programs beyond float64", () => {
    const program = expression(({ x, add, multiply, subtract, divide, sqrt, fma, one, two }) =>
      subtract(add(divide(one, multiply(x, x)), fma(x, x, two)), sqrt(x)),
    );
    const [high, low] = evaluateExactly(program, [3, 0]);
    const expected = parseDoubleDouble("9.37906030354223381758366476960523874");
    expect(toNumber([high, low])).toBe(expected[0]);
    expect(Math.abs(low - expected[1])).toBeLessThan(1e-30);
  });
});
