/** `node bundle.ts <folder>`: bundles the dashboard into the folder, with the licences of what is in the bundle. */
import { copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "vite";
import { generateOperations } from "./generate-operations.ts";

async function bundleDashboard(folder: string): Promise<void> {
  await generateOperations();
  await build({
    configFile: join(import.meta.dirname, "vite.config.ts"),
    configLoader: "native",
    build: { outDir: folder },
  });
  const font = createRequire(import.meta.url).resolve("@fontsource-variable/ibm-plex-sans/package.json");
  await copyFile(join(dirname(font), "LICENSE"), join(folder, "assets", "ibm-plex-sans-licence.txt"));
}

try {
  await bundleDashboard(process.argv[2]);
} catch (error) {
  // Vite's stack traces lead into Vite; the message says which file is wrong.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
