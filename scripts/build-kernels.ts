/**
 * Builds every kernel that is not plain TypeScript: a folder with a `cpu.as.ts` (AssemblyScript, compiled twice: relaxed SIMD and plain SIMD) or with WGSL becomes
 * `packages/<package>/src/generated/<folder>.js`, which the package imports as `#kernels/<folder>`. One module per kernel, so that who imports one kernel does not
 * load them all. Skips kernels whose sources have not changed.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { compileAssemblyScript, endCompilers } from "./compile-assemblyscript.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const assemblyScriptVersion: string = createRequire(import.meta.url)("assemblyscript/package.json").version;

const PAGE_BYTES = 65536;
/** What a kernel may use for its tables. */
const SLOT_BYTES = PAGE_BYTES / 4;

/** A change of how kernels are built must rebuild them. */
const BUILD_VERSION = "2";

interface KernelPackage {
  readonly name: string;
  readonly directory: string;
  /** First of the heap's pages for this package's static data, and how many it has. Addresses below the first page are never used, so that 0 can mean "no array". */
  readonly staticDataPages: readonly [first: number, count: number];
}

interface KernelSources {
  readonly owner: KernelPackage;
  /** Name of its folder. */
  readonly kernel: string;
  readonly cpu: string | undefined;
  readonly shaders: readonly string[];
  /** Address of its static data. */
  readonly memoryBase: number;
}

export default async function buildKernels(): Promise<void> {
  const packages = await kernelPackages();
  const kernels = (await Promise.all(packages.map(kernelsOf))).flat();
  try {
    const built = await Promise.all(kernels.map(buildKernel));
    const changed = kernels.filter((_, index) => built[index]);
    if (changed.length > 0) console.error(`built kernels: ${changed.map(({ kernel }) => kernel).join(", ")}`);
  } finally {
    await endCompilers();
  }
  await Promise.all(packages.map((each) => removeStale(each, kernels)));
}

async function kernelPackages(): Promise<KernelPackage[]> {
  const found: KernelPackage[] = [];
  for await (const file of glob("packages/*/package.json", { cwd: root })) {
    const directory = dirname(join(root, file));
    const manifest = JSON.parse(await readFile(join(root, file), "utf8"));
    if (!manifest.imports?.["#kernels/*"]) continue;
    const [first, count] = manifest.ansatz?.staticDataPages ?? [];
    if (!Number.isInteger(first) || first < 1 || !Number.isInteger(count) || count < 1)
      throw new Error(`${file}: "ansatz.staticDataPages" must be the first page, 1 or more, and the number of pages`);
    const clash = found.find(({ staticDataPages: [from, pages] }) => first < from + pages && from < first + count);
    if (clash) throw new Error(`${file}: "ansatz.staticDataPages" overlap with those of ${clash.name}`);
    found.push({ name: manifest.name, directory, staticDataPages: [first, count] });
  }
  return found;
}

async function kernelsOf(owner: KernelPackage): Promise<KernelSources[]> {
  const folders = new Map<string, { directory: string; cpu?: string; shaders: string[] }>();
  for await (const file of glob("src/**/{cpu.as.ts,*.wgsl}", { cwd: owner.directory })) {
    const path = join(owner.directory, file);
    const directory = dirname(path);
    const folder = folders.get(basename(directory)) ?? { directory, shaders: [] };
    if (folder.directory !== directory)
      throw new Error(`two kernels are called ${basename(directory)}: ${folder.directory} and ${directory}`);
    if (path.endsWith(".wgsl")) folder.shaders.push(path);
    else folder.cpu = path;
    folders.set(basename(directory), folder);
  }
  const [first, pages] = owner.staticDataPages;
  const names = [...folders.keys()].sort();
  if (names.length * SLOT_BYTES > pages * PAGE_BYTES)
    throw new Error(`${owner.name} has ${names.length} kernels: its "ansatz.staticDataPages" are too few`);
  return names.map((kernel, slot) => {
    const { cpu, shaders } = folders.get(kernel)!;
    return { owner, kernel, cpu, shaders: shaders.sort(), memoryBase: first * PAGE_BYTES + slot * SLOT_BYTES };
  });
}

