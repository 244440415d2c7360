import { spawn } from "node:child_process";

export interface ShellOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** A command that did not end well. */
export class ShellError extends Error {
  override readonly name = "ShellError";
}

/** Of the output of a failed command, what is kept for the message. */
const KEPT_OUTPUT = 4000;

/**
 * Runs a program and gives its standard output.
 * @throws ShellError with the end of its output when it fails; the signal's reason when it fires, after ending it and what it started.
 */
export async function runProgramFile(
  file: string,
  arguments_: readonly string[],
  options: ShellOptions,
): Promise<string> {
  return start(file, arguments_, options, false);
}

/** Runs a command line by the shell; otherwise like `runProgramFile`. */
export async function runShell(commandLine: string, options: ShellOptions): Promise<string> {
  return start(commandLine, [], options, true);
}

async function start(
  file: string,
  arguments_: readonly string[],
  { cwd, env = process.env, signal }: ShellOptions,
  shell: boolean,
): Promise<string> {
  signal?.throwIfAborted();
  const ownGroup = process.platform !== "win32";
  const child = spawn(file, arguments_, { cwd, env, shell, detached: ownGroup, stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => {
    if (child.pid === undefined) return;
    try {
      // The whole group: a package manager's child would go on building.
      if (ownGroup) process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  };
  signal?.addEventListener("abort", stop);
  let out = "";
  let tail = "";
  const keep = (text: string) => {
    tail = (tail + text).slice(-KEPT_OUTPUT);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    keep(text);
  });
  child.stderr.setEncoding("utf8").on("data", keep);
  try {
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode, killedBy) => resolve(exitCode ?? killedBy));
    });
    signal?.throwIfAborted();
    if (code === 0) return out;
    const line = [file, ...arguments_].join(" ");
    throw new ShellError(`\`${line}\` ended with ${code}${tail.trim() ? `:\n${tail.trim()}` : ""}`);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
