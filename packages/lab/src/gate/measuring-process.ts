import { type ChildProcess, fork } from "node:child_process";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidInputError } from "@ansatz/tensor";
import type { Listing, MeasuringJob, PairFailure, PairMeasurement, ProcessJob, ProcessMessage } from "./protocol.ts";

export interface ProcessOptions {
  /** Seconds that loading, or one pair, may take. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Pairs done, with the fraction of the one under way. */
  onProgress?(done: number, total: number, pair: number, doing: string): void;
}

export type PairOutcome = { readonly status: "measured"; readonly measurement: PairMeasurement } | PairFailure;

/** A build that could not be loaded, or a process that ended before it came to a workload. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** What can be run in a folder. @throws BuildError when it cannot be found out. */
export async function listWorkloads(
  job: Extract<ProcessJob, { kind: "list" }>,
  options: ProcessOptions,
): Promise<Listing> {
  const conversation = await converse(job, options, () => {});
  const listed = conversation.messages.find((message) => message.kind === "listed");
  if (listed === undefined) throw new BuildError(`its benchmarks cannot be listed: ${endingOf(conversation)}`);
  return listed.listing;
}

/**
 * Measures pairs in a process of their own. One that takes the process down, or too long, is reported with the cause, and the others are measured in a further process.
 *
 * @throws BuildError when a build cannot be loaded; the signal's reason when it fires.
 */
export async function measurePairs(job: MeasuringJob, options: ProcessOptions): Promise<PairOutcome[]> {
  if (job.pairs.length === 0) throw new InvalidInputError("job.pairs", "at least one", job.pairs);
  const outcomes: PairOutcome[] = [];
  while (outcomes.length < job.pairs.length) {
    const before = outcomes.length;
    const pairs = job.pairs.slice(before);
    const conversation = await converse({ ...job, pairs }, options, (message) => {
      if (message.kind === "measured") outcomes.push({ status: "measured", measurement: message.measurement });
      if (message.kind === "failed") outcomes.push(message.failure);
      if (!("pair" in message)) return;
      const [doing, fraction] = message.kind === "heartbeat" ? [message.doing, message.fraction] : ["", 0];
      const done = message.kind === "heartbeat" ? outcomes.length + fraction : outcomes.length;
      options.onProgress?.(done, job.pairs.length, before + message.pair, doing);
    });
    if (outcomes.length === job.pairs.length) break;
    const last = conversation.messages.at(-1);
    const under = last && "pair" in last && last.kind !== "measured" && last.kind !== "failed";
    if (!under) throw new BuildError(endingOf(conversation));
    outcomes.push({ status: "failed", side: "both", reason: endingOf(conversation) });
  }
  return outcomes;
}

interface Conversation {
  readonly messages: readonly ProcessMessage[];
  /** Why it ended, where it did not by itself. */
  readonly timedOut: boolean;
  readonly exitCode: number | null;
  readonly killedBy: string | null;
  /** The end of what it wrote to its error output. */
  readonly stderr: string;
  readonly timeoutSeconds: number;
}

const KEPT_STDERR = 2000;

async function converse(
  job: ProcessJob,
  { timeoutSeconds, signal }: ProcessOptions,
  onMessage: (message: ProcessMessage) => void,
): Promise<Conversation> {
  signal.throwIfAborted();
  const child = startProcess();
  const messages: ProcessMessage[] = [];
  let stderr = "";
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutSeconds * 1000);
  };
  const stop = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop);
  try {
    const ended = new Promise<[number | null, string | null]>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, killedBy) => resolve([code, killedBy]));
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-KEPT_STDERR);
    });
    child.on("message", (message: ProcessMessage) => {
      // A heartbeat is a sign of life, not of progress: it does not give a pair more time.
      if (message.kind !== "heartbeat") watch();
      messages.push(message);
      onMessage(message);
    });
    watch();
    child.send(job);
    const [exitCode, killedBy] = await ended;
    signal.throwIfAborted();
    return { messages, timedOut, exitCode, killedBy, stderr, timeoutSeconds };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Packages of this repository resolve to their sources only under this condition, which a test runner does not hand on; without a cache, stripping their types takes most of a process. */
const FROM_SOURCES = {
  execArgv: ["--conditions=ansatz-source"],
  env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") },
};

function startProcess(): ChildProcess {
  const extension = extname(new URL(import.meta.url).pathname);
  const file = fileURLToPath(new URL(`./gate-process-worker${extension}`, import.meta.url));
  return fork(file, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    ...(extension === ".ts" && FROM_SOURCES),
  });
}

function endingOf({ messages, timedOut, exitCode, killedBy, stderr, timeoutSeconds }: Conversation): string {
  const last = messages.at(-1);
  if (last?.kind === "broken") return last.reason;
  const doing = last?.kind === "heartbeat" ? `, last seen ${last.doing}` : "";
  if (timedOut) return `timed out after ${timeoutSeconds} s${doing}`;
  const ending = killedBy ? `was ended by ${killedBy}` : `ended with exit code ${exitCode}`;
  return `its process ${ending}${doing}${stderr.trim() ? `: ${stderr.trim()}` : ""}`;
}
