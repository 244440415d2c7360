import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Writes a file so that no reader ever sees half of it. */
export async function writeFileAtomically(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/**
 * Fills a new folder so that no reader ever sees half of it: `fill` works in a temporary folder beside it, which is then renamed, or removed when `fill` throws.
 * @throws when `path` exists and is not an empty folder.
 */
export async function writeFolderAtomically(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(resolve(path)), { recursive: true });
  const temporary = `${resolve(path)}.${randomUUID()}`;
  try {
    await mkdir(temporary);
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
