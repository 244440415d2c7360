import { describe, expect, it } from "vitest";
import { key } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import { chebyshevSpaced, equallySpaced, sample } from "./error-measure.ts";
import { evolutionStrategy, type Objective } from "./evolution-strategy.ts";
import { FULL_STAGES, LeastSquaresFit, QUICK_STAGES } from "./least-squares.ts";
import { coefficientsOf, expression } from "./program.ts";
import { ProgramMemory } from "./program-memory.ts";
import { hornerProgram, symmetricRational } from "./skeletons.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { targets } from "./targets.ts";

const relative = { kind: "relative" } as const;

/** Errors of 2^x on the paper's 1024 points. */
function measured(program: Parameters<ProgramMemory["compile"]>[0]): Objective {
  const memory = new ProgramMemory({ format: "float64", fma: "separate" });
  return memory.compile(program)(memory.load(sample(targets.exp2, equallySpaced([0, 1], 1024), relative)));
}

describe("the evolution strategy", () => {
  it.each([
    { name: "Horner, degree 4", program: hornerProgram(4), minimax: 2.5934e-6 },
    { name: "a cubic, squared twice", program: hornerProgram(3, 2), minimax: 1.1737e-6 },
  ])("reaches the minimax error from starts over eight decades: $name", ({ program, minimax }) => {
    const objective = measured(program);
    for (const seed of [1, 2]) {
      const random = new RandomStream(key(seed));
      const start = program.vertices.flatMap(({ operation }) =>
        operation === "coefficient" ? [(random.uniform() < 0.5 ? -1 : 1) * 10 ** (-8 * random.uniform())] : [],
      );
      const { value, reason, generations } = evolutionStrategy(objective, start, random);
      // Between the sampled points the error is larger by no more than this.
      expect(value).toBeLessThan(1.001 * minimax);
      expect(value).toBeGreaterThan(0.999 * minimax);
      expect(reason).toBe("stalled");
      expect(generations).toBeLessThan(1000);
    }
  });

  it("finds the rational program of ten operations by steps in the logarithms", () => {
    const random = new RandomStream(key(5));
    const program = symmetricRational(2, [360.87532882, 125.06985812, 17.33400498, Math.SQRT2]);
    const start = coefficientsOf(program).map((value) => value * (0.9 + 0.2 * random.uniform()));
    const result = evolutionStrategy(measured(program), start, random, { parametrisation: "log-magnitude" });
    expect(result.value).toBeLessThan(1.1e-10);
  });

  it("minimises with one coefficient, does nothing with none, and stops when told", () => {
    const parabola: Objective = (points) => points.map((x) => (x - 3) ** 2);
    const random = new RandomStream(key(1));
    expect(evolutionStrategy(parabola, [0], random).point[0]).toBeCloseTo(3, 6);
    expect(evolutionStrategy(() => [7], [], random)).toMatchObject({ point: [], value: 7, generations: 0 });
    const stopped = evolutionStrategy(parabola, [0], random, { proceed: (generation) => generation < 5 });
    expect(stopped).toMatchObject({ reason: "stopped", generations: 5 });
    expect(evolutionStrategy(parabola, [3], random)).toMatchObject({ reason: "zero", value: 0 });
  });

  it("keeps going where most points give no number, or none does", () => {
    const random = new RandomStream(key(2));
    const halfPlane: Objective = (points) => points.map((x) => (x < 1 ? Number.NaN : x));
    expect(evolutionStrategy(halfPlane, [1.05], random).value).toBeCloseTo(1, 3);
    const nowhere = evolutionStrategy((points) => points.map(() => Number.NaN), [1, 2], random);
    expect(nowhere).toMatchObject({ point: [1, 2], value: Number.POSITIVE_INFINITY });
  });
});

describe("the eigenvalues of a symmetric matrix", () => {
  it("put it together again, the vectors being orthonormal", () => {
    const random = new RandomStream(key(3));
    for (const size of [1, 2, 5, 9]) {
      const matrix = new Float64Array(size * size);
      for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) matrix[i * size + j] = random.normal();
      for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j];
      const { values, vectors } = symmetricEigen(matrix, size);
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) {
          const restored = values.reduce(
            (sum, value, k) => sum + value * vectors[i * size + k] * vectors[j * size + k],
            0,
          );
          expect(Math.abs(restored - matrix[i * size + j])).toBeLessThan(1e-13);
        }
    }
  });
});

describe("the least-squares fit", () => {
  const samples = sample(targets.exp2, chebyshevSpaced([0, 1], 64), relative);
  const fitted = (program: ReturnType<typeof hornerProgram>, start: readonly number[]) =>
    new LeastSquaresFit(program, samples).fit(start, [...QUICK_STAGES, ...FULL_STAGES]);

  it.each([
    {
      name: "Horner, degree 6",
      program: hornerProgram(6),
      minimax: 1.855e-9,
      start: [1e-4, 1e-3, 0.01, 0.1, 0.2, 0.7, 1],
    },
    {
      name: "a quartic, squared once",
      program: hornerProgram(4, 1),
      minimax: 1.626e-7,
      start: [0.001, 0.01, 0.1, 0.3, 1],
    },
  ])("comes within two percent of the minimax error: $name", ({ program, minimax, start }) => {
    // 64 samples in the 128-norm: 64^(1/128) is 3 %, of which rounding of the norm's last steps takes some.
    const { error } = fitted(program, start);
    expect(error).toBeLessThan(1.02 * minimax);
    expect(error).toBeGreaterThan(0.98 * minimax);
  });

  it("differentiates every operation: it recovers the coefficients of a program with all of them", () => {
    const program = expression(({ x, add, subtract, multiply, divide, fma, sqrt, coefficient }) =>
      divide(
        sqrt(add(multiply(x, x), coefficient(2))),
        fma(subtract(x, coefficient(-3)), coefficient(0.5), coefficient(1)),
      ),
    );
    const wanted = [2.5, -4, 0.75, 1.5];
    const value = (t: number) => Math.sqrt(t * t + 2.5) / ((t + 4) * 0.75 + 1.5);
    const own = sample(
      { name: "own", interval: [0, 2], evaluate: ([t]) => [value(t), 0] },
      chebyshevSpaced([0, 2], 40),
      relative,
    );
    const { error, coefficients } = new LeastSquaresFit(program, own).fit([2, -3, 0.5, 1], [{ power: 2, steps: 200 }]);
    expect(error).toBeLessThan(1e-10);
    // 0.75 (t + 4) + 1.5: only the sum of the constants is determined.
    expect(coefficients[0]).toBeCloseTo(wanted[0], 6);
    expect(coefficients[2]).toBeCloseTo(wanted[2], 6);
    expect(-coefficients[1] * coefficients[2] + coefficients[3]).toBeCloseTo(4.5, 6);
  });

  it("says that a program has no finite error at its start, and fits nothing where there is nothing to fit", () => {
    const pole = expression(({ x, divide, one }) => divide(one, x));
    expect(fitted(pole, []).error).toBe(Number.POSITIVE_INFINITY);
    const square = expression(({ x, multiply }) => multiply(x, x));
    expect(fitted(square, []).error).toBe(1);
  });
});
