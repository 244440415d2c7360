import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeSchema } from "../parameters.ts";
import { parseArguments } from "./arguments.ts";
import { parameterFlags, parametersFrom } from "./parameter-flags.ts";

const PARAMETERS = describeSchema(
  z.object({
    inverseRegularization: z.number().positive().default(1200).describe("1/ε"),
    points: z.int().min(2).max(8).default(4).describe("how many"),
    warmStart: z.boolean().default(true).describe("begin near the end"),
    problem: z.enum(["random", "digits"]).default("random").describe("what to solve"),
    label: z.string().default("a").describe("for the plot"),
  }),
);

function parameters(...line: string[]) {
  return parametersFrom(parseArguments(line, parameterFlags(PARAMETERS)), PARAMETERS);
}

describe("parameter flags", () => {
  it("are the parameters in kebab-case with type, bounds and default", () => {
    const [first, , third, fourth] = parameterFlags(PARAMETERS);
    expect(first).toMatchObject({
      name: "inverse-regularization",
      placeholder: "<number>",
      description: "1/ε (a number > 0; default 1200)",
    });
    expect(third).toMatchObject({ name: "warm-start", type: "switch", negatable: true });
    expect(fourth.placeholder).toBe("random|digits");
  });

  it("give parameters of the right type, and only those that were given", () => {
    expect(parameters("--inverse-regularization", "1e-9", "--points=7", "--no-warm-start", "--label", "7")).toEqual({
      inverseRegularization: 1e-9,
      points: 7,
      warmStart: false,
      label: "7",
    });
    expect(parameters()).toEqual({});
  });

  it.each(["seven", "", " ", "7x"])("leave %j to the schema to refuse", (text) => {
    expect(parameters(`--points=${text}`)).toEqual({ points: text });
  });
});
