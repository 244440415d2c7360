import { type Candidate, CandidateEvaluator, type Evaluation, type EvaluationSettings } from "./candidate-evaluator.ts";
import type { WorkerRequest } from "./evaluation-worker.ts";

/** Candidates per message: enough that messages cost nothing, few enough to even out threads. */
const CHUNK = 8;

/** The calling thread works so long without a pause in which somebody may say that it should stop. */
const BREATH_MILLISECONDS = 50;

interface EvaluationThread {
  send(request: WorkerRequest): void;
  /** Called with the evaluations of a message, or with what went wrong. */
  onAnswer: (answer: readonly Evaluation[] | Error) => void;
  /** Why it is no more. */
  failure?: Error;
  end(): void;
}

/**
 * Evaluates candidates on as many threads as asked for, of which one thread means the calling one. Evaluations come back in the order of the candidates, and do not
 * depend on the number of threads.
 */
export class EvaluationPool {
  readonly #threads: EvaluationThread[];
  readonly #own: CandidateEvaluator | undefined;

  constructor(settings: EvaluationSettings, threads: number) {
    this.#threads = threads > 1 ? Array.from({ length: threads }, startThread) : [];
    for (const thread of this.#threads) thread.send({ settings });
    this.#own = threads > 1 ? undefined : new CandidateEvaluator(settings);
  }

  /** Stops between chunks when the signal fires, and returns null then. */
  async evaluate(candidates: readonly Candidate[], signal?: AbortSignal): Promise<Evaluation[] | null> {
    const results: Evaluation[] = new Array(candidates.length);
    let next = 0;
    const take = () => {
      const begin = next;
      next = signal?.aborted ? candidates.length : Math.min(candidates.length, begin + CHUNK);
      return signal?.aborted || begin >= candidates.length ? undefined : { begin, end: next };
    };
    let breath = performance.now();
    if (this.#own)
      for (let chunk = take(); chunk; chunk = take()) {
        for (let index = chunk.begin; index < chunk.end; index++)
          results[index] = this.#own.evaluate(candidates[index]);
        if (performance.now() - breath < BREATH_MILLISECONDS) continue;
        await new Promise((resolve) => setTimeout(resolve));
        breath = performance.now();
      }
    else await Promise.all(this.#threads.map((thread) => drain(thread, candidates, results, take)));
    return signal?.aborted ? null : results;
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread.end();
  }

  /** Threads of this machine. */
  static available(): number {
    const os = globalThis.process?.getBuiltinModule?.("node:os");
    return os ? os.availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1);
  }
}

/** Gives one thread chunk after chunk. */
function drain(
  thread: EvaluationThread,
  candidates: readonly Candidate[],
  results: Evaluation[],
  take: () => { begin: number; end: number } | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      if (thread.failure) return reject(thread.failure);
      const chunk = take();
      if (!chunk) return resolve();
      thread.onAnswer = (answer) => {
        if (answer instanceof Error) return reject(answer);
        for (const [index, evaluation] of answer.entries()) results[chunk.begin + index] = evaluation;
        give();
      };
      thread.send({ candidates: candidates.slice(chunk.begin, chunk.end) });
    };
    give();
  });
}

function startThread(): EvaluationThread {
  // TypeScript beside TypeScript, JavaScript beside JavaScript.
  const isSource = import.meta.url.endsWith(".ts");
  const url = new URL(`./evaluation-worker.${isSource ? "ts" : "js"}`, import.meta.url);
  const thread: EvaluationThread = { send: () => {}, onAnswer: () => {}, end: () => {} };
  const fail = (error: Error) => {
    thread.failure = error;
    thread.onAnswer(error);
  };
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
    const worker = new threads.Worker(url, { execArgv: isSource ? ["--conditions=ansatz-source"] : [] });
    worker.on("message", (answer) => thread.onAnswer(answer));
    worker.on("error", (error) => fail(error as Error));
    thread.send = (request) => worker.postMessage(request);
    thread.end = () => void worker.terminate();
  } else {
    const worker = new Worker(url, { type: "module" });
    worker.addEventListener("message", ({ data }) => thread.onAnswer(data));
    worker.addEventListener("error", ({ message }) => fail(new Error(message)));
    thread.send = (request) => worker.postMessage(request);
    thread.end = () => worker.terminate();
  }
  return thread;
}
