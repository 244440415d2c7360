import { describe, expect, it } from "vitest";
import { matchWorkloads } from "./matching.ts";
import type { ListedWorkload } from "./protocol.ts";

function listed(benchmark: string, name: string, declaration: object = {}, title = benchmark): ListedWorkload {
  return { benchmark, case: name, device: "cpu", package: "toy", title, declaration: JSON.stringify(declaration) };
}

const cases = (list: readonly ListedWorkload[]) => list.map((each) => each.case);

describe("matchWorkloads", () => {
  it("pairs equal names and names what is on one side only", () => {
    const { matched, added, removed } = matchWorkloads(
      [listed("a", "one"), listed("a", "two")],
      [listed("a", "two"), listed("a", "three")],
    );
    expect(matched).toMatchObject([{ base: { case: "two" }, head: { case: "two" }, renamed: false }]);
    expect([cases(added), cases(removed)]).toEqual([["three"], ["one"]]);
  });

  it("knows a case by what it declares, and a benchmark by its title", () => {
    const { matched, added, removed } = matchWorkloads(
      [listed("a", "small", { size: 3 }), listed("old", "only", {}, "Sums")],
      [listed("a", "3 elements", { size: 3 }), listed("new", "only", {}, "Sums")],
    );
    expect(matched.map(({ base, head, renamed }) => [base.case, head.case, renamed])).toEqual([
      ["small", "3 elements", true],
      ["only", "only", true],
    ]);
    expect([...added, ...removed]).toEqual([]);
  });

  it("does not guess where there are several candidates, or nothing but a name", () => {
    const twins = matchWorkloads(
      [listed("a", "x", { size: 3 }), listed("a", "y", { size: 3 })],
      [listed("a", "z", { size: 3 })],
    );
    expect(twins.matched).toEqual([]);
    const fork = matchWorkloads(
      [listed("a", "x", { size: 3 })],
      [listed("a", "y", { size: 3 }), listed("a", "z", { size: 3 })],
    );
    expect(cases(fork.added)).toEqual(["y", "z"]);
    expect(matchWorkloads([listed("a", "x")], [listed("a", "y")]).matched).toEqual([]);
  });
});
