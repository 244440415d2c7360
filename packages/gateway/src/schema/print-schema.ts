import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { printSchema } from "graphql";
import { Catalogue } from "../catalogue/catalogue.ts";
import { buildSchema } from "./index.ts";

/** The committed SDL: the schema as the packages of this repository make it. */
export const COMMITTED_SDL = new URL("../../schema.graphql", import.meta.url);

/** The SDL for the packages that can be found from the root of this repository. */
export async function printRepositorySchema(): Promise<string> {
  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  return `${printSchema(buildSchema(await Catalogue.load(root)))}\n`;
}

if (import.meta.main) await writeFile(COMMITTED_SDL, await printRepositorySchema());
