import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GitRepository, toyPackage, work } from "../fixtures/git-repository.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const ACTION = readFileSync(`${ROOT}action.yml`, "utf8");
const MAIN = fileURLToPath(new URL("../command/main.ts", import.meta.url));

interface Step {
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

/** Steps of action.yml; it is written so that these expressions find all there is. */
function steps(): Step[] {
  const [, ...blocks] = ACTION.split("steps:\n")[1].split(/^ {4}- /m);
  return blocks.map((block) => ({
    env: Object.fromEntries([...block.matchAll(/^ {8}(\w+): (.+)$/gm)].map(([, name, value]) => [name, value])),
    run: /^ {6}run: (.+)$/m.exec(block)?.[1] ?? "",
  }));
}

/** Defaults of the inputs that a workflow does not give. */
const DEFAULTS = Object.fromEntries(
  [...ACTION.split("outputs:")[0].matchAll(/^ {2}([\w-]+):\n {4}description: .+\n {4}default: (.+)$/gm)].map(
    ([, name, value]) => [name, value === '""' ? "" : value.replace(/^"(.*)"$/, "$1")],
  ),
);

let origin: GitRepository;
let clone: GitRepository;
let github: Server;
/** What GitHub has been asked to do, and the comments it has. */
let asked: string[] = [];
let comments: { id: number; body: string }[] = [];
let writable = true;

beforeAll(async () => {
  origin = await GitRepository.create(toyPackage());
  clone = await GitRepository.create({});
  await clone.git("remote", "add", "origin", `file://${origin.directory}`);
  github = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push(`${request.method} ${request.url}`);
    const answer = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
    if (request.headers.authorization !== "Bearer the-token") return answer(401, {});
    if (request.method === "GET") return answer(200, comments);
    if (!writable) return answer(403, { message: "Resource not accessible by integration" });
    const { body } = JSON.parse(Buffer.concat(chunks).toString());
    const id = Number(/comments\/(\d+)$/.exec(request.url ?? "")?.[1] ?? comments.length + 1);
    comments = [...comments.filter((each) => each.id !== id), { id, body }];
    return answer(200, { id });
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  github.close();
  await origin[Symbol.asyncDispose]();
  await clone[Symbol.asyncDispose]();
});
beforeEach(() => {
  asked = [];
});

/** Checks a branch of the origin out as actions/checkout does, one commit deep, and runs the action's steps on a pull request of it. */
async function runAction(branch: string, inputs: Readonly<Record<string, string>> = {}) {
  const directory = await realpath(clone.directory);
  await clone.git("fetch", "--quiet", "--depth=1", "origin", branch);
  await clone.git("checkout", "--quiet", "--force", "FETCH_HEAD");
  const temporary = `${directory}/.ansatz`;
  await mkdir(temporary, { recursive: true });
  const files = { GITHUB_EVENT_PATH: "event.json", GITHUB_OUTPUT: "output", GITHUB_STEP_SUMMARY: "summary" };
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `${temporary}/${file}`]));
  const sha = await origin.git("rev-parse", "main");
  await writeFile(paths.GITHUB_EVENT_PATH, JSON.stringify({ pull_request: { number: 7, base: { sha } } }));
  await writeFile(paths.GITHUB_OUTPUT, "");
  await writeFile(paths.GITHUB_STEP_SUMMARY, "");
  const outputs = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await readFile(paths.GITHUB_OUTPUT, "utf8"))
        .trim()
        .split("\n")
        .map((line) => line.split("=")),
    );
  const evaluate = (text: string, known: Record<string, string>): string =>
    text.replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
      const value = { ...known, "github.event.pull_request.base.sha": sha, "github.token": "the-token" }[expression];
      if (value === undefined) throw new Error(`what is ${expression}?`);
      return evaluate(value, known);
    });
  const codes: (number | null)[] = [];
  let log = "";
  for (const { env, run } of steps()) {
    const given = { ...DEFAULTS, ...inputs };
    const known = {
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`inputs.${name}`, value])),
      ...Object.fromEntries(
        Object.entries(await outputs()).map(([name, value]) => [`steps.gate.outputs.${name}`, value]),
      ),
    };
    const child = spawn("bash", ["-c", run], {
      cwd: directory,
      env: {
        ...process.env,
        ...paths,
        GITHUB_ACTION_PATH: ROOT,
        GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
        GITHUB_REPOSITORY: "owner/name",
        RUNNER_TEMP: temporary,
        ANSATZ_DATA: temporary,
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, evaluate(value, known)])),
      },
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (log += text));
    codes.push(await new Promise((resolve) => child.on("close", resolve)));
  }
  return { codes, log, outputs: await outputs(), summary: await readFile(paths.GITHUB_STEP_SUMMARY, "utf8") };
}

