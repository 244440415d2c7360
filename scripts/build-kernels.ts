/**
 * Compiles every package's AssemblyScript kernels (two builds: relaxed SIMD and plain SIMD) and collects its WGSL into
 * `packages/<package>/src/generated/kernels.js`, which the package imports as `#kernels`. Skips packages whose sources have not changed.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiler = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

/** Addresses below this are never used, so that 0 can mean "no array". */
const PAGE_BYTES = 65536;

/** A change of how kernels are built must rebuild them. */
const BUILD_VERSION = "1";

interface KernelPackage {
  readonly name: string;
  readonly directory: string;
  /** Page of the shared heap that holds this package's static data (tables); every package has its own. */
  readonly staticDataPage: number;
}

export default async function buildKernels(): Promise<void> {
  const packages = await kernelPackages();
  const assembly = await sources(join(root, "packages/tensor"), "assembly/**/*.ts");
  await Promise.all(packages.map((each) => buildPackage(each, assembly)));
}

async function kernelPackages(): Promise<KernelPackage[]> {
  const found: KernelPackage[] = [];
  for await (const file of glob("packages/*/package.json", { cwd: root })) {
    const directory = dirname(join(root, file));
    const manifest = JSON.parse(await readFile(join(root, file), "utf8"));
    if (!manifest.imports?.["#kernels"]) continue;
    const page = manifest.ansatz?.staticDataPage;
    const clash = found.find((other) => other.staticDataPage === page);
    if (!Number.isInteger(page) || page < 1 || clash)
      throw new Error(
        `${file}: "ansatz.staticDataPage" must be a page number ≥ 1 of its own${clash ? `, ${clash.name} has ${page}` : ""}`,
      );
    found.push({ name: manifest.name, directory, staticDataPage: page });
  }
  return found;
}

async function sources(directory: string, pattern: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: directory })) files.push(join(directory, file));
  return files.sort();
}

async function buildPackage(kernelPackage: KernelPackage, assembly: readonly string[]): Promise<void> {
  const { name, directory, staticDataPage } = kernelPackage;
  const cpuSources = await sources(directory, "src/**/cpu.as.ts");
  const cpuShared = await sources(directory, "src/**/*.as.ts");
  const shaders = await sources(directory, "src/**/*.wgsl");
  const hash = createHash("sha256").update(BUILD_VERSION).update(String(staticDataPage));
  for (const file of [...cpuShared, ...assembly, ...shaders])
    hash.update(file.slice(root.length)).update(await readFile(file));
  hash.update(await readFile(createRequire(import.meta.url).resolve("assemblyscript/package.json")));
  const stamp = `// ${hash.digest("hex")}`;

  const output = join(directory, "src/generated");
  const target = join(output, "kernels.js");
  if (existsSync(target) && (await readFile(target, "utf8")).startsWith(stamp)) return;

  const [relaxedSimd, simd] = await Promise.all([
    compile(cpuSources, directory, staticDataPage, ["--enable", "relaxed-simd"]),
    compile(cpuSources, directory, staticDataPage, []),
  ]);
  const exports = await Promise.all(
    shaders.map(async (file) => ({ name: shaderName(file), code: await readFile(file, "utf8") })),
  );
  const clash = exports.find(({ name }, index) => exports.findIndex((other) => other.name === name) !== index);
  if (clash) throw new Error(`${name}: two shaders are called ${clash.name}; give one a file name of its own`);

  await mkdir(output, { recursive: true });
  const code = [
    stamp,
    `/** @type {import("@ansatz/tensor").CpuModule} */`,
    `export const cpuModule = { name: ${JSON.stringify(name)}, relaxedSimd: "${relaxedSimd}", simd: "${simd}" };`,
    ...exports.map((shader) => `export const ${shader.name} = ${JSON.stringify(shader.code)};`),
  ].join("\n");
  const types = [
    name === "@ansatz/tensor"
      ? `import type { CpuModule } from "../device/cpu/call.ts";`
      : `import type { CpuModule } from "@ansatz/tensor";`,
    `export declare const cpuModule: CpuModule;`,
    ...exports.map((shader) => `export declare const ${shader.name}: string;`),
  ].join("\n");
  await writeAtomically(join(output, "kernels.d.ts"), `${types}\n`);
  await writeAtomically(target, `${code}\n`);
  const bytes = Math.round((relaxedSimd.length * 3) / 4 / 1024);
  console.error(`built ${name} kernels: ${cpuSources.length} AssemblyScript (${bytes} KiB), ${shaders.length} WGSL`);
}

/** `kernels/log-sum-exp/gpu.wgsl` → `logSumExpShader`; `kernels/map/unary.wgsl` → `mapUnaryShader`. */
function shaderName(file: string): string {
  const folder = basename(dirname(file));
  const own = basename(file, ".wgsl");
  const words = (own === "gpu" ? folder : `${folder}-${own}`).split("-");
  return `${words.map((word, index) => (index ? word[0].toUpperCase() + word.slice(1) : word)).join("")}Shader`;
}

async function compile(files: string[], directory: string, staticDataPage: number, extra: string[]): Promise<string> {
  if (files.length === 0) return "";
  const folder = await mkdtemp(join(tmpdir(), "ansatz-kernels-"));
  const target = join(folder, "kernels.wasm");
  try {
    await run(
      process.execPath,
      // biome-ignore format: one option a line says no more
      [compiler, ...files, "--outFile", target, "--runtime", "stub", "--importMemory", "--sharedMemory",
        "--initialMemory", "64", "--maximumMemory", "65536", "--memoryBase", String(staticDataPage * PAGE_BYTES),
        "--enable", "simd", "--enable", "threads", ...extra, "--noAssert", "--use", "abort=", "-O3", "--converge"],
      { cwd: directory, maxBuffer: 1 << 26 },
    );
    const bytes = await readFile(target);
    checkStaticData(bytes, staticDataPage);
    return bytes.toString("base64");
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    throw stderr || stdout ? new Error(`AssemblyScript: ${stderr}${stdout}`) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The data of a module must stay within its page, or two packages would overwrite each other's tables. */
function checkStaticData(bytes: Uint8Array<ArrayBuffer>, page: number): void {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const words = new Uint8Array(memory.buffer);
  for (let address = 0; address < words.length; address++)
    if (words[address] !== 0 && Math.floor(address / PAGE_BYTES) !== page)
      throw new Error(
        `static data at page ${Math.floor(address / PAGE_BYTES)}, but this package owns page ${page} only`,
      );
}

async function writeAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) await buildKernels();
