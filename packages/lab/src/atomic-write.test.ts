import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFileAtomically, writeFolderAtomically } from "./atomic-write.ts";
import { Workspace } from "./fixtures/workspace.ts";

describe("writeFolderAtomically", () => {
  it("makes the folder appear filled, parents included", async () => {
    await using workspace = await Workspace.create({});
    const folder = join(workspace.directory, "runs", "first");
    await writeFolderAtomically(folder, (temporary) => writeFile(join(temporary, "record.json"), "{}"));
    expect(await readdir(join(workspace.directory, "runs"))).toEqual(["first"]);
    expect(await readdir(folder)).toEqual(["record.json"]);
  });

  it("leaves nothing behind when filling fails", async () => {
    await using workspace = await Workspace.create({});
    const folder = join(workspace.directory, "run");
    const filling = writeFolderAtomically(folder, async (temporary) => {
      await writeFile(join(temporary, "half"), "");
      throw new Error("disk full");
    });
    await expect(filling).rejects.toThrow("disk full");
    expect(await readdir(workspace.directory)).toEqual([]);
  });

  it("does not touch a folder that has something in it", async () => {
    await using workspace = await Workspace.create({ "run/mine.txt": "keep" });
    const folder = join(workspace.directory, "run");
    await expect(writeFolderAtomically(folder, async () => {})).rejects.toThrow();
    expect(await readdir(workspace.directory)).toEqual(["run"]);
    expect(await readFile(join(folder, "mine.txt"), "utf8")).toBe("keep");
  });
});

describe("writeFileAtomically", () => {
  it("replaces the file and leaves no other behind", async () => {
    await using workspace = await Workspace.create({ "data/ceilings.json": "old" });
    await writeFileAtomically(join(workspace.directory, "data", "ceilings.json"), "new");
    expect(await readdir(join(workspace.directory, "data"))).toEqual(["ceilings.json"]);
    expect(await readFile(join(workspace.directory, "data", "ceilings.json"), "utf8")).toBe("new");
  });
});
