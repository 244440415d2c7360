import { execFileSync } from "node:child_process";
import type { DeviceDescription } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { fingerprint, gitCommit } from "./environment.ts";
import { Workspace } from "./fixtures/workspace.ts";

const CPU: DeviceDescription = { kind: "cpu", name: "cpu: 1 thread", dtypes: ["float32"], details: { threads: 1 } };

describe("fingerprint", () => {
  it("is the same every time and changes with the GPU", () => {
    const adapter = (driver: string) => ({
      vendor: "nvidia",
      architecture: "hopper",
      device: "h100",
      description: driver,
    });
    const withGpu = (driver: string) => fingerprint({ ...CPU, kind: "webgpu", details: { adapter: adapter(driver) } });
    expect(fingerprint(CPU)).toEqual(fingerprint({ ...CPU, details: { threads: 2 } }));
    expect(fingerprint(CPU)).not.toHaveProperty("gpu");
    expect(withGpu("550").gpu).toBe("nvidia hopper h100");
    expect(withGpu("550")).toEqual(withGpu("560"));
    expect(withGpu("550").id).not.toBe(fingerprint(CPU).id);
    expect(fingerprint(CPU).memoryBytes % 2 ** 30).toBe(0);
  });
});

describe("gitCommit", () => {
  it("is the commit, with a plus when tracked files have changes, and is read once", async () => {
    await using workspace = await Workspace.create({ "clean/a.txt": "1", "changed/a.txt": "1" });
    const git = (...line: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...line], {
        cwd: workspace.directory,
        encoding: "utf8",
      }).trim();
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "--message", "first");
    git("tag", "v1");
    const commit = git("rev-parse", "HEAD");
    expect(await gitCommit(`${workspace.directory}/clean`)).toBe(commit);
    await workspace.write("changed/a.txt", "2");
    expect(await gitCommit(`${workspace.directory}/changed`)).toBe(`${commit}+`);
    expect(await gitCommit(`${workspace.directory}/clean`)).toBe(commit);
  });

  it("is null outside of a repository and where the folder does not exist", async () => {
    await using workspace = await Workspace.create({});
    expect(await gitCommit(workspace.directory)).toBeNull();
    expect(await gitCommit(`${workspace.directory}/nowhere`)).toBeNull();
  });
});
