import { describe, expect, it } from "vitest";
import { nearestName } from "./nearest-name.ts";

describe("nearestName", () => {
  const known = ["points", "inverse-regularization", "problem"];

  it.each([
    ["pionts", "points"],
    ["point", "points"],
    ["inverse-regularisation", "inverse-regularization"],
    ["probelm", "problem"],
  ])("takes %s for %s", (name, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });

  it("suggests nothing where nothing is close", () => {
    expect(nearestName("temperature", known)).toBeUndefined();
    expect(nearestName("x", [])).toBeUndefined();
  });
});
