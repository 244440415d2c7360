import {
  bytesPerElement,
  componentsPerElement,
  DTYPES,
  type DType,
  fillElements,
  hostView,
  type TypedArray,
} from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import type { KernelDeclaration, TensorSpec } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { type Storage, Tensor } from "../../tensor.ts";
import { Device, type DeviceDescription } from "../device.ts";
import type { CpuArray, CpuCall, CpuModule } from "./call.ts";
import { Heap } from "./heap.ts";
import { compileModule, simdFlavour } from "./modules.ts";
import { ThreadPool } from "./pool.ts";
import type { FunctionList } from "./thread.ts";

export interface CpuOptions {
  /** Threads for large work, the calling one included. Default: all the machine offers; 1 keeps everything on the calling thread. */
  readonly threads?: number;
}

interface CpuStorage extends Storage {
  readonly pointer: number;
}

interface LoadedModule {
  /** Its number in the thread pool. */
  readonly number: number;
  readonly exports: Readonly<Record<string, (...parameters: number[]) => number>>;
  readonly functions: FunctionList;
  readonly indexOf: ReadonlyMap<string, number>;
}

/** A module of one function, made while the program runs. */
type GeneratedModule = Pick<LoadedModule, "number" | "functions">;

/** Heap, threads and loaded kernels: one set per process, so that devices and packages share arrays without copies. */
interface Runtime {
  readonly heap: Heap;
  readonly pool: ThreadPool;
  readonly modules: Map<string, LoadedModule>;
  readonly generated: Map<string, GeneratedModule>;
}

let runtime: Runtime | undefined;

function openRuntime(): Runtime {
  if (!runtime) {
    const heap = new Heap();
    runtime = { heap, pool: new ThreadPool(heap), modules: new Map(), generated: new Map() };
  }
  return runtime;
}

/** WebAssembly SIMD kernels over one shared heap. Kernels run at once; `synchronize` has nothing to wait for. */
export class CpuDevice extends Device {
  readonly kind = "cpu";
  readonly description: DeviceDescription;
  readonly threads: number;
  readonly #runtime: Runtime;
  readonly #storages = new Set<CpuStorage>();

