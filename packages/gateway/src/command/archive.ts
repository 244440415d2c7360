import { existsSync } from "node:fs";
import { GatewayError } from "../errors.ts";
import { stderrLog } from "../log.ts";
import { exportDatabase, importDatabase } from "../storage/archive.ts";
import { openDatabase } from "../storage/database.ts";
import { describeStorage, storageFromEnvironment } from "./environment.ts";

/** `ansatz-gateway export <file>`. */
export async function exportArchive(file: string): Promise<void> {
  const location = storageFromEnvironment();
  if ("dataFolder" in location && !existsSync(location.dataFolder))
    throw new GatewayError("FOLDER_UNUSABLE", `There is no data folder ${location.dataFolder}.`);
  await using storage = await openDatabase(location, stderrLog, { alone: false });
  const runs = await exportDatabase(storage.database, file);
  process.stdout.write(`Exported ${runs} runs from ${describeStorage(location)} to ${file}.\n`);
}

/** `ansatz-gateway import <file>`. */
export async function importArchive(file: string): Promise<void> {
  const location = storageFromEnvironment();
  await using storage = await openDatabase(location, stderrLog, { alone: true });
  const runs = await importDatabase(storage.database, file);
  process.stdout.write(`Imported ${runs} runs from ${file} into ${describeStorage(location)}.\n`);
}
