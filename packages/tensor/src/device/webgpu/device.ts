import { componentsPerElement, type DType, hostArray, type TypedArray } from "../../dtype.ts";
import { DeviceLostError, DisposedError, InvalidInputError, UnsupportedError } from "../../errors.ts";
import { implementationFor, type KernelDeclaration, type TensorSpec } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type Storage, Tensor } from "../../tensor.ts";
import { Device, type DeviceDescription, type DeviceWork } from "../device.ts";
import { requestDevice, type WebGpuOptions } from "./adapter.ts";
import { BufferPool, MAP_READ, type PooledBuffer, USAGE } from "./buffers.ts";
import { type GpuTime, GpuTimer } from "./gpu-timer.ts";
import { type CallArray, type CallContext, runCall } from "./kernel-call.ts";
import { Pipelines } from "./pipelines.ts";
import { Recorder } from "./recorder.ts";
import { Timeline } from "./timeline.ts";

export type { WebGpuOptions } from "./adapter.ts";
export type { GpuTime } from "./gpu-timer.ts";

/** Every number takes this many bytes, `bool` too. */
const BYTES_PER_NUMBER = 4;

/** Buffers for reading up to this size are kept for the next read. */
const LARGEST_READ_BUFFER_KEPT = 2 ** 24;

interface WebGpuStorage extends Storage {
  readonly buffer: PooledBuffer;
}

/**
 * WGSL kernels through WebGPU: the browser's, or Dawn (the npm package `webgpu`) in Node. Kernels are recorded and run later, in order; errors of recorded
 * work are thrown by the next `read`/`data` or `synchronize`, and tensors that such work wrote stay unreadable.
 */
export class WebGpuDevice extends Device {
  readonly kind = "webgpu";
  readonly description: DeviceDescription;
  override readonly tensorsPerCall: number;
  readonly #gpu: GPUDevice;
  readonly #timeline = new Timeline();
  readonly #context: CallContext;
  readonly #readBuffers: BufferPool;
  #lost: DeviceLostError | undefined;

