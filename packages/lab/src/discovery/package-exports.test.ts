import { describe, expect, it } from "vitest";
import { activeConditions, resolveExport } from "./package-exports.ts";

const CONDITIONS = new Set(["node", "import"]);

describe("resolveExport", () => {
  it.each<[string, unknown, string | undefined]>([
    ["a plain file", { "./experiments": "./a.js" }, "./a.js"],
    ["the first condition that is active", { "./experiments": { browser: "./b.js", import: "./a.js" } }, "./a.js"],
    ["the default", { "./experiments": { browser: "./b.js", default: "./a.js" } }, "./a.js"],
    ["nested conditions", { "./experiments": { node: { require: "./c.cjs", import: "./a.js" } } }, "./a.js"],
    [
      "the next condition when a nested one has nothing",
      { "./experiments": { node: {}, default: "./a.js" } },
      "./a.js",
    ],
    ["the first usable alternative", { "./experiments": [{ browser: "./b.js" }, "./a.js"] }, "./a.js"],
    ["nothing that is hidden", { "./experiments": { node: null, default: "./a.js" } }, undefined],
    ["nothing where there is no such entry", { ".": "./a.js" }, undefined],
    ["nothing without conditions that match", { "./experiments": { browser: "./b.js" } }, undefined],
    ["nothing from a single export", "./a.js", undefined],
    ["nothing without exports", undefined, undefined],
  ])("finds %s", (_, exports, file) => {
    expect(resolveExport(exports, "./experiments", CONDITIONS)).toBe(file);
  });

  it("agrees with the source condition of this repository's packages", () => {
    const exports = { "./experiments": { "ansatz-source": "./src/experiments.ts", default: "./dist/experiments.js" } };
    expect(resolveExport(exports, "./experiments", CONDITIONS)).toBe("./dist/experiments.js");
    expect(resolveExport(exports, "./experiments", new Set(["ansatz-source"]))).toBe("./src/experiments.ts");
  });
});

describe("activeConditions", () => {
  it.each([
    { line: ["--conditions=development"] },
    { line: ["--conditions", "development"] },
    { line: ["-C", "development"] },
    { line: ["-C=development"] },
  ])("reads $line", ({ line }) => {
    expect(activeConditions(line)).toContain("development");
  });

  it("takes no other argument for a condition", () => {
    expect([...activeConditions(["--import", "./hook.js", "--conditionsx=1"])].sort()).toEqual([
      "ansatz-source",
      "import",
      "module-sync",
      "node",
    ]);
  });
});
