import {
  componentsPerElement,
  type DType,
  dtypeOf,
  type FloatDType,
  fillElements,
  hostArray,
  isComplex,
  isFloat,
  partDType,
  type TypedArray,
} from "../dtype.ts";
import { DisposedError, InvalidInputError, UnsupportedError } from "../errors.ts";
import type { KernelDeclaration, TensorSpec } from "../kernel.ts";
import { checkShape, type Shape, sizeOf } from "../shape.ts";
import { type Storage, Tensor } from "../tensor.ts";

export type DeviceKind = "cpu" | "webgpu" | "tensorflow";

/** What a device is, for people and records; every value is plain data. */
export interface DeviceDescription {
  readonly kind: DeviceKind;
  /** One line: `"cpu: 2 threads, relaxed SIMD"`, `"webgpu: NVIDIA H100 (vulkan)"`. */
  readonly name: string;
  readonly dtypes: readonly DType[];
  /** Facts that matter for this kind: `simd`, `threads`; `adapter`, `limits`, `features`; `engine`, `version`. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a device holds at this moment. */
export interface DeviceMemory {
  /** Live tensors. */
  readonly tensors: number;
  /** Bytes of their storage; tensors that share storage count once. */
  readonly bytes: number;
  /** Largest `bytes` since the device was opened. */
  readonly peakBytes: number;
}

/** What a device has done since it was opened, counted: the same for the same program, whatever the machine. */
export interface DeviceWork {
  /** Kernels run. */
  readonly kernels: number;
  /** Shader dispatches; 0 on devices that have none. */
  readonly dispatches: number;
  /** Bytes copied to the device by `tensor`. */
  readonly uploadedBytes: number;
}

/** A place where tensors live and kernels run. Open one with `openDevice`. */
export abstract class Device implements AsyncDisposable {
  abstract readonly kind: DeviceKind;
  abstract readonly description: DeviceDescription;
  /** How many tensors a kernel can be called with, inputs and outputs together. */
  readonly tensorsPerCall: number = Number.POSITIVE_INFINITY;
  readonly #scopes: Set<Tensor>[] = [];
  #tensors = 0;
  #bytes = 0;
  #peakBytes = 0;
  #kernels = 0;
  #uploadedBytes = 0;
  #closed = false;

