import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../errors.ts";
import { key } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import { type DiscoveryOptions, type DiscoveryResult, discoverFunction } from "./discover.ts";
import * as dd from "./double-double.ts";
import { chebyshevSpaced, equallySpaced, sample } from "./error-measure.ts";
import { evaluateExactly } from "./evaluate.ts";
import { exportSource } from "./export-source.ts";
import { fingerprint } from "./fingerprint.ts";
import { FULL_STAGES, LeastSquaresFit, QUICK_STAGES } from "./least-squares.ts";
import { coefficientsOf, countOperations, type GraphVertex, type Program, programOf } from "./program.ts";
import { decodeSearch, encodeSearch } from "./search-file.ts";
import { type Target, targets } from "./targets.ts";

const small = { parents: 10, maximumGenerations: 6, validationSamples: 500, threads: 1, key: key(3) } as const;

const summary = ({ front }: DiscoveryResult) => front.map(({ code, error, cost }) => [code, error, cost]);

/** All programs of up to `count` additions and multiplications, every coefficient used once. */
function* everyProgram(count: number, vertices: readonly GraphVertex[]): Generator<Program> {
  const last = vertices.at(-1)!;
  if (last.operation !== "input") yield programOf(last);
  if (count === 0) return;
  const free: GraphVertex = { operation: "coefficient", inputs: [], value: 1 };
  for (const [index, first] of vertices.entries())
    for (const second of [{ ...free }, ...vertices.slice(index)])
      for (const operation of ["add", "multiply"] as const)
        yield* everyProgram(count - 1, [...vertices, { operation, inputs: [first, second] }]);
}

