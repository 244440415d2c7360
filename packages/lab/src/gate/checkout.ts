import { copyFile, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { InvalidInputError } from "@ansatz/tensor";
import { nearestPackage } from "../discovery/package-json.ts";
import { runProgramFile, ShellError } from "./shell.ts";

/** A commit that is compared. */
export interface Revision {
  /** As asked for, `"working tree"` when its changes are included. */
  readonly ref: string;
  readonly commit: string;
}

/** A git repository and the package in it that a command was started in. */
export interface Repository {
  readonly topLevel: string;
  /** Of the package, relative to the top level; empty for the top level itself. */
  readonly packagePath: string;
}

async function git(cwd: string, arguments_: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  return (await runProgramFile("git", arguments_, { cwd, ...(env && { env }) })).trim();
}

/** @throws InvalidInputError outside of a git repository. */
export async function openRepository(directory: string): Promise<Repository> {
  let topLevel: string;
  try {
    topLevel = await realpath(await git(directory, ["rev-parse", "--show-toplevel"]));
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    throw new InvalidInputError("directory", "a folder inside a git repository", directory);
  }
  return { topLevel, packagePath: relative(topLevel, await realpath(nearestPackage(directory))) };
}

/** @throws InvalidInputError when there is no such commit. */
export async function resolveRevision(repository: Repository, ref: string): Promise<Revision> {
  try {
    const commit = await git(repository.topLevel, ["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`]);
    return { ref, commit };
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    throw new InvalidInputError("ref", "a commit, branch or tag of this repository", ref);
  }
}

/**
 * What is checked out, as a commit. Changes that are not committed are part of it only when `includeChanges` says so: else a number could be attributed to a commit that does not have it.
 *
 * @throws InvalidInputError naming what is changed, unless included.
 */
export async function workingTreeRevision(repository: Repository, includeChanges: boolean): Promise<Revision> {
  const { topLevel } = repository;
  const head = await resolveRevision(repository, "HEAD");
  const changes = await git(topLevel, ["--no-optional-locks", "status", "--porcelain"]);
  if (changes === "") return head;
  if (!includeChanges)
    throw new InvalidInputError(
      "working tree",
      "no changes (commit them, or pass --uncommitted to measure them)",
      changes.split("\n").slice(0, 5).join(", "),
    );
  return { ref: "working tree", commit: await commitOfChanges(topLevel) };
}

/** A commit of the working tree with everything that is not ignored, on no branch; the index and the stash stay as they are. */
async function commitOfChanges(topLevel: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ansatz-index-"));
  try {
    const index = join(folder, "index");
    const own = await git(topLevel, ["rev-parse", "--path-format=absolute", "--git-path", "index"]);
    await copyFile(own, index);
    const identity = { NAME: "ansatz", EMAIL: "ansatz@localhost" };
    const env = { ...process.env, GIT_INDEX_FILE: index };
    for (const role of ["AUTHOR", "COMMITTER"])
      for (const [field, value] of Object.entries(identity)) Object.assign(env, { [`GIT_${role}_${field}`]: value });
    await git(topLevel, ["add", "--all"], env);
    const tree = await git(topLevel, ["write-tree"], env);
    return await git(topLevel, ["commit-tree", tree, "-p", "HEAD", "-m", "uncommitted changes"], env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A commit checked out in a temporary folder, as a git worktree that goes with it. */
export class Checkout implements AsyncDisposable {
  readonly revision: Revision;
  /** Top level of the worktree. */
  readonly directory: string;
  /** Folder of the package in it. */
  readonly packageDirectory: string;
  readonly #repository: Repository;
  readonly #temporary: string;

  private constructor(repository: Repository, revision: Revision, temporary: string) {
    this.#repository = repository;
    this.#temporary = temporary;
    this.revision = revision;
    this.directory = join(temporary, "tree");
    this.packageDirectory = join(this.directory, repository.packagePath);
  }

  static async create(repository: Repository, revision: Revision): Promise<Checkout> {
    const { topLevel } = repository;
    // Of worktrees whose folder is gone (a gate that was killed) git still keeps a note.
    await git(topLevel, ["worktree", "prune"]);
    const temporary = await realpath(await mkdtemp(join(tmpdir(), "ansatz-gate-")));
    const checkout = new Checkout(repository, revision, temporary);
    try {
      await git(topLevel, ["worktree", "add", "--detach", "--quiet", checkout.directory, revision.commit]);
      return checkout;
    } catch (error) {
      await checkout[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#temporary, { recursive: true, force: true, maxRetries: 3 });
    await git(this.#repository.topLevel, ["worktree", "prune"]);
  }
}
