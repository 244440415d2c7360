/**
 * Checks packages as their users get them: packs each, lints the tarball (publint, attw), installs all tarballs into an empty project,
 * imports every entry there, and holds the smallest useful imports against their size budgets.
 */
import { execFile } from "node:child_process";
import { glob, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const run = promisify(execFile);
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a user imports, the most it may weigh (minified, gzipped), and packages that must not come with it. */
const BUDGETS = [
  { code: `export { key, split } from "@ansatz/tensor";`, kibibytes: 2, without: [] },
  // Every differentiable operation brings its derivatives, so this is the core of the engine: all elementary functions in two dtypes, each kernel in two builds.
  {
    code: `export { openDevice, matmul } from "@ansatz/tensor";`,
    kibibytes: 264,
    without: ["@ansatz/lab", "zod", "mnist"],
  },
  // With the engine: elimination and substitution of real and complex matrices in two precisions, each kernel in two builds.
  { code: `export { solve } from "@ansatz/linalg";`, kibibytes: 290, without: ["@ansatz/lab", "zod", "ml-matrix"] },
  {
    code: `export { sinkhornNewton } from "@ansatz/ot";`,
    kibibytes: 70,
    without: ["@ansatz/lab", "zod", "mnist", "graphql"],
  },
] as const;

interface Packed {
  readonly name: string;
  readonly tarball: string;
  readonly entries: readonly string[];
}

const folder = await mkdtemp(join(tmpdir(), "ansatz-packages-"));
try {
  const packed: Packed[] = [];
  for await (const file of glob("packages/*/package.json", { cwd: root }))
    packed.push(await pack(dirname(join(root, file))));
  for (const each of packed) await lint(each);
  await install(packed);
  await runCommands();
  for (const budget of BUDGETS) await checkBudget(budget);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function pack(directory: string): Promise<Packed> {
  const manifest = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  const tarball = join(folder, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
  await pnpm(["pack", "--pack-destination", folder], directory);
  // `./testing` loads only inside vitest.
  const entries = Object.keys(manifest.publishConfig.exports).filter(
    (entry) => !/\*|\.json$|^\.\/testing$/.test(entry),
  );
  return { name: manifest.name, tarball, entries };
}

async function lint({ name, tarball }: Packed): Promise<void> {
  await run("publint", ["--strict", tarball]);
  await run("attw", [tarball, "--profile", "esm-only", "--no-emoji"]);
  console.error(`${name}: package is well-formed`);
}

/** Installs the tarballs, with the peers their experiments and benchmarks need, and imports every entry in plain Node. */
async function install(packed: readonly Packed[]): Promise<void> {
  const peers = { mnist: "^1.1.0", zod: "^4.6.7" };
  const dependencies = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]));
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: { ...peers, ...dependencies } }),
  );
  // Packages name each other by version; until they are published, each stands for itself here.
  const overrides = Object.entries(dependencies).map(([name, file]) => `  "${name}": "${file}"\n`);
  await writeFile(join(folder, "pnpm-workspace.yaml"), `autoInstallPeers: false\noverrides:\n${overrides.join("")}`);
  await pnpm(["install", "--ignore-scripts", "--prefer-offline"], folder);
  for (const { name, entries } of packed)
    for (const entry of entries) {
      const specifier = name + entry.slice(1);
      await run(process.execPath, ["--input-type=module", "--eval", `await import(${JSON.stringify(specifier)})`], {
        cwd: folder,
      });
      console.error(`${specifier}: imports`);
    }
}

/** The commands as installed: they find the installed packages' experiments. */
async function runCommands(): Promise<void> {
  const { stdout } = await run("npx", ["ansatz", "list", "--json"], { cwd: folder });
  if (!stdout.includes("ot/sinkhorn-newton")) throw new Error(`the installed command lists no experiment: ${stdout}`);
  console.error("ansatz list: finds ot/sinkhorn-newton");
}

async function checkBudget({ code, kibibytes, without }: (typeof BUDGETS)[number]): Promise<void> {
  const entry = join(folder, "entry.js");
  await writeFile(entry, code);
  const bundle = await rolldown({ input: entry, cwd: folder, external: /^node:/, treeshake: true, logLevel: "silent" });
  const { output } = await bundle.generate({ minify: true, format: "esm" });
  const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
  const forbidden = without.filter((name) => modules.some((id) => id.includes(`/${name}/`)));
  if (forbidden.length > 0) throw new Error(`${code} brings ${forbidden.join(", ")}`);
  const size = gzipSync(output.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("")).length / 1024;
  console.error(`${code} ${size.toFixed(1)} KiB of ${kibibytes}`);
  if (size > kibibytes) throw new Error(`${code} weighs ${size.toFixed(1)} KiB, more than its budget of ${kibibytes}`);
}

async function pnpm(parameters: readonly string[], cwd: string): Promise<void> {
  await run("npx", ["-y", "pnpm@12", ...parameters], { cwd });
}