  private constructor(gpu: GPUDevice, description: DeviceDescription) {
    super();
    this.#gpu = gpu;
    this.description = description;
    this.tensorsPerCall = gpu.limits.maxStorageBuffersPerShaderStage;
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyDestination;
    this.#context = {
      device: gpu,
      limits: plainLimits(gpu.limits),
      features: new Set(description.details.features as string[]),
      timeline: this.#timeline,
      buffers: new BufferPool(gpu, this.#timeline, { usage, largestKept: Number.POSITIVE_INFINITY }),
      pipelines: new Pipelines(gpu, this.#timeline),
      recorder: new Recorder(gpu, this.#timeline),
    };
    this.#readBuffers = new BufferPool(gpu, this.#timeline, {
      usage: USAGE.mapRead | USAGE.copyDestination,
      largestKept: LARGEST_READ_BUFFER_KEPT,
    });
    gpu.lost.then(({ reason, message }) => {
      if (!this.closed) this.#lost = new DeviceLostError("webgpu", message || reason);
    });
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#timeline.fail(new Error(`webgpu: ${(event as GPUUncapturedErrorEvent).error.message}`));
    });
  }

  /**
   * Opens the browser's WebGPU (`navigator.gpu`), or the optional npm package `webgpu` where there is none.
   * @throws DeviceUnavailableError without an implementation or adapter, or with `hardwareOnly` and only a software adapter.
   */
  static async open(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
    const { device, description } = await requestDevice(options);
    return new WebGpuDevice(device, description);
  }

  override work(): DeviceWork {
    return { ...super.work(), dispatches: this.#context.recorder.dispatchesSoFar };
  }

  async synchronize(): Promise<void> {
    this.#checkUsable();
    this.#context.recorder.submit();
    await this.#gpu.queue.onSubmittedWorkDone();
    await this.#timeline.settle();
    this.#checkUsable();
  }

  /**
   * GPU time of the kernels that `work` runs, by timestamp queries. Copies and clears before the first and after the last dispatch of a submission are not counted.
   * @param work synchronous; may run any number of kernels.
   * @throws UnsupportedError where the adapter has no timestamp queries; InvalidInputError when `work` returns a promise or measures itself.
   */
  async measureGpuTime(work: () => void): Promise<GpuTime> {
    this.#checkUsable();
    const { features, recorder } = this.#context;
    if (!features.has("timestamp-query"))
      throw new UnsupportedError("webgpu", "measuring GPU time", `the adapter has no "timestamp-query"`);
    if (recorder.timing)
      throw new InvalidInputError("measureGpuTime: work", "a function that does not measure GPU time", "one that does");
    const timer = new GpuTimer(this.#gpu);
    recorder.time(timer);
    try {
      const result: unknown = work();
      if (result instanceof Promise) {
        result.catch(() => {});
        throw new InvalidInputError("measureGpuTime: work", "a synchronous function", "a promise");
      }
    } catch (error) {
      recorder.time();
      timer.destroy();
      throw error;
    }
    recorder.time();
    const time = await this.#await(timer.read());
    await this.#timeline.settle();
    return time;
  }

  async read(tensor: Tensor): Promise<TypedArray> {
    this.#checkUsable();
    if (tensor.size === 0) return hostArray(tensor.dtype, 0);
    const { buffer } = tensor.storage as WebGpuStorage;
    const { recorder } = this.#context;
    const { lastWrite } = buffer;
    this.#checkWritten(buffer, lastWrite);
    const bytes = bytesOf(tensor.shape, tensor.dtype);
    const target = this.#readBuffers.acquire(bytes);
    try {
      recorder.copy(buffer, target, bytes);
      recorder.submit();
      await this.#await(target.gpu.mapAsync(MAP_READ, 0, bytes));
      await this.#timeline.settle();
      this.#checkWritten(buffer, lastWrite);
      return hostValues(target.gpu.getMappedRange(0, bytes), tensor.dtype);
    } finally {
      target.gpu.unmap();
      this.#readBuffers.release(target);
    }
  }

  protected upload(values: TypedArray, dtype: DType): Storage {
    this.#checkUsable();
    const bytes = values.length * BYTES_PER_NUMBER;
    const { buffers, recorder } = this.#context;
    const buffer = buffers.acquireForHost(bytes, () => recorder.submit());
    const data = dtype === "bool" ? Uint32Array.from(values) : values;
    if (bytes > 0) this.#gpu.queue.writeBuffer(buffer.gpu, 0, data);
    return { buffer, bytes, references: 0 } as WebGpuStorage;
  }

  protected release(storage: Storage): void {
    this.#context.buffers.release((storage as WebGpuStorage).buffer);
  }

  protected async close(): Promise<void> {
    this.#gpu.destroy();
  }

  protected execute<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly TensorSpec[],
    options: Options,
  ): Tensor[] {
    const storages: WebGpuStorage[] = [];
    try {
      for (const { shape, dtype } of outputs) storages.push(this.#allocate(bytesOf(shape, dtype)));
      const arrays = outputs.map(({ shape, dtype }, index) => ({ shape, dtype, buffer: storages[index].buffer }));
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
    this.#call(kernel, inputs, outputs.map(callArray), options);
  }

  #call<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly CallArray[],
    options: Options,
  ): void {
    this.#checkUsable();
    const implementation = implementationFor(kernel, "webgpu", [...inputs, ...outputs]);
    const arrays = inputs.map(callArray);
    for (const { buffer } of arrays) this.#checkWritten(buffer, buffer.lastWrite);
    for (const { buffer } of outputs) if (buffer.failure) throw buffer.failure;
    runCall(this.#context, kernel.name, arrays, outputs, (call) => implementation.run(call, options));
  }

  #allocate(bytes: number): WebGpuStorage {
    return { buffer: this.#context.buffers.acquire(bytes), bytes, references: 0 };
  }

  #checkUsable(): void {
    if (this.closed) throw new DisposedError(`device "webgpu"`);
    if (this.#lost) throw this.#lost;
  }

  #checkWritten(buffer: PooledBuffer, write: number): void {
    const failure = buffer.failure ?? this.#timeline.failureOf(write);
    if (failure) throw failure;
  }

  /** Waits for the GPU. Waiting fails only when the device is disposed or lost meanwhile. */
  async #await<Result>(promise: Promise<Result>): Promise<Result> {
    try {
      return await promise;
    } catch (error) {
      this.#checkUsable();
      throw new DeviceLostError("webgpu", error instanceof Error ? error.message : String(error));
    }
  }
}

function bytesOf(shape: Shape, dtype: DType): number {
  return sizeOf(shape) * componentsPerElement(dtype) * BYTES_PER_NUMBER;
}

function callArray({ storage, shape, dtype }: Tensor): CallArray {
  return { buffer: (storage as WebGpuStorage).buffer, shape, dtype };
}

/** A copy, because Dawn makes a new object at every access. */
function plainLimits(limits: GPUSupportedLimits): GPUSupportedLimits {
  const plain: Record<string, number> = {};
  for (const name in limits) plain[name] = limits[name as keyof GPUSupportedLimits] as number;
  return plain as unknown as GPUSupportedLimits;
}

function hostValues(range: ArrayBuffer, dtype: DType): TypedArray {
  if (dtype === "float32" || dtype === "complex64") return new Float32Array(range.slice(0));
  if (dtype === "int32") return new Int32Array(range.slice(0));
  const words = new Uint32Array(range);
  return dtype === "bool" ? Uint8Array.from(words) : words.slice();
}
