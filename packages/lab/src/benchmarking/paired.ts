import { type DeviceKind, InvalidInputError } from "@ansatz/tensor";
import { type Benchmark, defineBenchmark, type Workload } from "../benchmark.ts";

/** The part of a tinybench `Bench` that is used here; any version has it. */
export interface TinybenchBench {
  readonly tasks: readonly { readonly name: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: the types of tasks and hooks differ from version to version
  add(name: string, fn: () => any, options?: any): unknown;
}

export interface PairedOptions {
  /** `"<package>/<name>"`, lower-case kebab. */
  readonly id: string;
  /** Default: the id. */
  readonly title?: string;
  /** Default: `"The tasks of a tinybench suite."` */
  readonly summary?: string;
  /** What the numbers contain. Default: `"one call of the task's function"`. */
  readonly isolates?: string;
  /** Checks what the last call of a task returned, before and after timing. @throws when it is wrong. Default: anything goes. */
  validate?(task: string, result: unknown): void | Promise<void>;
}

/** Where discovery finds the benchmark of a suite. By description, since the suite may have been made by another copy of this library. */
export const BENCHMARK_OF_SUITE = Symbol.for("@ansatz/lab: benchmark of a tinybench suite");

interface Task {
  readonly name: string;
  readonly run: () => unknown;
  readonly hooks: Hooks;
}

/** tinybench's hooks of a task. */
type Hooks = Partial<Record<"beforeAll" | "afterAll" | "beforeEach" | "afterEach", () => void | Promise<void>>>;

/**
 * Makes a tinybench suite a benchmark whose tasks `ansatz gate` compares between commits: wrap the `Bench` before tasks are added, and export it in the list that the package's
 * `./benchmarks` exports by default. The suite goes on to work as it did.
 *
 * Hooks run: `beforeAll` and `afterAll` around each task; `beforeEach` and `afterEach` around each call, where the gate's batches time them with it.
 *
 * @throws InvalidInputError when tasks have been added before: tinybench keeps their functions to itself.
 */
export function paired<Bench extends TinybenchBench>(bench: Bench, options: PairedOptions): Bench {
  if (bench.tasks.length > 0)
    throw new InvalidInputError("bench", "a Bench without tasks: wrap it before `add`", bench.tasks[0].name);
  const tasks: Task[] = [];
  const add = bench.add;
  const recordingAdd: TinybenchBench["add"] = (name, fn, hooks = {}) => {
    add.call(bench, name, fn, hooks);
    tasks.push({ name, run: fn, hooks });
    return bench;
  };
  bench.add = recordingAdd;
  Object.defineProperty(bench, BENCHMARK_OF_SUITE, { value: () => benchmarkOf(tasks, options) });
  return bench;
}

function benchmarkOf(tasks: readonly Task[], options: PairedOptions): Benchmark {
  const { id, title = id, summary = "The tasks of a tinybench suite." } = options;
  const { isolates = "one call of the task's function", validate = () => {} } = options;
  const devices: readonly DeviceKind[] = ["cpu"];
  return defineBenchmark<{ name: string; task: Task }>({
    id,
    title,
    summary,
    isolates,
    cases: tasks.map((task) => ({ name: task.name, task })),
    devices,
    setup: async ({ case: { task } }) => {
      await task.hooks.beforeAll?.();
      return workloadOf(task, validate);
    },
  });
}

function workloadOf({ name, run, hooks }: Task, validate: NonNullable<PairedOptions["validate"]>): Workload {
  const { beforeEach, afterEach, afterAll } = hooks;
  let result: unknown;
  const keep = (value: unknown) => {
    result = value;
  };
  const plain = () => {
    const value = run();
    // Only a promise costs a turn of the microtask queue.
    if (value instanceof Promise) return value.then(keep);
    result = value;
  };
  const hooked = async () => {
    await beforeEach?.();
    result = await run();
    await afterEach?.();
  };
  return {
    run: beforeEach || afterEach ? hooked : plain,
    validate: async () => validate(name, result),
    cost: { flops: 0, bytes: 0 },
    dispose: () => afterAll?.(),
  };
}
