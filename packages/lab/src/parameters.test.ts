import { InvalidInputError } from "@ansatz/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineExperiment, type Experiment, type ParameterSchema } from "./experiment.ts";
import { describeParameters, describeSchema, InvalidParametersError, validateParameters } from "./parameters.ts";

const SCHEMA = z.object({
  points: z.int().min(2).max(8192).default(256).describe("points per measure"),
  inverseRegularization: z.number().positive().default(1200).describe("1/ε"),
  momentum: z.number().min(0).lt(1).default(0.9).describe("of the last step"),
  warmStart: z.boolean().default(true).describe("start from Sinkhorn"),
  problem: z.enum(["random", "digits"]).default("random").describe("what to transport"),
  label: z.string().max(5).default("a").describe("for the plot"),
  iterations: z.int().default(10).describe("how often"),
});

function experimentWith(parameters: ParameterSchema): Experiment {
  return defineExperiment({
    id: "fixture/parameters",
    title: "Parameters",
    summary: "Has parameters.",
    paper: { title: "A paper" },
    parameters,
    metrics: { error: { label: "error" } },
    run: async () => ({ metrics: { error: 0 }, expectations: [] }),
  });
}

function issuesOf(input: unknown, schema: ParameterSchema = SCHEMA) {
  try {
    validateParameters(experimentWith(schema), input);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidParametersError);
    return (error as InvalidParametersError).issues;
  }
  return [];
}

describe("describeParameters", () => {
  it("says of every kind of field what a form needs", () => {
    expect(describeParameters(experimentWith(SCHEMA))).toEqual([
      {
        name: "points",
        label: "points",
        description: "points per measure",
        kind: "integer",
        default: 256,
        minimum: 2,
        maximum: 8192,
      },
      {
        name: "inverseRegularization",
        label: "inverse regularization",
        description: "1/ε",
        kind: "number",
        default: 1200,
        minimum: 0,
        exclusiveMinimum: true,
      },
      {
        name: "momentum",
        label: "momentum",
        description: "of the last step",
        kind: "number",
        default: 0.9,
        minimum: 0,
        maximum: 1,
        exclusiveMaximum: true,
      },
      { name: "warmStart", label: "warm start", description: "start from Sinkhorn", kind: "boolean", default: true },
      {
        name: "problem",
        label: "problem",
        description: "what to transport",
        kind: "choice",
        default: "random",
        choices: ["random", "digits"],
      },
      { name: "label", label: "label", description: "for the plot", kind: "text", default: "a" },
      { name: "iterations", label: "iterations", description: "how often", kind: "integer", default: 10 },
    ]);
  });

  it("finds a description given before the default", () => {
    const [parameter] = describeSchema(z.object({ rate: z.number().describe("per second").default(1) }));
    expect(parameter.description).toBe("per second");
  });

  it.each<[string, z.ZodType]>([
    ["an optional field", z.number().optional().describe("x")],
    ["a field without description", z.number().default(1)],
    ["a nullable field", z.number().nullable().default(null).describe("x")],
    ["a coerced field", z.coerce.number().default(1).describe("x")],
    ["a nested object", z.object({}).default({}).describe("x")],
    ["an array", z.array(z.number()).default([]).describe("x")],
    ["a union", z.union([z.number(), z.string()]).default(1).describe("x")],
    ["an enum of numbers", z.enum({ one: 1, two: 2 }).default(1).describe("x")],
    ["a transformed field", z.number().default(1).transform(String).describe("x")],
    ["a big integer", z.bigint().default(1n).describe("x")],
    ["a default out of bounds", z.int().min(2).default(1).describe("x")],
  ])("refuses %s", (_, field) => {
    expect(() => describeSchema(z.object({ rate: field }))).toThrow(InvalidInputError);
    expect(() => describeSchema(z.object({ rate: field }))).toThrow(/^parameters\.rate/);
  });

  it("refuses names that the command line keeps for itself or cannot spell", () => {
    for (const name of ["seed", "device", "out", "json", "Rate", "learning-rate", "learning_rate"])
      expect(() => describeSchema(z.object({ [name]: z.number().default(1).describe("x") }))).toThrow(
        InvalidInputError,
      );
  });

  it("refuses a schema that is no object", () => {
    expect(() => describeSchema(z.string() as never)).toThrow(/a z\.object/);
  });
});

describe("validateParameters", () => {
  it("fills in defaults", () => {
    expect(validateParameters(experimentWith(SCHEMA), { points: 3 })).toEqual({
      points: 3,
      inverseRegularization: 1200,
      momentum: 0.9,
      warmStart: true,
      problem: "random",
      label: "a",
      iterations: 10,
    });
    expect(validateParameters(experimentWith(SCHEMA), undefined)).toMatchObject({ points: 256 });
  });

  it("reports everything that is wrong at once, with path, expectation and value", () => {
    expect(issuesOf({ points: 1, momentum: 1, problem: "letters", warmStart: "yes", pionts: 3 })).toEqual([
      {
        path: ["points"],
        message: "points: expected an integer from 2 to 8192, got 1",
        expected: "an integer from 2 to 8192",
        actual: "1",
      },
      {
        path: ["momentum"],
        message: "momentum: expected a number ≥ 0 and < 1, got 1",
        expected: "a number ≥ 0 and < 1",
        actual: "1",
      },
      {
        path: ["warmStart"],
        message: 'warmStart: expected true or false, got "yes"',
        expected: "true or false",
        actual: '"yes"',
      },
      {
        path: ["problem"],
        message: 'problem: expected one of "random", "digits", got "letters"',
        expected: 'one of "random", "digits"',
        actual: '"letters"',
      },
      { path: ["pionts"], message: "pionts: unknown parameter; did you mean points?" },
    ]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, "3", 2.5])(
    "refuses %s where an integer is wanted",
    (points) => {
      expect(issuesOf({ points })).toHaveLength(1);
    },
  );

  it("refuses what is not an object", () => {
    for (const input of [[], "points=3", 7]) expect(issuesOf(input)[0].path).toEqual([]);
  });

  it("passes on the words of a refinement, of one field or of the whole", () => {
    const even = z.int().refine((value) => value % 2 === 0, "an even number");
    const schema = z
      .object({ low: even.default(0).describe("x"), high: z.int().default(1).describe("x") })
      .refine(({ low, high }) => low < high, { message: "low must be below high", path: ["low"] });
    expect(issuesOf({ low: 1 }, schema)[0].expected).toBe("an even number");
    expect(issuesOf({ low: 4 }, schema)[0].message).toMatch(/low must be below high/);
  });

  it("accepts exactly what the bounds allow", () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 20_000 }), (points) => {
        expect(issuesOf({ points }).length === 0).toBe(points >= 2 && points <= 8192);
      }),
    );
  });
});
