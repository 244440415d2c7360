import { bytesPerElement, type DType, hostArray, type TypedArray } from "../../dtype.ts";
import { OutOfMemoryError } from "../../errors.ts";
import { implementationFor, type KernelDeclaration, type TensorSpec } from "../../kernel.ts";
import { type Shape, sameShape, sizeOf } from "../../shape.ts";
import { type Storage, Tensor } from "../../tensor.ts";
import { Device, type DeviceDescription } from "../device.ts";
import type { TensorFlowApi, TensorFlowTensor } from "./api.ts";
import { loadEngine, type TensorFlowEngine, type TensorFlowEngineName } from "./engine.ts";

export interface TensorFlowOptions {
  /**
   * Which TensorFlow.js to use. Default: the environment variable ANSATZ_TENSORFLOW_ENGINE, otherwise `@tensorflow/tfjs-node-gpu`, then `@tensorflow/tfjs-node`.
   *
   * - `"node-gpu"`, `"node"`: that native binding and no other.
   * - `"portable"`: `@tensorflow/tfjs-core` with `@tensorflow/tfjs-backend-wasm` or, where that is not installed, `@tensorflow/tfjs-backend-cpu`. Only when asked for:
   *   an engine in plain JavaScript is about 100 times slower than this library's own cpu device, so taking it unasked would be a silent fallback.
   * - a loaded TensorFlow.js module, such as `await import("@tensorflow/tfjs")` in a browser, with the backend it has at this moment (WebGL, WebGPU, WebAssembly).
   */
  readonly engine?: TensorFlowEngineName | object;
}

interface TensorFlowStorage extends Storage {
  /** Has the shape of the tensor it was made for, which a reshaped tensor does not share. */
  tensor: TensorFlowTensor;
}

/** Large enough that GPU backends compute it on the GPU, in order with what is queued there: some keep tiny operations on the host. */
const PROBE_SIZE = 1024;

/** Kernels made of TensorFlow.js operations, on any of its engines. */
export class TensorFlowDevice extends Device {
  readonly kind = "tensorflow";
  readonly description: DeviceDescription;
  readonly #tf: TensorFlowApi;
  readonly #storages = new Set<TensorFlowStorage>();

  private constructor(engine: TensorFlowEngine) {
    super();
    this.#tf = engine.tf;
    this.description = describe(engine);
  }

  /**
   * @throws DeviceUnavailableError saying which engines were tried, why each cannot be used and what to install; InvalidInputError for an `engine` that is none.
   */
  static async open(options: TensorFlowOptions = {}): Promise<TensorFlowDevice> {
    return new TensorFlowDevice(await loadEngine(options.engine));
  }

  /** Engines run operations in order and offer no wait, so a small operation is queued last and its value awaited. */
  async synchronize(): Promise<void> {
    const probe = this.#tf.tidy(() => this.#tf.add(this.#tf.ones([PROBE_SIZE]), this.#tf.ones([PROBE_SIZE])));
    await probe.data();
    probe.dispose();
  }

  async read({ dtype, size, storage }: Tensor): Promise<TypedArray> {
    const values = hostArray(dtype, size);
    if (size > 0) values.set(await (storage as TensorFlowStorage).tensor.data());
    return values;
  }

  protected upload(values: TypedArray, dtype: DType): Storage {
    // A copy, because portable engines keep the array they are given and the caller may change it.
    const [tensor] = this.#guard(values.byteLength, () => [this.#tf.tensor(values.slice(), [values.length], dtype)]);
    return this.#store(tensor, { shape: [values.length], dtype });
  }

  protected release(storage: Storage): void {
    this.#storages.delete(storage as TensorFlowStorage);
    (storage as TensorFlowStorage).tensor.dispose();
  }

