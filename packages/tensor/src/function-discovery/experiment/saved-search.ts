import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { dataFolder } from "@ansatz/lab";
import type { SearchState } from "../search.ts";
import { decodeSearch, encodeSearch } from "../search-file.ts";

/** Where a search is kept between runs: one file for each setting that makes it another search. */
export function searchPath(settings: Readonly<Record<string, string | number | boolean>>): string {
  const name = Object.entries(settings)
    .map(([key, value]) => `${key}-${value}`)
    .join("_");
  return join(dataFolder(), "function-discovery", `${name}.json`);
}

/** What was saved, or undefined where nothing was. @throws InvalidInputError where the file is none of a search. */
export async function loadSearch(path: string): Promise<SearchState | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return decodeSearch(text);
}

/** Written beside its place and moved there, so that it is never half a file. */
export async function saveSearch(path: string, state: SearchState): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, encodeSearch(state));
  await rename(`${path}.new`, path);
}
