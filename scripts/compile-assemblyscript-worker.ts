import { parentPort } from "node:worker_threads";
import { main } from "assemblyscript/asc";
import type { Compilation, CompilationResult } from "./compile-assemblyscript.ts";

parentPort!.on("message", async ({ parameters, directory }: Compilation) => {
  parentPort!.postMessage(await compile(parameters, directory));
});

async function compile(parameters: readonly string[], directory: string): Promise<CompilationResult> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await main([...parameters, "--baseDir", directory, "--outFile", "kernel.wasm"], {
    writeFile: (_name, contents) => {
      binary = contents as Uint8Array;
    },
  });
  if (binary) return { binary: Uint8Array.from(binary) };
  return { problem: `${stderr}${error ? error.message : ""}` };
}
