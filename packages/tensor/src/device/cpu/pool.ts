import type { Heap } from "./heap.ts";
import {
  COMMAND,
  CONTROL,
  type FunctionList,
  MAXIMUM_PARAMETERS,
  PARAMETERS_ADDRESS,
  type ThreadMessage,
  threadMain,
} from "./thread.ts";

/** Looks at the pending counter this often before going to sleep: about 20 µs, less than a sleep and wake-up costs. */
const SPINS_BEFORE_SLEEP = 4000;

/** Chunks per thread: enough to even out threads that the system runs at different speeds. */
const CHUNKS_PER_THREAD = 4;

interface PoolThread {
  postMessage(message: ThreadMessage): void;
}

/**
 * Worker threads that run slices of kernels over the shared heap. Threads start in the background at the first job large enough to want them;
 * until they are ready, jobs run on the calling thread alone. They never keep the process alive.
 */
export class ThreadPool {
  readonly #heap: Heap;
  readonly #threads: PoolThread[] = [];
  readonly #modules: WebAssembly.Module[] = [];
  readonly #control: Int32Array;
  readonly #parameters: Float64Array;
  #busy = false;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#control = new Int32Array(heap.buffer, 0, 16);
    this.#parameters = new Float64Array(heap.buffer, PARAMETERS_ADDRESS, 16);
  }

  /** Threads, including the calling one, that a job may ask for here. */
  static available(heap: Heap): number {
    if (!heap.shared) return 1;
    const os = globalThis.process?.getBuiltinModule?.("node:os");
    return os ? os.availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1);
  }

  /** Makes a module's functions known to all threads; returns its number. */
  register(module: WebAssembly.Module): number {
    const number = this.#modules.push(module) - 1;
    if (this.#threads.length > 0) this.#broadcastModules();
    return number;
  }

  /**
   * Runs function number `index` of module `module` over [0, count), on up to `threads` threads.
   * Returns false, having done nothing, when the threads are not there yet or are busy (a kernel that forks again).
   */
  run(
    threads: number,
    module: number,
    index: number,
    functions: FunctionList,
    parameters: readonly number[],
    count: number,
    grain: number,
  ): boolean {
    if (this.#busy || !this.#ready(threads - 1)) return false;
    if (parameters.length > MAXIMUM_PARAMETERS)
      throw new Error(`at most ${MAXIMUM_PARAMETERS} parameters, got ${parameters.length}`);
    const control = this.#control;
    const chunkSize = Math.max(grain, Math.ceil(count / (threads * CHUNKS_PER_THREAD)));
    control[CONTROL.command] = COMMAND.job;
    control[CONTROL.nextChunk] = 0;
    control[CONTROL.chunkSize] = chunkSize;
    control[CONTROL.count] = count;
    control[CONTROL.module] = module;
    control[CONTROL.function] = index;
    control[CONTROL.parameterCount] = parameters.length;
    control[CONTROL.threadLimit] = threads;
    control[CONTROL.failed] = 0;
    this.#parameters.set(parameters);
    this.#busy = true;
    this.#announce();
    try {
      const own = functions[index]!;
      for (let begin = 0; (begin = Atomics.add(control, CONTROL.nextChunk, 1) * chunkSize) < count; )
        own(...parameters, begin, Math.min(count, begin + chunkSize));
    } finally {
      // Also when this thread's part traps: the others still write to memory that the caller is about to free.
      this.#join();
      this.#busy = false;
    }
    if (control[CONTROL.failed]) throw new Error("a kernel trapped on a pool thread");
    return true;
  }

  #ready(wanted: number): boolean {
    if (this.#threads.length < wanted && Atomics.load(this.#control, CONTROL.pending) === 0) {
      const first = this.#threads.length + 1;
      for (let thread = first; thread <= wanted; thread++) {
        Atomics.add(this.#control, CONTROL.pending, 1);
        const worker = startThread();
        this.#threads.push(worker);
        worker.postMessage(this.#message(thread));
      }
    }
    return this.#threads.length >= wanted && Atomics.load(this.#control, CONTROL.pending) === 0;
  }

  #message(thread: number): ThreadMessage {
    const generation = Atomics.load(this.#control, CONTROL.generation);
    return { memory: this.#heap.memory, modules: this.#modules, generation, thread };
  }

  #broadcastModules(): void {
    this.#join();
    this.#control[CONTROL.command] = COMMAND.receiveModules;
    this.#announce();
    for (const [index, worker] of this.#threads.entries()) worker.postMessage(this.#message(index + 1));
    this.#join();
  }

  #announce(): void {
    Atomics.store(this.#control, CONTROL.pending, this.#threads.length);
    Atomics.add(this.#control, CONTROL.generation, 1);
    Atomics.notify(this.#control, CONTROL.generation);
  }

  #join(): void {
    for (let spin = 0; spin < SPINS_BEFORE_SLEEP; spin++)
      if (Atomics.load(this.#control, CONTROL.pending) === 0) return;
    for (let pending = 1; (pending = Atomics.load(this.#control, CONTROL.pending)) !== 0; ) {
      try {
        Atomics.wait(this.#control, CONTROL.pending, pending);
      } catch {
        // The main thread of a browser may not sleep: it goes on looking.
      }
    }
  }
}

function startThread(): PoolThread {
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
    const source = `(${threadMain})(require("node:worker_threads").parentPort)`;
    const worker = new threads.Worker(source, { eval: true, execArgv: [], name: "ansatz-kernels" });
    worker.unref();
    return worker;
  }
  const url = URL.createObjectURL(new Blob([`(${threadMain})(self)`], { type: "text/javascript" }));
  return new Worker(url, { name: "ansatz-kernels" });
}
