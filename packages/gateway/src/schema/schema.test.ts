import { readFile } from "node:fs/promises";
import { type GraphQLInputObjectType, printType } from "graphql";
import { describe, expect, it } from "vitest";
import { Catalogue } from "../catalogue/catalogue.ts";
import { FIXTURE } from "../testing/test-gateway.ts";
import { buildSchema } from "./index.ts";
import { COMMITTED_SDL, printRepositorySchema } from "./print-schema.ts";

describe("the committed schema.graphql", () => {
  it("is what the packages of this repository make; `pnpm schema` in this package renews it", async () => {
    expect(await printRepositorySchema()).toBe(await readFile(COMMITTED_SDL, "utf8"));
  });
});

describe("the parameters of an experiment", () => {
  it("become an input type with defaults, bounds in words, and an enum for a choice", async () => {
    const schema = buildSchema(await Catalogue.load(FIXTURE));
    expect(printType(schema.getType("FixtureStepsParameters")!)).toMatchInlineSnapshot(`
      """"Parameters of fixture/steps."""
      input FixtureStepsParameters {
        """whether to write a note per step: true or false"""
        loud: Boolean! = false

        """pause between two steps in ms: a number from 0 to 1000"""
        milliseconds: Float! = 1

        """number added to every step: an integer"""
        offset: SafeInteger! = 0

        """
        form of the curve: one of "straight", "bent-upwards"
        """
        shape: FixtureStepsShape! = STRAIGHT

        """how many: an integer from 1 to 10000"""
        steps: Int! = 5

        """largest last value that is expected: a number"""
        target: Float! = 1
      }"
    `);
    expect(printType(schema.getType("FixtureStepsShape")!)).toMatchInlineSnapshot(`
      """"form of the curve"""
      enum FixtureStepsShape {
        BENT_UPWARDS
        STRAIGHT
      }"
    `);
    expect(printType(schema.getType("StartFixtureStepsInput")!)).toMatchInlineSnapshot(`
      "input StartFixtureStepsInput {
        device: DeviceKind!

        """
        1 to 200 printable characters chosen by the client. The same request with the same key starts nothing new and returns the first run; another request with that key is refused.
        """
        idempotencyKey: String
        parameters: FixtureStepsParameters! = {  }

        """Root of all random numbers of the run: an integer from 0 to 2^53 - 1."""
        seed: SafeInteger! = 0
      }"
    `);
  });

  it("need no input type when there are none", async () => {
    const schema = buildSchema(await Catalogue.load(FIXTURE));
    expect(schema.getType("FixtureFailsParameters")).toBeUndefined();
    expect(Object.keys((schema.getType("StartFixtureFailsInput") as GraphQLInputObjectType).getFields())).toEqual([
      "device",
      "idempotencyKey",
      "seed",
    ]);
  });
});
