import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { DeviceLostError, DisposedError, OutOfMemoryError, UnsupportedError } from "../../errors.ts";
import { WebGpuDevice } from "./device.ts";
import { affine, misspelt, webGpuKernel, webGpuOpener } from "./test-kernels.ts";

const open = await webGpuOpener();
const twice = { factor: 2, offset: 0 };

describe.skipIf(!open)("a webgpu device whose work fails", () => {
  let device: WebGpuDevice;
  beforeAll(async () => {
    device = await open!();
  });
  afterAll(() => device?.dispose());

  it("throws what the WGSL compiler said, with the kernel's name and the line, at the next read", async () => {
    using x = device.tensor(Uint32Array.of(1, 2));
    using y = misspelt.run([x], undefined)[0];
    await expect(y.data()).rejects.toThrow(
      /^misspelt: its WGSL was refused: line 4:\d+: .*'xs'.*\n {2}@compute.*xs\[0\]/,
    );
  });

  it("throws at the next synchronize too, and at the next read of another tensor", async () => {
    const broken = (name: string) =>
      webGpuKernel(name, ({ outputs: [y], dispatch }) =>
        dispatch({ code: `${name} is no WGSL`, bindings: [y], workgroups: [1] }),
      );
    using x = device.tensor(Uint32Array.of(1, 2));
    broken("first").run([x], undefined)[0].dispose();
    await expect(device.synchronize()).rejects.toThrow("first: its WGSL was refused");
    broken("second").run([x], undefined)[0].dispose();
    await expect(x.data()).rejects.toThrow("second: its WGSL was refused");
    expect(await x.data()).toEqual(Uint32Array.of(1, 2));
  });

  it("never gives out what failed work has written, but goes on working with the rest", async () => {
    const fresh = webGpuKernel("fresh", ({ inputs: [x], outputs: [y], dispatch }) =>
      dispatch({ code: "nonsense", bindings: [x, y], workgroups: [1] }),
    );
    using x = device.tensor(Uint32Array.of(1, 2));
    using good = affine.run([x], twice)[0];
    await device.synchronize();
    using lost = affine.run([x], twice)[0];
    using failed = fresh.run([x], undefined)[0];
    using dependent = affine.run([failed], twice)[0];
    await expect(device.synchronize()).rejects.toThrow("fresh");
    for (const tensor of [lost, failed, dependent]) {
      await expect(tensor.data()).rejects.toThrow("fresh");
      expect(() => affine.run([tensor], twice)).toThrow("fresh");
    }
    expect(() => fresh.run([x], undefined)).toThrow("fresh");
    using later = affine.run([good], twice)[0];
    expect([...(await later.data())]).toEqual([4, 8]);
    affine.runInto([x], [lost], twice);
    expect([...(await lost.data())]).toEqual([2, 4]);
  });

  it("names the kernel when a dispatch does not fit its shader", async () => {
    const unbound = webGpuKernel("unbound", ({ outputs: [y], dispatch }) =>
      dispatch({
        code: `
          @group(0) @binding(0) var<storage, read_write> y: array<u32>;
          @group(0) @binding(1) var<storage, read> missing: array<u32>;
          @compute @workgroup_size(1) fn main() { y[0] = missing[0]; }`,
        bindings: [y],
        workgroups: [1],
      }),
    );
    using x = device.tensor(Uint32Array.of(1));
    using y = unbound.run([x], undefined)[0];
    await expect(y.data()).rejects.toThrow(/unbound/);
  });

  it("refuses, before anything is recorded, what exceeds the adapter's limits", async () => {
    const limits = device.description.details.limits as Record<string, number>;
    const exceeding = [
      webGpuKernel("many groups", ({ inputs: [x], dispatch }) =>
        dispatch({ code: "", bindings: [x], workgroups: [1, 65536] }),
      ),
      webGpuKernel("half groups", ({ inputs: [x], dispatch }) =>
        dispatch({ code: "", bindings: [x], workgroups: [0.5] }),
      ),
      webGpuKernel("many arrays", ({ inputs: [x], dispatch }) => {
        const bindings = Array.from({ length: limits.maxStorageBuffersPerShaderStage + 1 }, () => x);
        dispatch({ code: "", bindings, workgroups: [1] });
      }),
      webGpuKernel("long uniforms", ({ inputs: [x], dispatch }) =>
        dispatch({ code: "", bindings: [x], uniforms: new Uint8Array(65537), workgroups: [1] }),
      ),
    ];
    using x = device.tensor(Uint32Array.of(5));
    const before = device.memory();
    for (const kernel of exceeding) {
      expect(() => kernel.run([x], undefined)).toThrow(UnsupportedError);
      expect(() => kernel.run([x], undefined)).toThrow(kernel.name);
    }
    expect(device.memory()).toEqual(before);
    expect(await x.data()).toEqual(Uint32Array.of(5));
  });

  it("refuses arrays larger than any buffer", () => {
    const limits = device.description.details.limits as Record<string, number>;
    const size = limits.maxStorageBufferBindingSize / 4 + 1;
    const large = webGpuKernel(
      "large",
      () => {},
      () => [{ shape: [size], dtype: "float32" }],
    );
    using x = device.tensor(Uint32Array.of(5));
    const before = device.memory();
    expect(() => large.run([x], undefined)).toThrow(OutOfMemoryError);
    expect(device.memory()).toEqual(before);
  });

  it("records nothing of a kernel that throws", async () => {
    const half = webGpuKernel("half", ({ outputs: [y], clear }) => {
      clear(y);
      throw new Error("half way");
    });
    using x = device.tensor(Uint32Array.of(5));
    expect(() => half.runInto([x], [x], undefined)).toThrow("half way");
    expect(await x.data()).toEqual(Uint32Array.of(5));
  });

  it("refuses to be used once disposed, and ends reads under way", async () => {
    const closing = await open!();
    const x = closing.tensor(Uint32Array.of(1));
    const reading = x.data();
    await Promise.all([closing.dispose(), expect(reading).rejects.toThrow(DisposedError)]);
    await expect(x.data()).rejects.toThrow(DisposedError);
    await expect(closing.synchronize()).rejects.toThrow(DisposedError);
    expect(() => affine.run([x], twice)).toThrow(DisposedError);
    x.dispose();
  });
});

