import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

export interface Compilation {
  readonly parameters: readonly string[];
  readonly directory: string;
}

export type CompilationResult = { readonly binary: Uint8Array<ArrayBuffer> } | { readonly problem: string };

interface Waiting extends Compilation {
  readonly resolve: (binary: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (error: Error) => void;
}

const waiting: Waiting[] = [];
const idle: Worker[] = [];
const workers: Worker[] = [];

/** Runs the AssemblyScript compiler in `directory` and returns the module. One compiler per core is started at need and kept warm until `endCompilers`. */
export function compileAssemblyScript(
  parameters: readonly string[],
  directory: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const result = new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) =>
    waiting.push({ parameters, directory, resolve, reject }),
  );
  if (idle.length === 0 && workers.length < availableParallelism()) {
    const worker = new Worker(new URL("./compile-assemblyscript-worker.ts", import.meta.url));
    workers.push(worker);
    idle.push(worker);
  }
  next();
  return result;
}

export async function endCompilers(): Promise<void> {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  idle.length = 0;
}

function next(): void {
  if (idle.length === 0 || waiting.length === 0) return;
  const worker = idle.pop()!;
  const { parameters, directory, resolve, reject } = waiting.shift()!;
  const end = (act: () => void) => {
    worker.off("message", received).off("error", failed);
    idle.push(worker);
    act();
    next();
  };
  const received = (result: CompilationResult) =>
    end(() => ("binary" in result ? resolve(result.binary) : reject(new Error(`AssemblyScript: ${result.problem}`))));
  const failed = (error: Error) => end(() => reject(error));
  worker.on("message", received).on("error", failed);
  worker.postMessage({ parameters, directory } satisfies Compilation);
}
