import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { offering, Workspace } from "../fixtures/workspace.ts";
import { discoverPackages } from "./discover-packages.ts";

const ALPHA = "node_modules/@fixture/alpha";
const BETA = "node_modules/beta";

/** Source of a module whose default export is a list of experiments with these ids. */
function experiments(...ids: string[]): string {
  return `import { z } from "zod";
    export default ${JSON.stringify(ids)}.map((id) => ({ id, parameters: z.object({}), metrics: {}, run() {} }));`;
}

const BENCHMARKS = `export default [{ id: "alpha/sum", cases: [{ name: "small" }], devices: ["cpu"], peers: [], setup() {} }];`;

const PROJECT = {
  name: "project",
  type: "module",
  dependencies: { "@fixture/alpha": "*" },
  devDependencies: { beta: "*" },
};

/** A project with zod and these files. */
async function project(files: Record<string, string | object>): Promise<Workspace> {
  const workspace = await Workspace.create({ "package.json": PROJECT, ...files });
  await workspace.link("zod");
  return workspace;
}

describe("discoverPackages", () => {
  it("finds what dependencies and devDependencies offer, from a folder deep inside the project", async () => {
    await using workspace = await project({
      "src/deep/file.js": "",
      [`${ALPHA}/package.json`]: offering("@fixture/alpha", "experiments", "benchmarks"),
      [`${ALPHA}/experiments.js`]: experiments("alpha/one", "alpha/two"),
      [`${ALPHA}/benchmarks.js`]: BENCHMARKS,
      [`${BETA}/package.json`]: offering("beta", "experiments"),
      [`${BETA}/experiments.js`]: experiments("beta/one"),
    });
    const [alpha, beta, ...rest] = await discoverPackages({ from: `${workspace.directory}/src/deep` });
    expect(rest).toEqual([]);
    const directory = realpathSync(`${workspace.directory}/${ALPHA}`);
    const origin = { name: "@fixture/alpha", version: "1.2.3", directory };
    expect(alpha).toMatchObject({ ...origin, description: "@fixture/alpha for tests", problems: [] });
    expect(alpha.experiments).toMatchObject([
      { id: "alpha/one", origin },
      { id: "alpha/two", origin },
    ]);
    expect(alpha.benchmarks).toMatchObject([{ id: "alpha/sum", origin }]);
    expect(beta.experiments).toMatchObject([{ id: "beta/one" }]);
    expect(beta.benchmarks).toEqual([]);
  });

  it("finds nothing wrong with the packages of this repository", async () => {
    const found = await discoverPackages({ from: fileURLToPath(new URL("../../../..", import.meta.url)) });
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(["@ansatz/ot", "@ansatz/tensor"]));
    for (const { name, problems, experiments, benchmarks } of found) {
      expect(problems, name).toEqual([]);
      expect(experiments.length + benchmarks.length, name).toBeGreaterThan(0);
    }
  });

  it("includes the package itself", async () => {
    await using workspace = await project({
      "package.json": offering("mine", "experiments"),
      "experiments.js": experiments("mine/one"),
    });
    const [mine] = await discoverPackages({ from: workspace.directory });
    expect(mine.experiments).toMatchObject([{ id: "mine/one", origin: { name: "mine" } }]);
  });

  it("passes over dependencies that offer nothing or are not installed", async () => {
    await using workspace = await project({
      [`${BETA}/package.json`]: { name: "beta", exports: { ".": "./index.js" } },
    });
    expect(await discoverPackages({ from: workspace.directory })).toEqual([]);
  });

  it("lists a package that fails to load with the reason, and loads the others", async () => {
    await using workspace = await project({
      [`${ALPHA}/package.json`]: offering("@fixture/alpha", "experiments", "benchmarks"),
      [`${ALPHA}/experiments.js`]: `throw new Error("no such peer");`,
      [`${BETA}/package.json`]: offering("beta", "experiments"),
      [`${BETA}/experiments.js`]: experiments("beta/one"),
    });
    const [alpha, beta] = await discoverPackages({ from: workspace.directory });
    expect(alpha.experiments).toEqual([]);
    expect(alpha.problems).toEqual([
      "./experiments: no such peer",
      expect.stringMatching(/^\.\/benchmarks: .*benchmarks\.js/),
    ]);
    expect(beta.experiments).toHaveLength(1);
  });

  it("names entries that are no experiments, and lists that are no lists", async () => {
    await using workspace = await project({
      [`${ALPHA}/package.json`]: offering("@fixture/alpha", "experiments", "benchmarks"),
      [`${ALPHA}/experiments.js`]: `
        import { z } from "zod";
        const parameters = z.object({ rate: z.number() });
        export default [{ id: "alpha/one" }, null, { id: "alpha/two", parameters, metrics: {}, run() {} }];`,
      [`${ALPHA}/benchmarks.js`]: "export const benchmarks = [];",
    });
    const [alpha] = await discoverPackages({ from: workspace.directory });
    expect(alpha.problems).toEqual([
      "./experiments: entry 0: not an experiment, as defineExperiment makes them",
      "./experiments: entry 1: not an experiment, as defineExperiment makes them",
      expect.stringMatching(/^\.\/experiments: entry 2: alpha\/two: parameters\.rate: expected a field that ends/),
      "./benchmarks: its default export is not a list",
    ]);
  });

  it("keeps the first of two experiments with one id and reports the second", async () => {
    await using workspace = await project({
      [`${ALPHA}/package.json`]: offering("@fixture/alpha", "experiments"),
      [`${ALPHA}/experiments.js`]: experiments("same/id", "same/id"),
      [`${BETA}/package.json`]: offering("beta", "experiments"),
      [`${BETA}/experiments.js`]: experiments("same/id", "beta/one"),
    });
    const [alpha, beta] = await discoverPackages({ from: workspace.directory });
    expect(alpha.problems).toEqual(["./experiments: same/id is already taken by an earlier entry"]);
    expect(beta.problems).toEqual(["./experiments: same/id is already taken by @fixture/alpha"]);
    expect(beta.experiments).toMatchObject([{ id: "beta/one" }]);
  });

  it("lists a package whose package.json cannot be read", async () => {
    await using workspace = await project({
      [`${BETA}/package.json`]: "{ broken",
    });
    const [beta] = await discoverPackages({ from: workspace.directory });
    expect(beta).toMatchObject({ directory: realpathSync(`${workspace.directory}/${BETA}`), experiments: [] });
    expect(beta.problems).toEqual([expect.stringMatching(/^package\.json: .*JSON/)]);
  });

  it("loads only what it is asked for", async () => {
    await using workspace = await project({
      [`${ALPHA}/package.json`]: offering("@fixture/alpha", "experiments", "benchmarks"),
      [`${ALPHA}/experiments.js`]: experiments("alpha/one"),
      [`${ALPHA}/benchmarks.js`]: `throw new Error("must not be loaded");`,
    });
    const [alpha] = await discoverPackages({ from: workspace.directory, load: ["experiments"] });
    expect(alpha).toMatchObject({ benchmarks: [], problems: [] });
    expect(alpha.experiments).toHaveLength(1);
  });

  it("refuses a folder outside of any package", async () => {
    await using workspace = await Workspace.create({});
    await expect(discoverPackages({ from: workspace.directory })).rejects.toThrow(InvalidInputError);
  });
});
