/**
 * Builds every package into its `dist`: one ES module per export of its package.json (condition `ansatz-source`), per command and per worker, with types.
 * What packages share between entries becomes chunks; dependencies stay imports.
 */
import { glob, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import buildKernels from "./build-kernels.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export default async function buildPackages(): Promise<void> {
  await buildKernels();
  for await (const file of glob("packages/*/package.json", { cwd: root }))
    await buildPackage(dirname(join(root, file)));
}

async function buildPackage(directory: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  const sources = [
    ...Object.values<{ "ansatz-source"?: string } | string>(manifest.exports).flatMap((target) =>
      typeof target === "object" && target["ansatz-source"] ? [target["ansatz-source"]] : [],
    ),
    ...Object.values<string>(manifest.bin ?? {}).map((target) => target.replace(/^\.\/dist\/(.*)\.js$/, "./src/$1.ts")),
  ].map((source) => join(directory, source));
  // Workers are started by URL, so no import leads to them.
  for await (const worker of glob("src/**/*-worker.ts", { cwd: directory })) sources.push(join(directory, worker));

  await build({
    config: false,
    cwd: directory,
    entry: Object.fromEntries(
      sources.map((source) => [relative(join(directory, "src"), source).replace(/\.ts$/, ""), source]),
    ),
    outDir: join(directory, "dist"),
    // The dashboard is built into dist/dashboard by its own script.
    clean: ["dist/*", "!dist/dashboard"],
    format: "esm",
    platform: "neutral",
    target: "es2024",
    dts: true,
    unbundle: true,
    fixedExtension: false,
    sourcemap: false,
    hash: false,
    logLevel: "warn",
    tsconfig: join(directory, "tsconfig.json"),
    // Helpers that the target needs (for `using`) are no dependency of anyone: they are built in.
    deps: { neverBundle: [/^node:/, /^(?!\0|@oxc-project\/runtime)[^./#]/] },
    inputOptions: { resolve: { conditionNames: ["import", "default"] } },
  });
  console.error(`built ${manifest.name}: ${sources.length} entries`);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) await buildPackages();
