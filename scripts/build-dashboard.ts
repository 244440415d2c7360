/**
 * Builds the dashboard into `packages/gateway/dist/dashboard`, and does nothing when neither its sources nor the schema nor the
 * lockfile have changed since the last time.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const root = dirname(import.meta.dirname);
const gateway = join(root, "packages/gateway");
const target = join(gateway, "dist/dashboard");
const stampFile = join(target, ".stamp");

export default async function buildDashboard(): Promise<void> {
  const stamp = await contentHash();
  if (await isBuilt(stamp)) return;
  await mkdir(dirname(target), { recursive: true });
  const fresh = await mkdtemp(join(dirname(target), "dashboard-"));
  try {
    await bundle(fresh);
    await chmod(fresh, 0o755);
    await writeFile(join(fresh, ".stamp"), stamp);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target).catch(async (error) => {
      // Another process may have built the same meanwhile.
      if (!(await isBuilt(stamp))) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function isBuilt(stamp: string): Promise<boolean> {
  return stamp === (await readFile(stampFile, "utf8").catch(() => ""));
}

/** In a process of its own, so that a caller with another `NODE_ENV` (a test runner) gets the same bundle as everybody. */
async function bundle(folder: string): Promise<void> {
  try {
    await run(process.execPath, [join(gateway, "dashboard/bundle.ts"), folder], {
      env: { ...process.env, NODE_ENV: "production" },
    });
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${stdout}${stderr}`.trim() || message);
  }
}

async function contentHash(): Promise<string> {
  const files: string[] = [];
  for await (const file of glob("dashboard/**/*.*", { cwd: gateway, exclude: ["dashboard/src/generated"] }))
    files.push(join(gateway, file));
  files.push(join(gateway, "schema.graphql"), join(root, "pnpm-lock.yaml"), import.meta.filename);
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(file.slice(root.length)).update(await readFile(file));
  return hash.digest("hex");
}

if (import.meta.main) {
  try {
    await buildDashboard();
  } catch (error) {
    console.error(`The dashboard could not be built.\n${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
