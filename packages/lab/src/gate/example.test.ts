import { cp, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../command/program.ts";
import { GitRepository } from "../fixtures/git-repository.ts";
import { Workspace } from "../fixtures/workspace.ts";

const EXAMPLE = fileURLToPath(new URL("../../../../examples/gated-tinybench", import.meta.url));

let repository: GitRepository;
/** What the lock file would install, by link. */
let installed: Workspace;
beforeAll(async () => {
  installed = await Workspace.create({});
  await installed.link("@ansatz/lab", "tinybench");
  repository = await GitRepository.create({});
  await cp(EXAMPLE, repository.directory, { recursive: true, filter: (path) => !path.includes("node_modules") });
  await repository.commit({});
});
afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await installed[Symbol.asyncDispose]();
});

async function gate(...flags: string[]) {
  let out = "";
  let err = "";
  const terminal = { out: { write: (text: string) => (out += text) }, err: { write: (text: string) => (err += text) } };
  const few = ["--processes", "6", "--max-processes", "6", "--milliseconds", "60", "--quiet"];
  const install = ["--install", `ln -s ${installed.directory}/node_modules node_modules`];
  const before = process.cwd();
  process.chdir(repository.directory);
  try {
    return { code: await runProgram(["gate", "--base", "main", ...install, ...few, ...flags], terminal), out, err };
  } finally {
    process.chdir(before);
  }
}

describe("the example of a gated tinybench suite", () => {
  it("names the task that got slower in a commit, and exits 1", async () => {
    const source = await readFile(`${EXAMPLE}/src/index.js`, "utf8");
    const slower = source.replace(
      "return previous[b.length];",
      "return b ? editDistance(a, b.slice(1)) && previous[b.length] : a.length;",
    );
    await repository.git("checkout", "--quiet", "-b", "slower");
    await repository.commit({ "src/index.js": slower });
    const { code, out, err } = await gate(
      "--allow",
      "bundle",
      "--allow",
      "allocation",
      "--markdown",
      "gate.md",
      "--junit",
      "gate.xml",
    );
    expect(err).toBe("");
    expect(out).toMatch(/gated-tinybench\/words edit distance .*REGRESSION/);
    expect(out).toMatch(/Regression\.\ngated-tinybench\/words edit distance is \d+\.\d % slower\n$/);
    expect(code).toBe(1);
    expect(await readFile(`${repository.directory}/gate.md`, "utf8")).toMatch(
      /^<!-- ansatz gate -->\n\n### Regression\.\n/,
    );
    const xml = await readFile(`${repository.directory}/gate.xml`, "utf8");
    expect(xml).toMatch(/<testcase classname="gated-tinybench" name="gated-tinybench\/words edit distance"><failure/);
    expect(xml).toMatch(/tests="3" failures="1" errors="0"/);
    await rm(`${repository.directory}/gate.md`);
    await rm(`${repository.directory}/gate.xml`);
  });

  it("exits 2 with the cause when nothing matches, and when a build fails", async () => {
    expect(await gate("no-such-task")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/pattern: .*"no-such-task"/),
    });
    const broken = await gate("--build", "node -e 'throw new Error(42)'");
    expect(broken).toMatchObject({ code: 2, err: expect.stringMatching(/main: .*Error: 42/s) });
  });
});
