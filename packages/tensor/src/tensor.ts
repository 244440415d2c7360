import type { Device } from "./device/device.ts";
import { apply, type Primitive, type TraceLink } from "./differentiation/primitive.ts";
import { type DType, isComplex, type TypedArrays } from "./dtype.ts";
import { DisposedError, InvalidInputError, UnsupportedError } from "./errors.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";

/** Device memory that one or more tensors share; freed with the last of them. */
export interface Storage {
  references: number;
  readonly bytes: number;
}

/**
 * An n-dimensional array on a device: row-major, contiguous, immutable in shape and dtype.
 * Release it with `dispose()`, `using`, or by making it inside `device.scope`.
 */
export class Tensor<D extends DType = DType> implements Disposable {
  readonly device: Device;
  readonly shape: Shape;
  readonly dtype: D;
  /** Number of elements. */
  readonly size: number;
  /** Device memory behind the tensor; for kernels and devices only. */
  readonly storage: Storage;
  /** The transformation (gradient, tangent, jet) this value takes part in; undefined for plain values. */
  readonly link: TraceLink | undefined;
  #disposed = false;

  /** Made by devices; use `device.tensor`, `device.zeros` or an operation. */
  constructor(device: Device, shape: Shape, dtype: D, storage: Storage, link?: TraceLink) {
    this.device = device;
    this.shape = shape;
    this.dtype = dtype;
    this.size = sizeOf(shape);
    this.storage = storage;
    this.link = link;
    storage.references++;
    link?.retain();
    device.trackTensor(this);
  }

  get rank(): number {
    return this.shape.length;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * Copies the values to the host, after all queued work they depend on.
   * @throws DisposedError; UnsupportedError inside of vmap, where there is no single value.
   */
  async data(): Promise<TypedArrays[D]> {
    if (this.#disposed) throw new DisposedError(`data: the tensor of shape [${this.shape}]`);
    for (let { link } = this as { link: TraceLink | undefined }; link; link = link.primal.link)
      if (link.hidesValues) throw new UnsupportedError("vmap", "reading values", "it has one for each example");
    return (await this.device.read(this)) as TypedArrays[D];
  }

  /** The single value of a real one-element tensor. @throws InvalidInputError when it has another size, or is complex. */
  async item(): Promise<number> {
    if (this.size !== 1 || isComplex(this.dtype))
      throw new InvalidInputError("item", "a real tensor of one element", `${this.dtype} [${this.shape}]`);
    return (await this.data())[0];
  }

  /** The same values under another shape of the same size, without a copy; one extent may be −1. @throws InvalidInputError, DisposedError. */
  reshape(shape: Shape): Tensor<D> {
    if (this.#disposed) throw new DisposedError(`reshape: the tensor of shape [${this.shape}]`);
    const open = shape.indexOf(-1);
    const resolved = [...shape];
    if (open >= 0) {
      const rest = sizeOf(resolved.filter((_, axis) => axis !== open));
      resolved[open] = rest === 0 ? 0 : this.size / rest;
    }
    if (!resolved.every(Number.isInteger) || sizeOf(resolved) !== this.size)
      throw new InvalidInputError("reshape: shape", `a shape of ${this.size} elements`, shape);
    checkShape(resolved);
    return apply(reshapePrimitive, [this], resolved)[0] as Tensor<D>;
  }

  /** A second handle of the same value, to be disposed on its own. */
  alias(link: TraceLink | undefined = this.link): Tensor<D> {
    if (this.#disposed) throw new DisposedError(`the tensor of shape [${this.shape}]`);
    return new Tensor(this.device, this.shape, this.dtype, this.storage, link);
  }

  /** Frees the memory once no reshaped tensor shares it. Disposing twice is harmless. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.device.untrackTensor(this);
    this.link?.release();
    if (--this.storage.references === 0) this.device.free(this.storage);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const reshapePrimitive: Primitive<Shape> = {
  name: "reshape",
  evaluate: ([x], shape) => [new Tensor(x.device, shape, x.dtype, x.storage)],
  batch: ({ inputs: [x], count, options }) => [x.reshape([count, ...options])],
  derivatives: { structure: "linear", reverse: ([cotangent], { inputs: [x] }) => [cotangent!.reshape(x.shape)] },
};