  /** The widest float this device computes in. */
  get defaultFloat(): FloatDType {
    return this.description.dtypes.includes("float64") ? "float64" : "float32";
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Copies host values to the device.
   * @param data a typed array (its kind decides the dtype unless `dtype` says otherwise) or plain numbers (`float32` unless `dtype` says otherwise). As `bool`, all but 0 is 1.
   *   For complex dtypes two numbers per element, the real part first.
   * @param shape extents; default: one axis of all elements.
   * @throws InvalidInputError when shape and length disagree; UnsupportedError when the device cannot hold the dtype; OutOfMemoryError.
   */
  tensor<D extends DType = DType>(data: TypedArray | readonly number[], shape?: Shape, dtype?: D): Tensor<D> {
    const given = Array.isArray(data) ? undefined : dtypeOf(data as TypedArray);
    const resolvedDtype = (dtype ?? given ?? "float32") as D;
    const components = componentsPerElement(resolvedDtype);
    const resolvedShape = shape ?? [data.length / components];
    checkShape(resolvedShape);
    if (sizeOf(resolvedShape) * components !== data.length)
      throw new InvalidInputError(
        "tensor: data",
        `${sizeOf(resolvedShape) * components} values for ${resolvedDtype} of shape [${resolvedShape}]`,
        data.length,
      );
    this.#checkOpen();
    this.#checkDtype(resolvedDtype);
    let values = data as TypedArray;
    if (resolvedDtype === "bool") values = Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
    else if (given !== (isComplex(resolvedDtype) ? partDType(resolvedDtype) : resolvedDtype)) {
      values = hostArray(resolvedDtype, data.length / components);
      values.set(data);
    }
    const storage = this.upload(values, resolvedDtype);
    this.#uploadedBytes += storage.bytes;
    return new Tensor(this, [...resolvedShape], resolvedDtype, storage);
  }

  /** A tensor with every element `value`, real where the dtype is complex. */
  full<D extends DType>(shape: Shape, value: number, dtype: D): Tensor<D> {
    checkShape(shape);
    this.#checkOpen();
    this.#checkDtype(dtype);
    return new Tensor(
      this,
      [...shape],
      dtype,
      this.filled(sizeOf(shape), dtype === "bool" ? Number(value !== 0) : value, dtype),
    );
  }

  zeros<D extends DType>(shape: Shape, dtype: D): Tensor<D> {
    return this.full(shape, 0, dtype);
  }

  /**
   * Runs `body` and frees every tensor made in it except those it returns (alone, or in arrays and plain objects).
   * If it throws, all are freed. `body` must be synchronous: await outside of scopes.
   * @throws InvalidInputError when `body` returns a promise.
   */
  scope<Result>(body: () => Result): Result {
    const made = new Set<Tensor>();
    this.#scopes.push(made);
    let result: Result;
    try {
      result = body();
      if (result instanceof Promise) {
        result.catch(() => {});
        throw new InvalidInputError("scope: body", "a synchronous function (await outside of scopes)", "a promise");
      }
    } catch (error) {
      this.#scopes.pop();
      for (const tensor of made) tensor.dispose();
      throw error;
    }
    this.#scopes.pop();
    const kept = new Set<Tensor>();
    collectTensors(result, kept);
    const outer = this.#scopes.at(-1);
    for (const tensor of made) {
      if (!kept.has(tensor)) tensor.dispose();
      else outer?.add(tensor);
    }
    return result;
  }

  memory(): DeviceMemory {
    return { tensors: this.#tensors, bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  work(): DeviceWork {
    return { kernels: this.#kernels, dispatches: 0, uploadedBytes: this.#uploadedBytes };
  }

  /** Resolves when all queued work is done. */
  abstract synchronize(): Promise<void>;

  /** Frees everything the device holds. Tensors of a closed device are unusable. */
  async dispose(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  // What follows is for tensors, kernels and device implementations.

  /** Allocates outputs and runs the kernel's implementation for this device. Inputs have been checked. */
  runKernel<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly TensorSpec[],
    options: Options,
  ): Tensor[] {
    this.#checkOpen();
    for (const output of outputs) this.#checkDtype(output.dtype);
    this.#kernels++;
    return this.execute(kernel, inputs, outputs, options);
  }

  runKernelInto<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    options: Options,
  ): void {
    this.#checkOpen();
    this.#kernels++;
    this.executeInto(kernel, inputs, outputs, options);
  }

  trackTensor(tensor: Tensor): void {
    this.#tensors++;
    if (tensor.storage.references === 1) {
      this.#bytes += tensor.storage.bytes;
      this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    }
    this.#scopes.at(-1)?.add(tensor);
  }

  untrackTensor(tensor: Tensor): void {
    this.#tensors--;
    this.releaseFromScopes(tensor);
  }

  /** Takes a tensor out of the scopes it was made in: whoever calls this disposes it. */
  releaseFromScopes(tensor: Tensor): void {
    for (const scope of this.#scopes) scope.delete(tensor);
  }

  /** Called when the last tensor of a storage is disposed. */
  free(storage: Storage): void {
    this.#bytes -= storage.bytes;
    if (!this.#closed) this.release(storage);
  }

  /** Copies the values of a live tensor to the host. */
  abstract read(tensor: Tensor): Promise<TypedArray>;
  /** Copies host values of exactly this dtype into new storage. */
  protected abstract upload(values: TypedArray, dtype: DType): Storage;
  /** Storage of `size` elements, all the same. */
  protected filled(size: number, value: number, dtype: DType): Storage {
    return this.upload(fillElements(hostArray(dtype, size), value, dtype), dtype);
  }
  protected abstract release(storage: Storage): void;
  protected abstract close(): Promise<void>;
  protected abstract execute<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly TensorSpec[],
    options: Options,
  ): Tensor[];
  protected abstract executeInto<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    options: Options,
  ): void;

  #checkOpen(): void {
    if (this.#closed) throw new DisposedError(`device "${this.kind}"`);
  }

  #checkDtype(dtype: DType): void {
    if (this.description.dtypes.includes(dtype)) return;
    const instead = isFloat(dtype)
      ? ` (use ${this.defaultFloat}, or the cpu device)`
      : isComplex(dtype)
        ? " (use the cpu device)"
        : "";
    throw new UnsupportedError(this.kind, `dtype ${dtype}`, `it holds ${this.description.dtypes.join(", ")}${instead}`);
  }
}

function collectTensors(value: unknown, found: Set<Tensor>): void {
  if (value instanceof Tensor) found.add(value);
  else if (Array.isArray(value)) for (const item of value) collectTensors(item, found);
  else if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) collectTensors(item, found);
}
