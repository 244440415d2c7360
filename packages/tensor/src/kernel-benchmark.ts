import type { Kernel, ReferenceArray, TensorSpec, Tolerance } from "./kernel.ts";

/** An input of a benchmark case: floats are drawn standard normal (times `scale`), or uniformly from `range`; integers from [0, `below`), bools fair. */
export interface KernelBenchmarkInput extends TensorSpec {
  readonly range?: readonly [from: number, to: number];
  readonly scale?: number;
  readonly below?: number;
}

/** One size at which a kernel is timed. */
export interface KernelBenchmarkCase<Options> {
  /** Short and telling: `"1024³ float32"`. */
  readonly name: string;
  readonly inputs: readonly KernelBenchmarkInput[];
  readonly options: Options;
}

/** What an element of an output must be. */
export interface ExpectedElement {
  /** Which output. Default 0. */
  readonly output?: number;
  /** Flat, row-major. */
  readonly index: number;
  readonly value: number;
}

/** Another library doing the same work on the same data. */
export interface KernelPeer<Options> {
  /** Name and backend: `"tfjs-wasm"`. */
  readonly name: string;
  /** Kinds of device it is a fair match for. Default: all. */
  readonly devices?: readonly ("cpu" | "webgpu" | "tensorflow")[];
  /** Looser than the kernel's own where the peer is less accurate. Default: the kernel's. */
  readonly tolerance?: Tolerance;
  version(): Promise<string>;
  /** Prepares one case on the given data; throws when the peer is not installed or cannot do it. Import the peer here, not at the top of the file. */
  setup(benchmarkCase: KernelBenchmarkCase<Options>, inputs: readonly ReferenceArray[]): Promise<KernelPeerWorkload>;
}

/** A peer ready to run. */
export interface KernelPeerWorkload {
  /** One call, finished when it returns or its promise resolves. */
  run(): void | Promise<void>;
  /** The values of the last call's outputs. */
  outputs(): Promise<readonly ArrayLike<number>[]>;
  dispose(): void | Promise<void>;
}

/** A kernel, the sizes at which to time it and whom to compare it with: all `@ansatz/lab` needs for a benchmark on every device. */
export interface KernelBenchmark<Options> {
  readonly kernel: Kernel<Options>;
  readonly cases: readonly KernelBenchmarkCase<Options>[];
  readonly peers: readonly KernelPeer<Options>[];
  /** Elements to check in place of the whole result, where the reference would take longer than the benchmark. */
  expected?(benchmarkCase: KernelBenchmarkCase<Options>, inputs: readonly ReferenceArray[]): readonly ExpectedElement[];
}

/** Declares how a kernel is benchmarked; a package lists these in its `benchmarks.ts`. */
export function benchmarkKernel<Options>(
  kernel: Kernel<Options>,
  declaration: Omit<KernelBenchmark<Options>, "kernel" | "peers"> & Partial<Pick<KernelBenchmark<Options>, "peers">>,
): KernelBenchmark<Options> {
  return { peers: [], ...declaration, kernel };
}
