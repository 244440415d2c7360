import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "../errors.ts";

const TAKEOVER_POLL_MS = 10;
const TAKEOVER_ABANDONED_MS = 10_000;

/** No process has this id. */
const NOBODY = 0;

/** A process, told apart from a later one with the same id by the time it was started. */
interface Owner {
  readonly pid: number;
  /** Ticks since boot and the boot's id, where the system tells them. */
  readonly started: string | null;
}

/** Exclusive use of a data folder: a second process that opens the embedded database would corrupt it. */
export class FolderLock implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes the lock of a folder, which is created where it does not exist. The lock of a process that has died is taken over.
   * @throws GatewayError `FOLDER_IN_USE` naming the process that has it, `FOLDER_UNUSABLE` when nothing can be written there.
   */
  static async acquire(folder: string): Promise<FolderLock> {
    const path = join(folder, "gateway.lock");
    const draft = `${path}.${randomUUID()}`;
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(draft, JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Owner));
      while (!(await linkUnlessTaken(draft, path))) {
        const owner = await readOwner(path);
        if (owner && (await isAlive(owner)))
          throw new GatewayError(
            "FOLDER_IN_USE",
            `The data folder ${folder} is in use by another gateway (process ${owner.pid}). Stop it, or choose another folder with ANSATZ_DATA.`,
          );
        await removeStale(path, draft);
      }
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      const message = `Cannot write to the data folder ${folder}: ${(error as Error).message}`;
      throw new GatewayError("FOLDER_UNUSABLE", message, { cause: error });
    } finally {
      await rm(draft, { force: true }).catch(() => {});
    }
    return new FolderLock(path);
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

/** A link appears complete or not at all, so nobody ever reads half a lock. */
async function linkUnlessTaken(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes a lock whose owner is dead. Several gateways may find it at once, and none must remove the lock that another has just taken:
 * only who holds the takeover file removes, and looks again first. A stale lock stays until it is removed, so what was seen is what goes.
 */
async function removeStale(path: string, draft: string): Promise<void> {
  const takeover = `${path}.takeover`;
  if (!(await linkUnlessTaken(draft, takeover))) {
    await sleep(TAKEOVER_POLL_MS);
    const { mtimeMs } = await stat(takeover).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    // Whoever had it died in the millisecond it takes.
    if (Date.now() - mtimeMs > TAKEOVER_ABANDONED_MS) await rm(takeover, { force: true });
    return;
  }
  try {
    const owner = await readOwner(path);
    if (owner && !(await isAlive(owner))) await rm(path);
  } finally {
    await rm(takeover);
  }
}

/** Who has the lock; undefined when nobody has it any more. What is no lock belongs to nobody alive. */
async function readOwner(path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const owner = JSON.parse(text);
    if (Number.isSafeInteger(owner?.pid) && owner.pid > 0) return owner;
  } catch {}
  return { pid: NOBODY, started: null };
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  if (pid === NOBODY) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Someone else's process is alive, too.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return started === null || started === (await startOf(pid));
}

/** When a process was started, on systems with /proc. Containers hand out the same few ids over and over. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${boot.trim()} ${ticks}`;
  } catch {
    return null;
  }
}