describe("the search", () => {
  it("finds, from f(x) = x, what is best among all programs of so few operations", { timeout: 60_000 }, async () => {
    const samples = sample(targets.exp2, chebyshevSpaced([0, 1], 64), { kind: "relative" });
    const random = new RandomStream(key(1));
    const seen = new Set<string>();
    const best = [0, 0, 0, 0].fill(Number.POSITIVE_INFINITY);
    for (const program of everyProgram(3, [{ operation: "input", inputs: [] }])) {
      if (seen.has(fingerprint(program))) continue;
      seen.add(fingerprint(program));
      const fit = new LeastSquaresFit(program, samples);
      const operations = countOperations(program);
      for (let start = 0; start < 2; start++) {
        const from = coefficientsOf(program).map(() => 2 * random.uniform());
        const { error } = fit.fit(from, [...QUICK_STAGES, ...FULL_STAGES]);
        for (let most = operations; most <= 3; most++) best[most] = Math.min(best[most], error);
      }
    }
    // The line, and the square of a line that is closest to 2^(x/2); both known in closed form.
    expect(best[2] / 2.982e-2).toBeCloseTo(1, 2);
    expect(best[3] / 1.504e-2).toBeCloseTo(1, 2);

    const { front } = await discoverFunction(targets.exp2, {
      ...{ key: key(5), maximumOperations: 3, maximumGenerations: 20, parents: 30, threads: 1 },
    });
    const errorAt = (cost: number) => front.find((member) => member.cost === cost)!.error;
    // The polish comes within a percent of the minimax error.
    for (const operations of [2, 3]) expect(errorAt(operations)).toBeLessThan(1.01 * best[operations]);
  });

  it("gives the same front whatever the number of threads, and another for another key", {
    timeout: 60_000,
  }, async () => {
    const alone = await discoverFunction(targets.exp2, small);
    const together = await discoverFunction(targets.exp2, { ...small, threads: 2 });
    expect(summary(together)).toEqual(summary(alone));
    expect(together.state).toEqual(alone.state);
    const other = await discoverFunction(targets.exp2, { ...small, key: key(4) });
    expect(summary(other)).not.toEqual(summary(alone));
  });

  it("goes on from a saved state as if it had never stopped", async () => {
    const whole = await discoverFunction(targets.exp2, small);
    const half = await discoverFunction(targets.exp2, { ...small, maximumGenerations: 3 });
    const saved = encodeSearch(half.state);
    const rest = await discoverFunction(targets.exp2, { ...small, resume: decodeSearch(saved) });
    expect(summary(rest)).toEqual(summary(whole));
    expect(rest.history.length).toBe(3);
    expect(() => decodeSearch("{}")).toThrow(InvalidInputError);
    expect(() => decodeSearch(saved.slice(1))).toThrow(InvalidInputError);
  });

  it("reports errors that double-double arithmetic confirms, and operations that the source has", async () => {
    const { front } = await discoverFunction(targets.exp2, {
      ...small,
      parents: 30,
      maximumGenerations: 15,
      validationSamples: 10_000,
    });
    expect(front.length).toBeGreaterThan(2);
    for (const [index, { program, error, operations, cost }] of front.entries()) {
      const worst = equallySpaced([0, 1], 3001).reduce((most, x) => {
        const exact = targets.exp2.evaluate([x, 0]);
        const relative = dd.divide(dd.subtract(evaluateExactly(program, [x, 0]), exact), exact);
        return Math.max(most, Math.abs(dd.toNumber(relative)));
      }, 0);
      expect(Math.abs(error / worst - 1)).toBeLessThan(0.02);
      const source = exportSource(program, { language: "typescript", name: "f", format: "float64" });
      // Every coefficient has been merged, so that every operation has x in it.
      const statements = source.split("\n").filter((line) => line.includes("const "));
      expect(statements.length).toBe(operations);
      expect(cost).toBe(Math.max(2, operations));
      if (index > 0) expect(error).toBeLessThan(0.999 * front[index - 1].error);
    }
  });

  it("stops when asked, with what it has found", async () => {
    const controller = new AbortController();
    const { reason, state, front } = await discoverFunction(targets.exp2, {
      ...{ ...small, maximumGenerations: 1000, signal: controller.signal },
      onProgress: ({ state: { generation } }) => generation === 3 && controller.abort(),
    });
    expect(reason).toBe("aborted");
    expect(state.generation).toBe(3);
    expect(front.length).toBeGreaterThan(0);
  });

  const variants: Record<string, DiscoveryOptions> = {
    "the paper's: strategy, no elitism, tied coefficients": {
      ...{
        elitism: false,
        freeCoefficients: false,
        identityRate: 0.5,
        coefficients: { kind: "non-anchored", scale: 4 },
      },
      fit: { method: "evolution-strategy", populationSize: 16, maximumGenerations: 60, hurdleGenerations: 10 },
      ...{ hurdle: 10, trainingSamples: 128, children: 10, maximumGenerations: 4 },
    },
    "anchored coefficients": { coefficients: { kind: "anchored", scale: 1, anchorMutation: 0.2 } },
    "all operations": {
      operations: ["add", "subtract", "multiply", "divide", "fma", "sqrt", "coefficient", "one", "two"],
    },
    float32: { format: "float32", roundingSamples: 200 },
    "float32 with a fused multiply-add": {
      ...{
        format: "float32",
        fma: "fused",
        operations: ["fma", "coefficient"],
        roundingSamples: 10,
        validationSamples: 20,
      },
      ...{ parents: 4, maximumGenerations: 3, roundingSearch: 0, maximumOperations: 3 },
    },
    bfloat16: { format: "bfloat16", roundingSamples: 100 },
    "weights and bands": {
      ...{
        cost: { kind: "operations", weights: { multiply: 2 } },
        selection: { crowding: false, limits: [undefined, [0.1, 1]] },
      },
    },
    transforms: { cost: { kind: "transforms" }, freeCoefficients: false },
  };

  it.each(Object.entries(variants))("evolves by %s", async (_, options) => {
    const { front } = await discoverFunction(targets.exp2, { ...small, ...options });
    const identityError = options.format ? 1 / (options.format === "bfloat16" ? 2 ** -7 : 2 ** -23) : 1;
    expect(front.at(-1)!.error).toBeLessThan(0.5 * identityError);
  });

  it("improves on programs that it is given", async () => {
    const { front } = await discoverFunction(targets.exp2, {
      ...{ ...small, maximumGenerations: 1 },
      initial: [programOf({ operation: "multiply", inputs: [X, X] })],
    });
    expect(front[0].code).toBe("x * x");
  });

  it("approximates every function of the tables", { timeout: 60_000 }, async () => {
    for (const target of Object.values(targets)) {
      const measure = { kind: "relative", epsilon: 0.1 } as const;
      const { front } = await discoverFunction(target, { ...small, validationSamples: 100, measure });
      expect(front.at(-1)!.error, target.name).toBeLessThan(0.5);
    }
  });

  it("refuses what cannot be done, by name", async () => {
    const refuses = async (argument: string, options: object, target: Target = targets.exp2) =>
      await expect(discoverFunction(target, options as DiscoveryOptions)).rejects.toMatchObject({
        name: InvalidInputError.name,
        argument,
      });
    await refuses("options.operations", { operations: [] });
    await refuses("options.operations", { operations: ["coefficient"] });
    await refuses("options.operations", { operations: ["add", "sine"] });
    await refuses("target.interval", {}, { ...targets.exp2, interval: [1, 0] });
    await refuses("target", {}, { name: "1/x", interval: [-1, 1], evaluate: ([x]) => [1 / x, 0] });
    await refuses("options.format", { format: "float16" });
    await refuses("options.fit.populationSize", { fit: { method: "evolution-strategy", populationSize: 1 } });
    await refuses("options.fit.initialStep", { fit: { method: "evolution-strategy", initialStep: -0.1 } });
    await refuses("options.fit.method", { fit: { method: "guess" } });
    await refuses("options.maximumGenerations", { maximumGenerations: 1.5 });
    await refuses("options.hurdle", { hurdle: 0.5 });
    await refuses("options.identityRate", { identityRate: 2 });
    await refuses("options.coefficients.kind", { coefficients: { kind: "free" } });
    await refuses("options.measure.kind", { measure: { kind: "absolute" } });
    await refuses("options.initial", { initial: [] });
    await refuses("options.threads", { threads: 0 });
  });
});

const X: GraphVertex = { operation: "input", inputs: [] };
