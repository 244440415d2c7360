import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { defineBenchmark } from "./benchmark.ts";

function declaration(changes: object = {}) {
  return {
    id: "fixture/sum",
    title: "Sum",
    summary: "Adds numbers.",
    isolates: "the loop",
    cases: [{ name: "small" }],
    devices: ["cpu" as const],
    setup: async () => ({ run() {}, validate: async () => {}, cost: { flops: 1, bytes: 1 }, dispose() {} }),
    ...changes,
  };
}

describe("defineBenchmark", () => {
  it("needs no peers", () => {
    expect(defineBenchmark(declaration())).toMatchObject({ id: "fixture/sum", peers: [] });
  });

  it.each([
    [{ id: "Sum" }, "benchmark: id"],
    [{ title: "" }, "fixture/sum: title"],
    [{ isolates: "" }, "fixture/sum: isolates"],
    [{ cases: [] }, "fixture/sum: cases"],
    [{ devices: [] }, "fixture/sum: devices"],
    [{ cases: [{ name: "a" }, { name: "a" }] }, "fixture/sum: cases"],
    [{ cases: [{ name: "" }] }, "fixture/sum: cases: name"],
    [{ peers: [{ name: "a" }, { name: "a" }] }, "fixture/sum: peers"],
  ])("refuses %j", (changes, argument) => {
    expect(() => defineBenchmark(declaration(changes))).toThrow(InvalidInputError);
    expect(() => defineBenchmark(declaration(changes))).toThrow(new RegExp(`^${argument}: expected`));
  });
});
