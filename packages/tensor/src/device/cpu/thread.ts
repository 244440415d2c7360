/** Words of the control block, which lies at address 0 of the heap; the job's parameters are the doubles from byte 64. */
export const CONTROL = {
  /** Counts jobs; threads sleep on it. */
  generation: 0,
  /** What the new generation asks for: one of COMMAND. */
  command: 1,
  /** Threads that have not finished the present job. */
  pending: 2,
  /** Next chunk to take. */
  nextChunk: 3,
  chunkSize: 4,
  count: 5,
  module: 6,
  function: 7,
  parameterCount: 8,
  /** Threads with a number from this on sit the job out. */
  threadLimit: 9,
  /** Set by a thread whose kernel trapped. */
  failed: 10,
} as const;

export const COMMAND = { job: 0, receiveModules: 1 } as const;

/** Byte address of the job's parameters, and how many fit before the end of the control block. */
export const PARAMETERS_ADDRESS = 64;
export const MAXIMUM_PARAMETERS = 14;

export interface ThreadMessage {
  readonly memory: WebAssembly.Memory;
  /** All modules loaded so far, in order of registration. */
  readonly modules: readonly WebAssembly.Module[];
  /** Generation when the message was sent: the thread sleeps until it changes. */
  readonly generation: number;
  /** 1, 2, …; the thread that forks is 0. */
  readonly thread: number;
}

/** Kernel functions of a module in the order of its export list, the same on every thread. */
export type FunctionList = readonly (((...parameters: number[]) => number) | undefined)[];

interface MessageTarget {
  onmessage: ((event: { data: ThreadMessage }) => void) | null;
}

/**
 * Body of a pool thread. Self-contained: a worker is started from its source text, which works the same from sources, from a bundle,
 * in Node and in browsers. Names of the constants above are repeated as literals for that reason; `pool.test.ts` holds the two together.
 */
export function threadMain(port: MessageTarget): void {
  const functions: ((...parameters: number[]) => number)[][] = [];
  // What generated modules may call: everything that came before them.
  const kernels: Record<string, WebAssembly.ExportValue> = {};
  port.onmessage = ({ data: { memory, modules, generation, thread } }) => {
    for (const module of modules.slice(functions.length)) {
      const { exports } = new WebAssembly.Instance(module, { env: { memory }, kernels });
      Object.assign(kernels, exports);
      functions.push(WebAssembly.Module.exports(module).map(({ name }) => exports[name] as (...p: number[]) => number));
    }
    const control = new Int32Array(memory.buffer, 0, 16);
    const parameters = new Float64Array(memory.buffer, 64, 16);
    const done = () => {
      if (Atomics.sub(control, 2, 1) === 1) Atomics.notify(control, 2);
    };
    done();
    for (let seen = generation; ; ) {
      Atomics.wait(control, 0, seen);
      const now = Atomics.load(control, 0);
      // The notice of a job may come when it has been seen and done already.
      if (now === seen) continue;
      seen = now;
      if (control[1] === 1) return;
      if (thread < control[9]) {
        const run = functions[control[6]][control[7]];
        const fixed = Array.from(parameters.subarray(0, control[8]));
        const chunkSize = control[4];
        const count = control[5];
        try {
          for (let begin = 0; (begin = Atomics.add(control, 3, 1) * chunkSize) < count; )
            run(...fixed, begin, Math.min(count, begin + chunkSize));
        } catch {
          Atomics.store(control, 10, 1);
        }
      }
      done();
    }
  };
}
