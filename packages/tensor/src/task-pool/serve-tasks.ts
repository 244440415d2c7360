/** What is sent to a thread: the settings once, then tasks. */
export type TaskRequest<Settings, Task> = { readonly settings: Settings } | { readonly tasks: readonly Task[] };

/** What comes back for every message with tasks. */
export type TaskReply<Answer> = { readonly answers: readonly Answer[] } | { readonly error: unknown };

/** Does one kind of task, with settings that all tasks share. */
export type TaskRunner<Settings, Task, Answer> = (
  settings: Settings,
) => ((task: Task) => Answer | Promise<Answer>) | Promise<(task: Task) => Answer | Promise<Answer>>;

interface Port {
  postMessage(message: unknown): void;
  listen(receive: (message: unknown) => void): void;
}

/** The whole program of a worker of a `TaskPool`: does the tasks that it is sent. */
export function serveTasks<Settings, Task, Answer>(runner: TaskRunner<Settings, Task, Answer>): void {
  const port = ownPort();
  let run: Promise<(task: Task) => Answer | Promise<Answer>> | undefined;
  port.listen(async (message) => {
    const request = message as TaskRequest<Settings, Task>;
    if ("settings" in request) {
      run = (async () => runner(request.settings))();
      // Whoever sends tasks is told.
      run.catch(() => {});
      return;
    }
    try {
      const each = await run!;
      const answers: Answer[] = [];
      for (const task of request.tasks) answers.push(await each(task));
      port.postMessage({ answers } satisfies TaskReply<Answer>);
    } catch (error) {
      port.postMessage({ error } satisfies TaskReply<Answer>);
    }
  });
}

/** Node's thread or a browser's worker. */
function ownPort(): Port {
  const parent = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort;
  if (parent)
    return {
      postMessage: (message) => parent.postMessage(message),
      listen: (receive) => void parent.on("message", receive),
    };
  return {
    postMessage: (message) => globalThis.postMessage(message),
    listen: (receive) => globalThis.addEventListener("message", ({ data }) => receive(data)),
  };
}
