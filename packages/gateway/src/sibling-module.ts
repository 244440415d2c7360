import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";

/** Starts the module `name` that lies beside the caller, whose `import.meta.url` it is given, in a thread of its own. */
export function startSiblingThread(name: string, caller: string, options: WorkerOptions = {}): Worker {
  const { url, execArgv } = siblingModule(name, caller);
  return new Worker(url, { ...options, ...(execArgv && { execArgv }) });
}

/** The same in a process of its own, which sends messages and writes to nobody. */
export function startSiblingProcess(name: string, caller: string): ChildProcess {
  const { url, execArgv } = siblingModule(name, caller);
  return fork(fileURLToPath(url), {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    ...(execArgv && { execArgv }),
  });
}

/** TypeScript beside TypeScript, JavaScript beside JavaScript. */
function siblingModule(name: string, caller: string): { url: URL; execArgv?: string[] } {
  const extension = extname(new URL(caller).pathname);
  const url = new URL(`./${name}${extension}`, caller);
  // Packages of this repository resolve to their sources only under this condition, which a test runner does not hand on.
  return extension === ".ts" ? { url, execArgv: ["--conditions=ansatz-source"] } : { url };
}
