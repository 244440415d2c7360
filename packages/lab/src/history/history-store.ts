import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInputError } from "@ansatz/tensor";
import { runProgramFile, ShellError } from "../gate/shell.ts";
import { type HistoryEntry, type HistoryStore, lineOf, parseLines } from "./history-entry.ts";

const EXTENSION = ".jsonl";

/** A file name cannot climb out of its folder. */
function fileOf(hardware: string): string {
  if (!/^[\w.-]+$/.test(hardware) || hardware.startsWith("."))
    throw new InvalidInputError("hardware", "letters, digits, dashes", hardware);
  return hardware + EXTENSION;
}

function machinesOf(files: readonly string[]): string[] {
  return files.filter((file) => file.endsWith(EXTENSION)).map((file) => file.slice(0, -EXTENSION.length));
}

/** A history in a folder, one file of JSON lines per machine. */
export class FolderHistory implements HistoryStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(hardware: string): Promise<HistoryEntry[]> {
    const path = join(this.#folder, fileOf(hardware));
    try {
      return parseLines(await readFile(path, "utf8"), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  async append(entry: HistoryEntry): Promise<void> {
    const path = join(this.#folder, fileOf(entry.hardware));
    await mkdir(this.#folder, { recursive: true });
    await appendFile(path, lineOf(entry));
  }

  async machines(): Promise<string[]> {
    try {
      return machinesOf(await readdir(this.#folder));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}

/** Somebody else may add an entry at the same time. */
const ATTEMPTS = 5;

/** A history on a git branch of its own, which is never checked out: adding an entry is a commit, and leaves index and working tree alone. */
export class BranchHistory implements HistoryStore {
  readonly #directory: string;
  readonly #ref: string;

  /** @param directory in the repository. */
  constructor(directory: string, branch: string) {
    this.#directory = directory;
    this.#ref = `refs/heads/${branch}`;
  }

  async read(hardware: string): Promise<HistoryEntry[]> {
    const tip = await this.#tip();
    return tip === undefined ? [] : parseLines(await this.#text(tip, hardware), `${this.#ref}:${fileOf(hardware)}`);
  }

  async machines(): Promise<string[]> {
    const tip = await this.#tip();
    return tip === undefined ? [] : machinesOf(await this.#files(tip));
  }

  async append(entry: HistoryEntry): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const tip = await this.#tip();
      const commit = await this.#commitOf(entry, tip);
      try {
        // Only if the branch is still where it was read; with an empty one, only if it is still not there.
        await this.#git(["update-ref", this.#ref, commit, tip ?? ""]);
        return;
      } catch (error) {
        if (!(error instanceof ShellError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #commitOf(entry: HistoryEntry, tip: string | undefined): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "ansatz-history-"));
    try {
      const content = join(folder, "content");
      const before = tip === undefined ? "" : await this.#text(tip, entry.hardware);
      await writeFile(content, before + lineOf(entry));
      const env = { ...process.env, ...IDENTITY, GIT_INDEX_FILE: join(folder, "index") };
      const blob = await this.#git(["hash-object", "-w", "--no-filters", content]);
      if (tip !== undefined) await this.#git(["read-tree", tip], env);
      await this.#git(["update-index", "--add", "--cacheinfo", `100644,${blob},${fileOf(entry.hardware)}`], env);
      const tree = await this.#git(["write-tree"], env);
      const parent = tip === undefined ? [] : ["-p", tip];
      return await this.#git(["commit-tree", tree, ...parent, "-m", `Measure ${entry.commit.slice(0, 10)}`], env);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #tip(): Promise<string | undefined> {
    const refs = await this.#git(["for-each-ref", "--format=%(objectname)", this.#ref]);
    return refs || undefined;
  }

  async #files(tip: string): Promise<string[]> {
    return (await this.#git(["ls-tree", "--name-only", tip])).split("\n");
  }

  async #text(tip: string, hardware: string): Promise<string> {
    const file = fileOf(hardware);
    if (!(await this.#files(tip)).includes(file)) return "";
    return runProgramFile("git", ["cat-file", "blob", `${tip}:${file}`], { cwd: this.#directory });
  }

  async #git(arguments_: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
    return (await runProgramFile("git", arguments_, { cwd: this.#directory, ...(env && { env }) })).trim();
  }
}

const IDENTITY = {
  GIT_AUTHOR_NAME: "ansatz",
  GIT_AUTHOR_EMAIL: "ansatz@localhost",
  GIT_COMMITTER_NAME: "ansatz",
  GIT_COMMITTER_EMAIL: "ansatz@localhost",
};
