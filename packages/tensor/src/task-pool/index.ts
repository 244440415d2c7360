import type { TaskReply, TaskRequest, TaskRunner } from "./serve-tasks.ts";

export { serveTasks, type TaskRunner } from "./serve-tasks.ts";

/** The calling thread works so long without a pause in which somebody may say that it should stop. */
const BREATH_MILLISECONDS = 50;

export interface TaskPoolOptions<Settings, Task, Answer> {
  /** Module of a worker that calls `serveTasks` with the same runner. */
  readonly worker: URL;
  /** What the calling thread does tasks with where there is one thread. */
  readonly runner: TaskRunner<Settings, Task, Answer>;
  /** What all tasks share: plain data. */
  readonly settings: Settings;
  /** One thread means the calling one. */
  readonly threads: number;
  /** Tasks per message: enough that messages cost nothing, few enough to even out threads. */
  readonly chunk: number;
}

interface TaskThread {
  send(request: unknown): void;
  /** Called with the reply to a message, or with what went wrong. */
  onReply: (reply: TaskReply<unknown>) => void;
  /** Why it is no more. */
  failure?: Error;
  end(): void;
}

/** Does tasks on as many threads as asked for. Answers come back in the order of the tasks, whatever the number of threads. */
export class TaskPool<Settings, Task, Answer> {
  readonly #threads: TaskThread[];
  readonly #options: TaskPoolOptions<Settings, Task, Answer>;
  #own: ReturnType<TaskRunner<Settings, Task, Answer>> | undefined;

  constructor(options: TaskPoolOptions<Settings, Task, Answer>) {
    this.#options = options;
    const { threads, worker, settings } = options;
    this.#threads = threads > 1 ? Array.from({ length: threads }, () => startThread(worker)) : [];
    for (const thread of this.#threads) thread.send({ settings });
  }

  /** Stops between chunks when the signal fires, and returns null then. Rejects with what a task throws. */
  async run(tasks: readonly Task[], signal?: AbortSignal): Promise<Answer[] | null> {
    const answers: Answer[] = new Array(tasks.length);
    let next = 0;
    const take = () => {
      const begin = next;
      next = signal?.aborted ? tasks.length : Math.min(tasks.length, begin + this.#options.chunk);
      return signal?.aborted || begin >= tasks.length ? undefined : { begin, end: next };
    };
    if (this.#threads.length > 0)
      await Promise.all(this.#threads.map((thread) => drain<Task, Answer>(thread, tasks, answers, take)));
    else await this.#runHere(tasks, answers, take);
    return signal?.aborted ? null : answers;
  }

  async #runHere(tasks: readonly Task[], answers: Answer[], take: () => { begin: number; end: number } | undefined) {
    this.#own ??= this.#options.runner(this.#options.settings);
    const run = await this.#own;
    let breath = performance.now();
    for (let chunk = take(); chunk; chunk = take()) {
      for (let index = chunk.begin; index < chunk.end; index++) {
        const answer = run(tasks[index]);
        answers[index] = answer instanceof Promise ? await answer : answer;
      }
      if (performance.now() - breath < BREATH_MILLISECONDS) continue;
      await new Promise((resolve) => setTimeout(resolve));
      breath = performance.now();
    }
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
function drain<Task, Answer>(
  thread: TaskThread,
  tasks: readonly Task[],
  answers: Answer[],
  take: () => { begin: number; end: number } | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      if (thread.failure) return reject(thread.failure);
      const chunk = take();
      if (!chunk) return resolve();
      thread.onReply = (reply) => {
        if ("error" in reply) return reject(reply.error);
        for (const [index, answer] of (reply.answers as readonly Answer[]).entries())
          answers[chunk.begin + index] = answer;
        give();
      };
      thread.send({ tasks: tasks.slice(chunk.begin, chunk.end) } satisfies TaskRequest<never, Task>);
    };
    give();
  });
}

function startThread(url: URL): TaskThread {
  const thread: TaskThread = { send: () => {}, onReply: () => {}, end: () => {} };
  const fail = (error: Error) => {
    thread.failure = error;
    thread.onReply({ error });
  };
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
    const worker = new threads.Worker(url, {
      execArgv: url.pathname.endsWith(".ts") ? ["--conditions=ansatz-source"] : [],
    });
    worker.on("message", (reply) => thread.onReply(reply));
    worker.on("error", (error) => fail(error as Error));
    thread.send = (request) => worker.postMessage(request);
    thread.end = () => void worker.terminate();
  } else {
    const worker = new Worker(url, { type: "module" });
    worker.addEventListener("message", ({ data }) => thread.onReply(data));
    worker.addEventListener("error", ({ message }) => fail(new Error(message)));
    thread.send = (request) => worker.postMessage(request);
    thread.end = () => worker.terminate();
  }
  return thread;
}