  protected async close(): Promise<void> {
    for (const { tensor } of this.#storages) tensor.dispose();
    this.#storages.clear();
  }

  protected execute<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly TensorSpec[],
    options: Options,
  ): Tensor[] {
    const results = this.#call(kernel, inputs, outputs, options);
    return outputs.map((spec, index) => new Tensor(this, spec.shape, spec.dtype, this.#store(results[index], spec)));
  }

  protected executeInto<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    options: Options,
  ): void {
    const results = this.#call(kernel, inputs, outputs, options);
    for (const [index, output] of outputs.entries()) {
      const storage = output.storage as TensorFlowStorage;
      storage.tensor.dispose();
      storage.tensor = results[index];
    }
  }

  /** One TensorFlow tensor of its own per output, outside of any `tf.tidy` of the caller. */
  #call<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly TensorSpec[],
    options: Options,
  ): readonly TensorFlowTensor[] {
    const tf = this.#tf;
    const implementation = implementationFor(kernel, "tensorflow", [...inputs, ...outputs]);
    const bytes = outputs.reduce((total, { shape, dtype }) => total + sizeOf(shape) * bytesPerElement(dtype), 0);
    return this.#guard(bytes, () => {
      // Engines disagree about operations on nothing; no kernel is needed to compute it.
      if (bytes === 0) return outputs.map(({ shape, dtype }) => tf.tensor([], [...shape], dtype));
      const given = inputs.map(({ storage, shape }) => this.#shaped((storage as TensorFlowStorage).tensor, shape));
      const results = implementation.run(tf, given, options, outputs);
      checkResults(kernel.name, results, outputs);
      // What a kernel returns may be one of its inputs or the same tensor twice; clones share the values but are disposed one by one.
      return results.map((result) => tf.clone(result));
    });
  }

  #shaped(tensor: TensorFlowTensor, shape: Shape): TensorFlowTensor {
    return sameShape(tensor.shape, shape) ? tensor : this.#tf.reshape(tensor, shape);
  }

  /** Runs `body`, frees its intermediate tensors, keeps its results and names a lack of memory. */
  #guard(bytes: number, body: () => readonly TensorFlowTensor[]): readonly TensorFlowTensor[] {
    try {
      return this.#tf.tidy(body).map((tensor) => this.#tf.keep(tensor));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!/\bOOM\b|out of memory|allocation failed/i.test(message)) throw error;
      throw new OutOfMemoryError(this.kind, bytes, message);
    }
  }

  #store(tensor: TensorFlowTensor, { shape, dtype }: TensorSpec): TensorFlowStorage {
    const storage = { tensor, bytes: sizeOf(shape) * bytesPerElement(dtype), references: 0 };
    this.#storages.add(storage);
    return storage;
  }
}

function checkResults(kernel: string, results: readonly TensorFlowTensor[], expected: readonly TensorSpec[]): void {
  const agree = results.length === expected.length && expected.every((spec, index) => matches(results[index], spec));
  if (agree) return;
  const print = (specs: readonly { readonly dtype: string; readonly shape: Shape }[]) =>
    specs.map(({ dtype, shape }) => `${dtype} [${shape}]`).join(", ");
  throw new Error(
    `${kernel}: internal error: its tensorflow implementation returned ${print(results)} instead of ${print(expected)}`,
  );
}

function matches(result: TensorFlowTensor, { shape, dtype }: TensorSpec): boolean {
  return result.dtype === dtype && sameShape(result.shape, shape);
}

function describe({ tf, name, passedOver }: TensorFlowEngine): DeviceDescription {
  const backend = tf.getBackend();
  const version: string = tf.version_core ?? tf.version?.["tfjs-core"] ?? "unknown";
  const gpu = usesGpu(backend, tf.backend());
  const suffix = gpu === undefined ? "" : gpu ? ", GPU" : ", CPU";
  return {
    kind: "tensorflow",
    name: `tensorflow: TensorFlow.js ${version}, ${backend} backend${suffix}`,
    dtypes: ["float32", "int32", "bool"],
    details: { engine: name, version, backend, gpu: gpu ?? "unknown", passedOver },
  };
}

/** Whether work runs on a GPU, where the backend says so or its kind leaves no doubt. */
function usesGpu(backend: string, implementation: { readonly isUsingGpuDevice?: boolean }): boolean | undefined {
  if (implementation.isUsingGpuDevice !== undefined) return implementation.isUsingGpuDevice;
  if (backend === "cpu" || backend === "wasm") return false;
  if (backend === "webgl" || backend === "webgpu") return true;
  return undefined;
}
