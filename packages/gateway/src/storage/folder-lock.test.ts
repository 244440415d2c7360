import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing/test-storage.ts";
import { FolderLock } from "./folder-lock.ts";

describe("the lock of a data folder", () => {
  it("is refused while another has it, naming the process, and free after its release", async () => {
    await using folder = await temporaryFolder();
    const lock = await FolderLock.acquire(folder.path);
    await expect(FolderLock.acquire(folder.path)).rejects.toMatchObject({
      name: "GatewayError",
      code: "FOLDER_IN_USE",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await lock.release();
    await using again = await FolderLock.acquire(folder.path);
    expect(again).toBeDefined();
  });

  it("goes to one of many that ask at once, also when a dead process has left it", async () => {
    await using folder = await temporaryFolder();
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    await writeFile(join(folder.path, "gateway.lock"), JSON.stringify({ pid: child.pid, started: null }));
    const asked = await Promise.allSettled([1, 2, 3, 4, 5].map(() => FolderLock.acquire(folder.path)));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const answer of asked) if (answer.status === "rejected") expect(answer.reason.code).toBe("FOLDER_IN_USE");
    expect(await readdir(folder.path)).toEqual(["gateway.lock"]);
  });

  it("is taken over from an earlier process with the same id", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "gateway.lock");
    await writeFile(path, JSON.stringify({ pid: process.pid, started: "another boot 1" }));
    await using lock = await FolderLock.acquire(folder.path);
    expect(lock).toBeDefined();
    expect(JSON.parse(await readFile(path, "utf8")).started).not.toBe("another boot 1");
  });

  it("is taken over when it is not one", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "gateway.lock"), "half a l");
    await using lock = await FolderLock.acquire(folder.path);
    expect(lock).toBeDefined();
  });

  it("is refused plainly where nothing can be written", async () => {
    await expect(FolderLock.acquire("/dev/null/folder")).rejects.toMatchObject({ code: "FOLDER_UNUSABLE" });
  });
});
