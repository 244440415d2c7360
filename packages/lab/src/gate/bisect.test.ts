import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GitRepository, toyPackage, work } from "../fixtures/git-repository.ts";
import { type BisectOptions, bisect } from "./bisect.ts";

let repository: GitRepository;
/** From the first: fine, fine, does not load, slower, slower still by nothing. */
const commits: string[] = [];
beforeAll(async () => {
  const files = toyPackage();
  repository = await GitRepository.create(files);
  commits.push(await repository.git("rev-parse", "HEAD"));
  commits.push(await repository.commit({ "work.js": `${work(10)}// another program, the same work` }));
  commits.push(await repository.commit({ "benchmarks.js": 'throw new Error("rotten");' }));
  commits.push(await repository.commit({ "benchmarks.js": files["benchmarks.js"], "work.js": work(60) }));
  commits.push(await repository.commit({ "README.md": "words" }));
});
afterAll(() => repository[Symbol.asyncDispose]());

/** Few processes and little time: the machine is anybody's while tests run, and what is planted is large. */
function find(options: Partial<BisectOptions> = {}) {
  return bisect({
    workload: "toy/loops victim",
    good: commits[0],
    bad: "main",
    directory: repository.directory,
    folder: `${repository.directory}/.ansatz`,
    processes: 6,
    milliseconds: 30,
    timeoutSeconds: 30,
    ...options,
  });
}

describe("bisect", () => {
  it("comes down to the commits that may have done it, around one that does not load", async () => {
    const { suspects, steps, change } = await find();
    expect(change).toBeGreaterThan(1);
    expect(suspects).toEqual([commits[2], commits[3]]);
    const by = new Map(steps.map((step) => [step.commit, step]));
    expect(by.get(commits[2])).toMatchObject({ state: "skipped", reason: expect.stringMatching(/rotten/) });
    expect(by.get(commits[3])).toMatchObject({ state: "bad" });
    expect(by.get(commits[1])).toMatchObject({ state: "good" });
  });

  it("refuses ends that are not in order, and a workload that did not get worse", async () => {
    await expect(find({ good: "main", bad: commits[0] })).rejects.toThrow(/ancestor/);
    await expect(find({ good: "main", bad: "main" })).rejects.toThrow(/ancestor/);
    await expect(find({ bad: "nowhere" })).rejects.toThrow(/commit, branch or tag/);
    await expect(find({ bad: commits[1], processes: 6 })).rejects.toThrow(/time of "toy\/loops victim" is worse/);
    await expect(find({ workload: "toy/loops nobody" })).rejects.toThrow(/nobody/);
  });
});