  private constructor(options: CpuOptions) {
    super();
    this.#runtime = openRuntime();
    const available = ThreadPool.available(this.#runtime.heap);
    const threads = options.threads ?? available;
    if (!Number.isInteger(threads) || threads < 1) throw new InvalidInputError("threads", "an integer ≥ 1", threads);
    this.threads = this.#runtime.heap.shared ? threads : 1;
    const simd = simdFlavour();
    this.description = {
      kind: "cpu",
      name: `cpu: ${this.threads} ${this.threads === 1 ? "thread" : "threads"}, ${simd}`,
      dtypes: DTYPES,
      details: { simd, threads: this.threads, sharedMemory: this.#runtime.heap.shared },
    };
  }

  /** @throws InvalidInputError when `threads` is not a positive integer. */
  static open(options: CpuOptions = {}): CpuDevice {
    return new CpuDevice(options);
  }

  async synchronize(): Promise<void> {}

  async read(tensor: Tensor): Promise<TypedArray> {
    const values = this.#view(tensor.dtype, (tensor.storage as CpuStorage).pointer, tensor.size).slice() as TypedArray;
    await pause();
    return values;
  }

  protected upload(values: TypedArray, dtype: DType): Storage {
    const storage = this.#allocate(values.byteLength);
    this.#view(dtype, storage.pointer, values.length / componentsPerElement(dtype)).set(values);
    return storage;
  }

  protected override filled(size: number, value: number, dtype: DType): Storage {
    const storage = this.#allocate(size * bytesPerElement(dtype));
    fillElements(this.#view(dtype, storage.pointer, size), value, dtype);
    return storage;
  }

  protected release(storage: Storage): void {
    this.#storages.delete(storage as CpuStorage);
    this.#runtime.heap.free((storage as CpuStorage).pointer);
  }

  protected async close(): Promise<void> {
    for (const storage of this.#storages) this.#runtime.heap.free(storage.pointer);
    this.#storages.clear();
  }

  protected execute<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly TensorSpec[],
    options: Options,
  ): Tensor[] {
    const storages: CpuStorage[] = [];
    try {
      for (const { shape, dtype } of outputs) storages.push(this.#allocate(sizeOf(shape) * bytesPerElement(dtype)));
      const arrays = outputs.map(({ shape, dtype }, index) => this.#array(storages[index], shape, dtype));
      this.#call(kernel, inputs, arrays, options);
    } catch (error) {
      for (const storage of storages) this.release(storage);
      throw error;
    }
    return outputs.map(({ shape, dtype }, index) => new Tensor(this, shape, dtype, storages[index]));
  }

  protected executeInto<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    options: Options,
  ): void {
    const arrays = outputs.map(({ storage, shape, dtype }) => this.#array(storage as CpuStorage, shape, dtype));
    this.#call(kernel, inputs, arrays, options);
  }

  #call<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly CpuArray[],
    options: Options,
  ): void {
    const module = this.#load(kernel.cpu.module);
    const { heap, pool } = this.#runtime;
    const scratch: number[] = [];
    const call: CpuCall = {
      inputs: inputs.map(({ storage, shape, dtype }) => this.#array(storage as CpuStorage, shape, dtype)),
      outputs,
      threads: this.threads,
      invoke: (name, ...parameters) => functionNamed(module, kernel, name)(...parameters),
      parallel: (name, parameters, count, grain) => {
        if (count <= 0) return;
        const run = functionNamed(module, kernel, name);
        const threads = Math.min(this.threads, Math.ceil(count / grain));
        const index = module.indexOf.get(name)!;
        if (threads > 1 && pool.run(threads, module.number, index, module.functions, parameters, count, grain)) return;
        run(...parameters, 0, count);
      },
      parallelGenerated: (key, build, parameters, count, grain) => {
        if (count <= 0) return;
        const { number, functions } = this.#generated(key, build, module);
        const threads = Math.min(this.threads, Math.ceil(count / grain));
        if (threads > 1 && pool.run(threads, number, 0, functions, parameters, count, grain)) return;
        functions[0]!(...parameters, 0, count);
      },
      scratch: (bytes) => {
        const pointer = heap.allocate(bytes);
        scratch.push(pointer);
        return pointer;
      },
      upload: (values) => {
        const pointer = call.scratch(values.byteLength);
        heap.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), pointer);
        return pointer;
      },
    };
    try {
      kernel.cpu.run(call, options);
    } finally {
      for (const pointer of scratch) heap.free(pointer);
    }
  }

  #load(module: CpuModule): LoadedModule {
    const { modules, heap, pool } = this.#runtime;
    const known = modules.get(module.name);
    if (known) return known;
    const compiled = compileModule(module, simdFlavour(), heap.shared);
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: heap.memory } });
    const names = WebAssembly.Module.exports(compiled).map(({ name }) => name);
    const functions = names.map((name) => (typeof exports[name] === "function" ? exports[name] : undefined));
    const loaded: LoadedModule = {
      number: pool.register(compiled),
      exports: exports as LoadedModule["exports"],
      functions: functions as FunctionList,
      indexOf: new Map(names.map((name, index) => [name, index])),
    };
    modules.set(module.name, loaded);
    return loaded;
  }

  #generated(
    key: string,
    build: (sharedMemory: boolean) => Uint8Array<ArrayBuffer>,
    base: LoadedModule,
  ): GeneratedModule {
    const { generated, heap, pool } = this.#runtime;
    const known = generated.get(key);
    if (known) return known;
    const compiled = new WebAssembly.Module(build(heap.shared));
    const kernels = base.exports as unknown as WebAssembly.ModuleImports;
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: heap.memory }, kernels });
    const made = { number: pool.register(compiled), functions: [exports.run as FunctionList[number]] };
    generated.set(key, made);
    return made;
  }

  #array(storage: CpuStorage, shape: readonly number[], dtype: DType): CpuArray {
    const size = sizeOf(shape);
    return { pointer: storage.pointer, shape, size, dtype, view: () => this.#view(dtype, storage.pointer, size) };
  }

  #view(dtype: DType, pointer: number, size: number): TypedArray {
    return hostView(dtype, this.#runtime.heap.buffer, pointer, size);
  }

  #allocate(bytes: number): CpuStorage {
    const storage = { pointer: this.#runtime.heap.allocate(bytes), bytes, references: 0 };
    this.#storages.add(storage);
    return storage;
  }
}

/** How long kernels may keep the event loop from timers, messages and abort signals. */
const PAUSE_AFTER_MILLISECONDS = 16;
let lastPause = 0;

/** Lets the event loop turn once in a while: kernels finish at once, so a loop that awaits only their results would otherwise never give way. */
async function pause(): Promise<void> {
  if (performance.now() - lastPause < PAUSE_AFTER_MILLISECONDS) return;
  await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
  lastPause = performance.now();
}

function functionNamed(
  module: LoadedModule,
  kernel: { readonly name: string },
  name: string,
): (...p: number[]) => number {
  const found = module.exports[name];
  if (typeof found !== "function") throw new Error(`${kernel.name}: its AssemblyScript exports no function "${name}"`);
  return found;
}