/** Few processes and little time: what is planted is large. */
const FEW = {
  command: `${process.execPath} --conditions=ansatz-source ${MAIN}`,
  flags: "--processes=6\n--max-processes=6\n  --milliseconds=60\n--quiet\n",
};

describe("the GitHub Action", () => {
  it("fails a pull request that is slower, and comments, in the same comment each time", async () => {
    await origin.git("checkout", "--quiet", "-b", "slower", "main");
    await origin.commit({ "work.js": work(40) });
    await origin.git("checkout", "--quiet", "main");
    const { codes, outputs, summary, log } = await runAction("slower", FEW);
    expect(codes, log).toEqual([1, 0]);
    expect(outputs["exit-code"]).toBe("1");
    expect(summary).toMatch(/### Regression\.\n\n- toy\/loops victim is \d+\.\d % slower/);
    expect(JSON.parse(await readFile(`${outputs.folder}/gate.json`, "utf8"))).toMatchObject({ verdict: "regression" });
    expect(await readFile(`${outputs.folder}/gate.xml`, "utf8")).toContain("<failure");
    expect(await readFile(`${outputs.folder}/gate.html`, "utf8")).toContain("Regression.");
    expect(comments).toEqual([{ id: 1, body: summary }]);
    expect(asked.at(-1)).toBe("POST /repos/owner/name/issues/7/comments");
    const again = await runAction("slower", { ...FEW, pattern: "victim" });
    expect(asked.at(-1)).toBe("PATCH /repos/owner/name/issues/comments/1");
    expect(comments).toEqual([{ id: 1, body: again.summary }]);
  });

  it("works on a fork, whose token may only read: the report is in the step summary", async () => {
    writable = false;
    try {
      const { codes, log, summary } = await runAction("slower", { ...FEW, pattern: "victim" });
      expect(codes).toEqual([1, 0]);
      expect(summary).toContain("### Regression.");
      expect(log).toMatch(/::notice::ansatz: no comment: POST|::notice::ansatz: no comment: PATCH/);
    } finally {
      writable = true;
    }
  });

  it("fails with the cause where there is nothing to compare, and says so in its comment", async () => {
    const nowhere = await runAction("main", { ...FEW, base: "1".repeat(40) });
    expect(nowhere).toMatchObject({ codes: [2, 0], log: expect.stringMatching(/a commit, branch or tag/) });
    expect(nowhere.summary).toMatch(/### Nothing could be measured\.\n\n```\n.*a commit, branch or tag/s);
    expect(comments).toEqual([{ id: 1, body: nowhere.summary }]);
    const outside = await runAction("main", { ...FEW, base: "" });
    expect(outside).toMatchObject({ codes: [2, 0], log: expect.stringMatching(/::error::.*`base`/) });
    const absent = await runAction("main", { command: "no-such-program" });
    expect(absent).toMatchObject({ codes: [2, 0], log: expect.stringMatching(/no-such-program cannot be started/) });
    expect(comments).toEqual([{ id: 1, body: absent.summary }]);
  });
});
