import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";

/** Version of an installed package. @throws Error when it is not installed. */
export async function installedVersion(packageName: string): Promise<string> {
  const file = findPackageJSON(packageName, import.meta.url);
  if (!file) throw new Error(`${packageName} is not installed`);
  return JSON.parse(await readFile(file, "utf8")).version;
}
