import { readdir } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { FIXTURE } from "../testing/test-gateway.ts";
import { temporaryFolder } from "../testing/test-storage.ts";
import { demo } from "./demo.ts";

function output() {
  let text = "";
  return { isTTY: false, write: (more: string) => (text += more), text: () => text };
}

async function run(experiment: string, json = false) {
  const [out, err] = [output(), output()];
  const exitCode = await demo({ experiment, json, out, err, packagesFrom: FIXTURE });
  return { exitCode, out: out.text(), err: err.text() };
}

describe("the demonstration", () => {
  it("runs the experiment on every available device, shows its progress and a table, and leaves nothing behind", async () => {
    await using temporary = await temporaryFolder();
    vi.stubEnv("TMPDIR", temporary.path);
    const { exitCode, out, err } = await run("fixture/steps");
    expect(exitCode).toBe(0);
    expect(err).toMatch(/^Steps \(fixture\/steps\), asked for at http:\/\/127\.0\.0\.1:\d+\/graphql\n/);
    expect(err).toMatch(/^cpu: \d+ threads?, .+$/m);
    expect(err).toMatch(/^cpu +\d+ % step \d/m);
    expect(out).toMatch(/^device +expectations met\ncpu +2 of 2\n/);
    expect(await readdir(temporary.path)).toEqual([]);
    vi.unstubAllEnvs();
  });

  it("exits with 1 when a run fails, and says why, also in JSON", async () => {
    const { exitCode, out } = await run("fixture/fails", true);
    expect(exitCode).toBe(1);
    const failed = {
      status: "FAILED",
      device: { kind: "CPU", name: expect.any(String) },
      failure: { code: "UNEXPECTED", message: "TypeError: this is what it does" },
    };
    expect(JSON.parse(out)).toMatchObject({
      experiment: "fixture/fails",
      runs: expect.arrayContaining([expect.objectContaining(failed)]),
    });
  });

  it("exits with 2 when the experiment is not installed", async () => {
    expect(await run("fixture/nothing")).toMatchObject({
      exitCode: 2,
      err: "The experiment fixture/nothing is not installed here.\n",
      out: "",
    });
  });
});
