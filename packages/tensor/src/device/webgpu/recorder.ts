import { type PooledBuffer, USAGE } from "./buffers.ts";
import type { GpuTimer } from "./gpu-timer.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Timeline } from "./timeline.ts";

/**
 * A batch is submitted after this many dispatches: submitting costs about 20 µs, a dispatch 4 µs (Dawn on Vulkan), so that the GPU starts early and
 * submitting stays below a tenth of the work.
 */
const DISPATCHES_PER_BATCH = 64;

/** … or when its dispatches have this many bytes bound, some 0.1 ms of a fast GPU's time. */
const BYTES_PER_BATCH = 2 ** 28;

/** Room for the uniforms of a batch; one dispatch may have 2^16 bytes. */
const UNIFORM_BYTES = 2 ** 17;

/** Bind groups kept; creating one costs three times as much as everything else about a dispatch. */
const BIND_GROUPS_KEPT = 4096;

/** WebGPU's smallest uniform struct alignment, and the size of a vec4 of storage. */
const BINDING_ALIGNMENT = 16;

/** A dispatch that has been checked. */
export interface Dispatch {
  readonly pipeline: Pipeline;
  readonly buffers: readonly PooledBuffer[];
  readonly uniforms: Uint8Array | undefined;
  readonly workgroups: readonly [number, number, number];
}

/**
 * Records work into one command encoder, and into one compute pass as long as no copy comes between, and submits it batch by batch. All uniforms of a batch
 * lie in one buffer, found by dynamic offset, so that bind groups can be kept (measured: 4 µs a dispatch; 17 µs with a bind group or uniform buffer each).
 */
export class Recorder {
  readonly #device: GPUDevice;
  readonly #timeline: Timeline;
  readonly #uniformBuffer: GPUBuffer;
  readonly #uniforms = new Uint8Array(UNIFORM_BYTES);
  readonly #uniformStride: number;
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #pipeline: Pipeline | undefined;
  #uniformBytes = 0;
  #dispatches = 0;
  #dispatchesSoFar = 0;
  #boundBytes = 0;
  #timer: GpuTimer | undefined;

  constructor(device: GPUDevice, timeline: Timeline) {
    this.#device = device;
    this.#timeline = timeline;
    this.#uniformStride = device.limits.minUniformBufferOffsetAlignment;
    const usage = USAGE.uniform | USAGE.copyDestination;
    this.#uniformBuffer = device.createBuffer({ size: UNIFORM_BYTES, usage });
  }

  dispatch(dispatch: Dispatch): void {
    const { pipeline, buffers, uniforms, workgroups } = dispatch;
    if (uniforms && this.#uniformBytes + uniforms.length > UNIFORM_BYTES) this.submit();
    const pass = this.#openPass();
    if (pipeline !== this.#pipeline) pass.setPipeline((this.#pipeline = pipeline).gpu);
    const group = this.#bindGroup(dispatch);
    if (uniforms) {
      this.#uniforms.set(uniforms, this.#uniformBytes);
      pass.setBindGroup(0, group, [this.#uniformBytes]);
      this.#uniformBytes += Math.ceil(uniforms.length / this.#uniformStride) * this.#uniformStride;
    } else pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...workgroups);
    this.#dispatchesSoFar++;
    for (const buffer of buffers) {
      this.#boundBytes += buffer.bytes;
      this.#touch(buffer);
    }
    if (++this.#dispatches === DISPATCHES_PER_BATCH || this.#boundBytes >= BYTES_PER_BATCH) this.submit();
  }

  clear(buffer: PooledBuffer): void {
    this.#openEncoder().clearBuffer(buffer.gpu);
    this.#touch(buffer);
  }

  copy(source: PooledBuffer, target: PooledBuffer, bytes: number): void {
    this.#openEncoder().copyBufferToBuffer(source.gpu, 0, target.gpu, 0, bytes);
    this.#touch(source);
    this.#touch(target);
  }

  /** Dispatches recorded since the device was opened. */
  get dispatchesSoFar(): number {
    return this.#dispatchesSoFar;
  }

  /** Sends what has been recorded to the GPU. */
  submit(): void {
    if (!this.#encoder) return;
    this.#endPass();
    this.#timer?.endBatch(this.#encoder);
    const { queue } = this.#device;
    if (this.#uniformBytes > 0) queue.writeBuffer(this.#uniformBuffer, 0, this.#uniforms, 0, this.#uniformBytes);
    queue.submit([this.#encoder.finish()]);
    const scope = this.#device.popErrorScope();
    this.#timeline.watch(scope.then((error) => error && new Error(`the GPU refused recorded work: ${error.message}`)));
    this.#timeline.nextBatch();
    this.#encoder = undefined;
    this.#uniformBytes = 0;
    this.#dispatches = 0;
    this.#boundBytes = 0;
  }

  /** Times the passes recorded from here on, until called without a timer. */
  time(timer?: GpuTimer): void {
    this.submit();
    this.#timer = timer;
  }

  get timing(): boolean {
    return this.#timer !== undefined;
  }

  #openEncoder(): GPUCommandEncoder {
    this.#endPass();
    return this.#encode();
  }

  #openPass(): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    if (this.#timer?.full) this.submit();
    const encoder = this.#encode();
    this.#pipeline = undefined;
    this.#pass = encoder.beginComputePass(this.#timer ? { timestampWrites: this.#timer.timePass() } : undefined);
    return this.#pass;
  }

  #encode(): GPUCommandEncoder {
    if (!this.#encoder) {
      this.#device.pushErrorScope("validation");
      this.#encoder = this.#device.createCommandEncoder();
    }
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #touch(buffer: PooledBuffer): void {
    buffer.lastBatch = this.#timeline.batch;
  }

  #bindGroup({ pipeline: { layout }, buffers, uniforms }: Dispatch): GPUBindGroup {
    let key = layout.key;
    for (const { id, bytes } of buffers) key += ` ${id}:${bytes}`;
    if (uniforms) key += ` ${uniforms.length}`;
    let group = this.#bindGroups.get(key);
    if (!group) {
      if (this.#bindGroups.size === BIND_GROUPS_KEPT) this.#bindGroups.clear();
      const resources: GPUBufferBinding[] = buffers.map(({ gpu, bytes }) => ({ buffer: gpu, size: boundSize(bytes) }));
      if (uniforms) resources.push({ buffer: this.#uniformBuffer, size: uniforms.length });
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      group = this.#device.createBindGroup({ layout: layout.gpu, entries });
      this.#bindGroups.set(key, group);
    }
    return group;
  }
}

/** Whole vec4s, at least one: so that shaders may read arrays of any length by vectors. */
function boundSize(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BINDING_ALIGNMENT)) * BINDING_ALIGNMENT;
}
