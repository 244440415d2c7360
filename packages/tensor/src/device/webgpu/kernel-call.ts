import type { DType } from "../../dtype.ts";
import { UnsupportedError } from "../../errors.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { BufferPool, PooledBuffer } from "./buffers.ts";
import type { WebGpuArray, WebGpuCall, WebGpuDispatch } from "./call.ts";
import type { Pipelines } from "./pipelines.ts";
import type { Recorder } from "./recorder.ts";
import type { Timeline } from "./timeline.ts";

/** Uniform structs end on multiples of this. */
const UNIFORM_ALIGNMENT = 16;

/** What a call works with; one per device. */
export interface CallContext {
  readonly device: GPUDevice;
  readonly limits: GPUSupportedLimits;
  readonly features: ReadonlySet<string>;
  readonly timeline: Timeline;
  readonly buffers: BufferPool;
  readonly pipelines: Pipelines;
  readonly recorder: Recorder;
}

/** An input or output of a call. */
export interface CallArray {
  readonly buffer: PooledBuffer;
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * Runs a kernel's webgpu implementation. Its work is recorded when it has returned, so that a call that throws records nothing.
 * @throws UnsupportedError when a dispatch exceeds the adapter's limits; OutOfMemoryError.
 */
export function runCall(
  context: CallContext,
  kernelName: string,
  inputs: readonly CallArray[],
  outputs: readonly CallArray[],
  implementation: (call: WebGpuCall) => void,
): void {
  const { device, limits, features, timeline, buffers, pipelines, recorder } = context;
  const scratch: PooledBuffer[] = [];
  const work: (() => void)[] = [];
  const own = (buffer: PooledBuffer): PooledBuffer => {
    scratch.push(buffer);
    return buffer;
  };
  /** An input that is also an output is read from a copy: WebGPU forbids reading and writing one buffer in a dispatch. */
  const unaliased = (input: CallArray): CallArray => {
    if (!outputs.some(({ buffer }) => buffer === input.buffer)) return input;
    const { bytes } = input.buffer;
    const copy = own(buffers.acquire(bytes));
    if (bytes > 0) work.push(() => recorder.copy(input.buffer, copy, bytes));
    return { ...input, buffer: copy };
  };
  try {
    const call: WebGpuCall = {
      inputs: inputs.map((input) => webGpuArray(unaliased(input))),
      outputs: outputs.map(webGpuArray),
      limits,
      features,
      dispatch(dispatch) {
        const label = dispatch.label ?? kernelName;
        const workgroups = checkedWorkgroups(label, dispatch, limits);
        if (workgroups.includes(0)) return;
        const bound = dispatch.bindings.map((binding) => buffers.ownerOf(bufferOf(binding)));
        const uniforms = dispatch.uniforms && paddedCopy(dispatch.uniforms, UNIFORM_ALIGNMENT);
        checkBindings(label, bound.length, uniforms?.length ?? 0, limits);
        const pipeline = pipelines.get(label, dispatch);
        work.push(() => recorder.dispatch({ pipeline, buffers: bound, uniforms, workgroups }));
      },
      scratch: (bytes) => own(buffers.acquire(bytes)).gpu,
      upload(values) {
        const data = paddedCopy(values, Uint32Array.BYTES_PER_ELEMENT);
        const buffer = own(buffers.acquireForHost(data.length, () => recorder.submit()));
        device.queue.writeBuffer(buffer.gpu, 0, data);
        return buffer.gpu;
      },
      clear(array) {
        const buffer = buffers.ownerOf(bufferOf(array));
        work.push(() => recorder.clear(buffer));
      },
    };
    implementation(call);
    for (const record of work) record();
    for (const { buffer } of outputs) buffer.lastWrite = timeline.nextWrite();
  } finally {
    for (const buffer of scratch) buffers.release(buffer);
  }
}

function webGpuArray({ buffer, shape, dtype }: CallArray): WebGpuArray {
  return { buffer: buffer.gpu, shape, size: sizeOf(shape), dtype };
}

function bufferOf(binding: WebGpuArray | GPUBuffer): GPUBuffer {
  return "buffer" in binding ? binding.buffer : binding;
}

/** A copy, since a kernel may fill one array again and again; as long as WebGPU wants it. */
function paddedCopy(values: ArrayBufferView, alignment: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(Math.ceil(values.byteLength / alignment) * alignment);
  copy.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return copy;
}

function checkedWorkgroups(
  label: string,
  dispatch: WebGpuDispatch,
  limits: GPUSupportedLimits,
): [number, number, number] {
  const [x, y = 1, z = 1] = dispatch.workgroups;
  const largest = limits.maxComputeWorkgroupsPerDimension;
  for (const count of [x, y, z])
    if (!Number.isInteger(count) || count < 0 || count > largest)
      throw new UnsupportedError(
        "webgpu",
        `${label} with ${x} × ${y} × ${z} workgroups`,
        `each must be an integer ≤ ${largest}`,
      );
  return [x, y, z];
}

function checkBindings(label: string, buffers: number, uniformBytes: number, limits: GPUSupportedLimits): void {
  const { maxStorageBuffersPerShaderStage, maxUniformBufferBindingSize } = limits;
  if (buffers > maxStorageBuffersPerShaderStage)
    throw new UnsupportedError(
      "webgpu",
      `${label} with ${buffers} arrays`,
      `a shader of this adapter binds at most ${maxStorageBuffersPerShaderStage}`,
    );
  if (uniformBytes > maxUniformBufferBindingSize)
    throw new UnsupportedError(
      "webgpu",
      `${label} with ${uniformBytes} bytes of uniforms`,
      `a shader of this adapter takes at most ${maxUniformBufferBindingSize}`,
    );
}