/** Whether there was anything to do. */
async function buildKernel(sources: KernelSources): Promise<boolean> {
  const { owner, kernel, cpu, shaders } = sources;
  const output = join(owner.directory, "src/generated");
  const target = join(output, `${kernel}.js`);
  const stamp = `// ${await hashOf(sources)}`;
  if (existsSync(target) && (await readFile(target, "utf8")).startsWith(stamp)) return false;

  const code = [stamp];
  const types: string[] = [];
  if (cpu) {
    const [relaxedSimd, simd] = await Promise.all([
      compile(sources, cpu, ["--enable", "relaxed-simd"]),
      compile(sources, cpu, []),
    ]);
    const identity = JSON.stringify(`${owner.name}/${kernel}`);
    code.push(`/** @type {import("@ansatz/tensor").CpuModule} */`);
    code.push(`export const cpuModule = { name: ${identity}, relaxedSimd: "${relaxedSimd}", simd: "${simd}" };`);
    types.push(
      owner.name === "@ansatz/tensor"
        ? `import type { CpuModule } from "../device/cpu/call.ts";`
        : `import type { CpuModule } from "@ansatz/tensor";`,
      `export declare const cpuModule: CpuModule;`,
    );
  }
  for (const file of shaders) {
    const name = shaderName(file);
    code.push(`export const ${name} = ${JSON.stringify(await readFile(file, "utf8"))};`);
    types.push(`export declare const ${name}: string;`);
  }
  await mkdir(output, { recursive: true });
  await writeAtomically(join(output, `${kernel}.d.ts`), `${types.join("\n")}\n`);
  await writeAtomically(target, `${code.join("\n")}\n`);
  return true;
}

async function hashOf({ owner, kernel, cpu, shaders, memoryBase }: KernelSources): Promise<string> {
  const hash = createHash("sha256");
  for (const word of [BUILD_VERSION, assemblyScriptVersion, owner.name, kernel, String(memoryBase)])
    hash.update(`${word}\n`);
  const files = new Set(shaders);
  if (cpu) await addImports(cpu, files);
  for (const file of [...files].sort()) hash.update(relative(root, file)).update(await readFile(file));
  return hash.digest("hex");
}

/** Adds an AssemblyScript file and everything it imports. */
async function addImports(file: string, files: Set<string>): Promise<void> {
  if (files.has(file)) return;
  files.add(file);
  for (const [, specifier] of (await readFile(file, "utf8")).matchAll(/from\s+"([^"]+)"/g))
    await addImports(
      specifier.startsWith(".")
        ? join(dirname(file), `${specifier}.ts`)
        : join(root, "packages", `${specifier.replace(/^@ansatz\//, "")}.ts`),
      files,
    );
}

/** `kernels/log-sum-exp/gpu.wgsl` → `logSumExpShader`; `kernels/map/unary.wgsl` → `mapUnaryShader`. */
function shaderName(file: string): string {
  const folder = basename(dirname(file));
  const own = basename(file, ".wgsl");
  const words = (own === "gpu" ? folder : `${folder}-${own}`).split("-");
  return `${words.map((word, index) => (index ? word[0].toUpperCase() + word.slice(1) : word)).join("")}Shader`;
}

/** The WebAssembly of a kernel, as base64. */
async function compile({ owner, memoryBase }: KernelSources, file: string, extra: readonly string[]): Promise<string> {
  const bytes = await compileAssemblyScript(
    // biome-ignore format: one option a line says no more
    [relative(owner.directory, file), "--runtime", "stub", "--importMemory", "--sharedMemory", "--initialMemory", "64", "--maximumMemory", "65536",
      "--memoryBase", String(memoryBase), "--enable", "simd", "--enable", "threads", ...extra, "--noAssert", "--use", "abort=", "-O3", "--converge"],
    owner.directory,
  );
  checkStaticData(file, bytes, memoryBase);
  return Buffer.from(bytes).toString("base64");
}

/** The data of a kernel must stay within its slot, or two kernels would overwrite each other's tables. */
function checkStaticData(file: string, bytes: Uint8Array<ArrayBuffer>, memoryBase: number): void {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const words = new Uint8Array(memory.buffer);
  const outside = words.findIndex(
    (byte, address) => byte !== 0 && (address < memoryBase || address >= memoryBase + SLOT_BYTES),
  );
  if (outside >= 0)
    throw new Error(
      `${relative(root, file)}: static data ${outside - memoryBase} bytes from its beginning, more than ${SLOT_BYTES}`,
    );
}

async function removeStale({ directory }: KernelPackage, kernels: readonly KernelSources[]): Promise<void> {
  const output = join(directory, "src/generated");
  if (!existsSync(output)) return;
  const present = new Set(kernels.filter(({ owner }) => owner.directory === directory).map(({ kernel }) => kernel));
  for (const file of await readdir(output))
    if (!present.has(file.replace(/\.(js|d\.ts)$/, ""))) await rm(join(output, file), { force: true });
}

async function writeAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) await buildKernels();
