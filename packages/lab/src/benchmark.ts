import { type Cost, type Device, type DeviceKind, type FloatDType, InvalidInputError } from "@ansatz/tensor";
import { checkId, checkText, type PackageOrigin } from "./experiment.ts";

/**
 * Work that is timed, over and over, on prepared data. One call of `run` is one iteration: it must do the same work every time and leave the data as it found it.
 * The same object serves alone, beside a peer, and as one side of a comparison of two builds.
 */
export interface Workload {
  /**
   * Does the work once. Device work is only queued: after a batch of calls the harness waits for the device.
   * A workload that does its own waiting returns a promise.
   */
  run(): void | Promise<void>;
  /** Checks what the last `run` computed, before and after timing. @throws when it is wrong. */
  validate(): Promise<void>;
  /** Of one call: flops and bytes that even a perfect implementation must spend. */
  readonly cost: Cost;
  /** The floats it computes with, whose matmul peak its GFLOP/s are compared with. Default float32. */
  readonly dtype?: FloatDType;
  /**
   * What one call costs beside time, counted: solver iterations, function evaluations, bytes moved. Less is better. The same for the same code and input, whatever the machine, so that a comparison
   * of two builds allows no growth at all. Kernels, GPU dispatches and uploads are counted by the device itself.
   */
  counts?(): Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
  /** How far the result of the last `run` is from the truth, at most; less is better. Relative errors are compared in units of `dtype`'s rounding. */
  maximalError?(): number | Promise<number>;
  /** Frees everything, device memory included. */
  dispose(): void | Promise<void>;
}

/** One size or setting at which a benchmark is timed; declare further fields as needed. */
export interface BenchmarkCase {
  /** Unique within the benchmark, short and telling: `"1024³ float32"`. */
  readonly name: string;
}

export interface BenchmarkContext<Case extends BenchmarkCase> {
  readonly case: Case;
  readonly device: Device;
}

/** Another library doing the same work, timed in the same process and the same minute. */
export interface BenchmarkPeer<Case extends BenchmarkCase = BenchmarkCase> {
  /** Name and backend: `"tfjs-wasm"`. */
  readonly name: string;
  /** Kinds of device it is a fair match for. Default: all of the benchmark's. */
  readonly devices?: readonly DeviceKind[];
  version(): Promise<string>;
  /** Prepares one case; throws when the peer is not installed or cannot do it. Import the peer here, not at the top of the file. */
  setup(benchmarkCase: Case): Promise<Workload>;
}

export interface Benchmark<Case extends BenchmarkCase = BenchmarkCase> {
  /** `"<package>/<name>"`, lower-case kebab. Unique over all installed packages. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** What the numbers contain and what they do not: `"one call into existing outputs; no allocation, no transfer"`. */
  readonly isolates: string;
  readonly cases: readonly Case[];
  /** Kinds of device that can run it. */
  readonly devices: readonly DeviceKind[];
  readonly peers: readonly BenchmarkPeer<Case>[];
  /** Set by `discoverPackages`. */
  readonly origin?: PackageOrigin;
  /** Prepares one case. @throws UnsupportedError when the device cannot do this case; it is then reported as such, not as a failure. */
  setup(context: BenchmarkContext<Case>): Promise<Workload>;
}

/**
 * Declares a benchmark.
 * @throws InvalidInputError naming the first thing wrong: an id that is not `package/name`, an empty text, no case, no device, or a repeated name.
 */
export function defineBenchmark<Case extends BenchmarkCase>(
  declaration: Omit<Benchmark<Case>, "origin" | "peers"> & Partial<Pick<Benchmark<Case>, "peers">>,
): Benchmark {
  const benchmark = { peers: [], ...declaration } as unknown as Benchmark;
  const { id, cases, devices, peers } = benchmark;
  checkId("benchmark: id", id);
  for (const field of ["title", "summary", "isolates"] as const) checkText(`${id}: ${field}`, benchmark[field]);
  if (devices.length === 0) throw new InvalidInputError(`${id}: devices`, "at least one kind of device", devices);
  if (cases.length === 0) throw new InvalidInputError(`${id}: cases`, "at least one case", cases);
  checkNames(`${id}: cases`, cases);
  checkNames(`${id}: peers`, peers);
  return benchmark;
}

function checkNames(argument: string, items: readonly { readonly name: string }[]): void {
  for (const { name } of items) checkText(`${argument}: name`, name);
  const names = items.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new InvalidInputError(argument, "names that differ", repeated);
}