describe.skipIf(!open)("a webgpu device on hardware that fails", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  /** Dawn behind `navigator.gpu`, as in a browser, perhaps without a feature; hands out the raw device. */
  async function openRaw(
    options: readonly string[] = [],
    withoutFeature?: string,
  ): Promise<{ device: WebGpuDevice; raw: GPUDevice }> {
    const name = "webgpu";
    const gpu: GPU = (await import(name)).create(options);
    let raw: GPUDevice | undefined;
    const requestAdapter = async (adapterOptions?: GPURequestAdapterOptions) => {
      const adapter = (await gpu.requestAdapter(adapterOptions))!;
      const requestDevice = async (descriptor?: GPUDeviceDescriptor) => (raw = await adapter.requestDevice(descriptor));
      const features = new Set(adapter.features as ReadonlySet<string>);
      if (withoutFeature) features.delete(withoutFeature);
      return { features, limits: adapter.limits, info: adapter.info, requestDevice };
    };
    vi.stubGlobal("navigator", { gpu: { requestAdapter } });
    const device = await WebGpuDevice.open();
    return { device, raw: raw! };
  }

  it("says that it is lost, in reads under way and whenever it is used afterwards", async () => {
    const { device, raw } = await openRaw();
    using x = device.tensor(Uint32Array.of(1));
    const reading = x.data();
    raw.destroy();
    await expect(reading).rejects.toThrow(DeviceLostError);
    await raw.lost;
    await expect(x.data()).rejects.toThrow(DeviceLostError);
    await expect(device.synchronize()).rejects.toThrow(DeviceLostError);
    expect(() => affine.run([x], twice)).toThrow(DeviceLostError);
    expect(() => device.tensor([1])).toThrow(DeviceLostError);
    await device.dispose();
  });

  it("throws an OutOfMemoryError for tensors that found no room, and goes on working", async () => {
    const { device, raw } = await openRaw();
    using x = device.tensor(Uint32Array.of(1));
    // A driver without room makes an invalid buffer and reports it to the scope; a usage that cannot be makes the buffer invalid here.
    const withoutRoom = (descriptor: GPUBufferDescriptor): GPUBuffer => {
      raw.pushErrorScope("validation");
      const invalid = Object.getPrototypeOf(raw).createBuffer.call(raw, { ...descriptor, usage: 0xffff });
      void raw.popErrorScope();
      vi.spyOn(raw, "popErrorScope").mockResolvedValueOnce({ message: "no room" });
      return invalid;
    };
    device.tensor(new Uint32Array(100)).dispose();
    const destroy = vi.spyOn(Object.getPrototypeOf(raw.createBuffer({ size: 16, usage: 0x80 })), "destroy");
    const createBuffer = vi.spyOn(raw, "createBuffer").mockImplementationOnce(withoutRoom);
    using large = device.tensor(new Uint32Array(2 ** 16));
    expect(createBuffer).toHaveBeenCalledOnce();
    await expect(device.synchronize()).rejects.toThrow(OutOfMemoryError);
    // What the pool had spared is given back for the next attempt.
    expect(destroy).toHaveBeenCalledOnce();
    await expect(large.data()).rejects.toThrow(/no room for 262144 bytes/);
    expect(() => affine.run([large], twice)).toThrow(OutOfMemoryError);
    using y = affine.run([x], twice)[0];
    expect([...(await y.data())]).toEqual([2]);
    await device.dispose();
  });

  it("reuses buffers instead of creating them", async () => {
    const { device, raw } = await openRaw();
    using x = device.tensor(new Uint32Array(1000));
    const createBuffer = vi.spyOn(raw, "createBuffer");
    for (let round = 0; round < 300; round++) affine.run([x], twice)[0].dispose();
    await x.data();
    await x.data();
    // One for the results and one to read from.
    expect(createBuffer).toHaveBeenCalledTimes(2);
    await device.dispose();
  });

  it("gives back memory when it holds half again as much as was ever in use", async () => {
    const { device, raw } = await openRaw();
    using x = device.tensor(new Uint32Array(1));
    const createBuffer = vi.spyOn(raw, "createBuffer");
    const destroy = vi.spyOn(Object.getPrototypeOf(raw.createBuffer({ size: 16, usage: 0x80 })), "destroy");
    const largest = 90 * 2 ** 20;
    for (let bytes = 40 * 2 ** 20; bytes <= largest; bytes += 10 * 2 ** 20) {
      const infer = () => [{ shape: [bytes / 4], dtype: "float32" }] as const;
      webGpuKernel("unwritten", () => {}, infer)
        .run([x], undefined)[0]
        .dispose();
    }
    const created = createBuffer.mock.calls.reduce((sum, [{ size }]) => sum + size, 0);
    const destroyed = destroy.mock.contexts.reduce((sum: number, buffer) => sum + (buffer as GPUBuffer).size, 0);
    expect(created - destroyed).toBeGreaterThan(largest);
    // A quarter more than the bytes in use because of the sizes that buffers come in, and 64 MiB that are always spared.
    expect(created - destroyed).toBeLessThan(1.25 * 1.5 * largest + 2 ** 26);
    await device.dispose();
  });

  it("refuses to measure GPU time where the adapter has no timestamps", async () => {
    const { device } = await openRaw([], "timestamp-query");
    await expect(device.measureGpuTime(() => {})).rejects.toThrow(UnsupportedError);
    await device.dispose();
  });

  it("notices a clock that counts in coarse steps", async () => {
    const { device } = await openRaw(["enable-dawn-features=allow_unsafe_apis"]);
    using x = device.tensor(new Uint32Array(1000));
    const { quantized } = await device.measureGpuTime(() => affine.run([x], twice)[0].dispose());
    expect(quantized).toBe(true);
    await device.dispose();
  });
});
