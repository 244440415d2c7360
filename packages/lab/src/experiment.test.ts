import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineExperiment } from "./experiment.ts";

function declaration() {
  return {
    id: "fixture/decay",
    title: "Decay",
    summary: "Things decay.",
    paper: { title: "On decay" },
    parameters: z.object({ rate: z.number().positive().default(1).describe("per second") }),
    metrics: { halfLife: { label: "half-life", unit: "s" } },
    run: async () => ({ metrics: { halfLife: 1 }, expectations: [] }),
  };
}

function refusal(changes: object): InvalidInputError {
  try {
    defineExperiment({ ...declaration(), ...changes });
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return error as InvalidInputError;
  }
  throw new Error("it was accepted");
}

describe("defineExperiment", () => {
  it("hands back what was declared", () => {
    expect(defineExperiment(declaration())).toMatchObject({ id: "fixture/decay", title: "Decay" });
  });

  it.each([
    "decay",
    "Fixture/decay",
    "fixture/",
    "/decay",
    "fixture/de_cay",
    "fixture/decay/fast",
    "fixture/-decay",
    7,
  ])("refuses %j as an id", (id) => {
    expect(refusal({ id }).argument).toBe("experiment: id");
  });

  it.each(["title", "summary"])("refuses an empty %s and names the experiment", (field) => {
    expect(refusal({ [field]: " " }).argument).toBe(`fixture/decay: ${field}`);
  });

  it("refuses an experiment without a paper, a metric or a function to run", () => {
    expect(refusal({ paper: {} }).argument).toBe("fixture/decay: paper.title");
    expect(refusal({ metrics: {} }).argument).toBe("fixture/decay: metrics");
    expect(refusal({ run: undefined }).argument).toBe("fixture/decay: run");
  });

  it("refuses metrics that no API can name or no table can head", () => {
    expect(refusal({ metrics: { "half-life": { label: "half-life" } } }).argument).toBe("fixture/decay: metrics");
    expect(refusal({ metrics: { halfLife: { label: "" } } }).argument).toBe("fixture/decay: metrics.halfLife.label");
  });

  it("names the parameter at fault", () => {
    const refused = refusal({ parameters: z.object({ rate: z.number().describe("per second") }) });
    expect(refused.message).toBe(
      'fixture/decay: parameters.rate: expected a field that ends in .default(…).describe(…), got "z.number"',
    );
  });
});
