import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidInputError, UnsupportedError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { workgroupsFor } from "./call.ts";
import type { WebGpuDevice } from "./device.ts";
import { affine, webGpuKernel, webGpuOpener } from "./test-kernels.ts";

const open = await webGpuOpener();

/** Sizes on both sides of the one up to which the host gets a buffer of its own rather than waiting for a batch. */
const SIZES = [3000, 2 ** 19];

const filled = (size: number, value: number) => new Uint32Array(size).fill(value);

describe.skipIf(!open)("the webgpu device", () => {
  let device: WebGpuDevice;
  beforeAll(async () => {
    device = await open!();
  });
  afterAll(() => device?.dispose());

  /** Applies the kernel again and again, freeing what lies between. */
  const repeat = (x: Tensor, times: number, options: { factor: number; offset: number }): Tensor =>
    device.scope(() => {
      let current = affine.run([x], options)[0];
      for (let step = 1; step < times; step++) {
        const next = affine.run([current], options)[0];
        current.dispose();
        current = next;
      }
      return current;
    });

  it("describes its adapter in plain data", () => {
    const { kind, name, details } = device.description;
    expect(kind).toBe("webgpu");
    expect(name).toMatch(/^webgpu: .+/);
    expect(structuredClone(details)).toEqual(details);
    expect(Object.keys(details)).toEqual(["adapter", "limits", "features"]);
  });

  it.each([
    Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45),
    Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31)),
    Uint32Array.of(0, 1, 2 ** 32 - 1),
    Uint8Array.of(0, 1, 1, 0, 1),
  ])("holds the values of a %o unchanged", async (values) => {
    using tensor = device.tensor(values);
    expect(await tensor.data()).toEqual(values);
  });

  it("refuses float64, which WebGPU does not have", () => {
    expect(() => device.tensor(new Float64Array(2))).toThrow(UnsupportedError);
    expect(device.defaultFloat).toBe("float32");
  });

  it("holds and computes with tensors of no elements", async () => {
    using empty = device.tensor(new Float32Array(0), [0, 3]);
    expect(await empty.data()).toEqual(new Float32Array(0));
    using none = device.tensor(new Uint32Array(0), [2, 0]);
    using result = affine.run([none], { factor: 2, offset: 1 })[0];
    expect(result.shape).toEqual([2, 0]);
    expect(await result.data()).toEqual(new Uint32Array(0));
  });

  it("keeps shared memory until its last reshaped tensor is disposed", async () => {
    const matrix = device.tensor(Uint32Array.of(1, 2, 3, 4), [2, 2]);
    using vector = matrix.reshape([4]);
    matrix.dispose();
    using other = device.tensor(Uint32Array.of(9, 9, 9, 9));
    expect([...(await vector.data())]).toEqual([1, 2, 3, 4]);
    expect([...(await other.data())]).toEqual([9, 9, 9, 9]);
  });

  it("runs 1000 dispatches in the order they were made", async () => {
    using x = device.tensor(Uint32Array.of(1, 2, 3));
    using result = repeat(x, 1000, { factor: 3, offset: 1 });
    let expected = Uint32Array.of(1, 2, 3);
    for (let step = 0; step < 1000; step++) expected = expected.map((value) => Math.imul(value, 3) + 1);
    expect(await result.data()).toEqual(expected);
  });

  it.each(SIZES)(
    "does not let new host values overtake recorded work that reads the old ones (%i elements)",
    async (size) => {
      const old = device.tensor(filled(size, 7));
      using result = affine.run([old], { factor: 1, offset: 0 })[0];
      old.dispose();
      using fresh = device.tensor(filled(size, 8));
      expect(new Set(await result.data())).toEqual(new Set([7]));
      expect(new Set(await fresh.data())).toEqual(new Set([8]));
    },
  );

  it.each(SIZES)("does not let recorded work overwrite host values that came later (%i elements)", async (size) => {
    using x = device.tensor(filled(size, 7));
    affine.run([x], { factor: 1, offset: 1 })[0].dispose();
    using fresh = device.tensor(filled(size, 1));
    expect(new Set(await fresh.data())).toEqual(new Set([1]));
  });

  it("reads the values of the moment it was asked, whatever is recorded afterwards", async () => {
    using x = device.tensor(filled(4, 1));
    using y = device.tensor(filled(4, 0));
    affine.runInto([x], [y], { factor: 2, offset: 0 });
    const before = y.data();
    affine.runInto([x], [y], { factor: 3, offset: 0 });
    const after = y.data();
    y.dispose();
    expect(await before).toEqual(filled(4, 2));
    expect(await after).toEqual(filled(4, 3));
  });

  it("lets a kernel write into its own input", async () => {
    using x = device.tensor(filled(5, 2));
    affine.runInto([x], [x], { factor: 5, offset: 1 });
    affine.runInto([x], [x], { factor: 5, offset: 1 });
    expect(await x.data()).toEqual(filled(5, 56));
  });

  it("gives kernels uploads, scratch memory and zeroes, in the order of their dispatches", async () => {
    const code = `
      @group(0) @binding(0) var<storage, read> addend: array<u32>;
      @group(0) @binding(1) var<storage, read_write> sum: array<u32>;
      @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) { sum[id.x] += addend[id.x]; }`;
    const steps = webGpuKernel("steps", ({ inputs: [x], outputs: [y], dispatch, scratch, upload, clear }) => {
      const sum = scratch(4 * x.size);
      const workgroups = [x.size] as const;
      clear(sum);
      dispatch({ code, bindings: [x, sum], workgroups });
      dispatch({ code, bindings: [upload(Uint32Array.of(10, 20, 30)), sum], workgroups });
      clear(y);
      dispatch({ code, bindings: [sum, y], workgroups });
      clear(sum);
      dispatch({ code, bindings: [sum, y], workgroups });
    });
    using x = device.tensor(Uint32Array.of(1, 2, 3));
    for (let round = 0; round < 3; round++) {
      using y = steps.run([x], undefined)[0];
      expect([...(await y.data())]).toEqual([11, 22, 33]);
    }
  });

  it("lets arrays of any length be read by vectors", async () => {
    const code = `
      @group(0) @binding(0) var<storage, read> x: array<vec4u>;
      @group(0) @binding(1) var<storage, read_write> y: array<vec4u>;
      @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = x[id.x] + 1; }`;
    const increment = webGpuKernel("increment", ({ inputs: [x], outputs: [y], dispatch }) =>
      dispatch({ code, bindings: [x, y], workgroups: [Math.ceil(x.size / 4)] }),
    );
    for (const size of [1, 3, 4, 5, 66]) {
      using x = device.tensor(filled(size, 1));
      using y = increment.run([x], undefined)[0];
      expect(await y.data()).toEqual(filled(size, 2));
    }
  });

  it("sends uniforms that together exceed any buffer for them", async () => {
    const length = 2 ** 14;
    const code = `
      struct Parameters { values: array<vec4u, ${length / 4}> }
      @group(0) @binding(0) var<storage, read_write> y: array<u32>;
      @group(0) @binding(1) var<uniform> parameters: Parameters;
      override step: u32;
      @compute @workgroup_size(1) fn main() { y[step] = parameters.values[${length / 4 - 1}].w; }`;
    const values = new Uint32Array(length);
    const large = webGpuKernel("large uniforms", ({ outputs: [y], dispatch }) => {
      for (let step = 0; step < y.size; step++) {
        values.fill(step * step);
        dispatch({ code, constants: { step }, bindings: [y], uniforms: values, workgroups: [1] });
      }
    });
    using x = device.tensor(new Uint32Array(6));
    using y = large.run([x], undefined)[0];
    expect([...(await y.data())]).toEqual([0, 1, 4, 9, 16, 25]);
  });

  it("binds arrays that the entry point does not use", async () => {
    const code = `
      @group(0) @binding(0) var<storage, read> x: array<u32>;
      @group(0) @binding(1) var<storage, read_write> y: array<u32>;
      @compute @workgroup_size(64) fn ones(@builtin(global_invocation_id) id: vec3u) { y[id.x] = 1; }`;
    const ones = webGpuKernel("ones", ({ inputs: [x], outputs: [y], dispatch }) =>
      dispatch({ code, entryPoint: "ones", bindings: [x, y], workgroups: workgroupsFor(y.size, 64) }),
    );
    using x = device.tensor(filled(3, 5));
    using y = ones.run([x], undefined)[0];
    expect([...(await y.data())]).toEqual([1, 1, 1]);
  });

  it("counts the bytes of live tensors, and none when all are disposed", async () => {
    const before = device.memory();
    const x = device.tensor(new Uint8Array(100));
    const y = device.tensor(new Uint32Array(50));
    const view = y.reshape([5, 10]);
    // A bool takes four bytes on a GPU.
    expect(device.memory()).toMatchObject({ tensors: before.tensors + 3, bytes: before.bytes + 600 });
    device.scope(() => repeat(y, 10, { factor: 1, offset: 1 }).dispose());
    expect(device.memory().bytes).toBe(before.bytes + 600);
    for (const tensor of [x, y, view]) tensor.dispose();
    await device.synchronize();
    expect(device.memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  });

  it("counts kernels, dispatches and uploaded bytes", () => {
    const before = device.work();
    using x = device.tensor(filled(2 ** 10, 1));
    repeat(x, 5, { factor: 3, offset: 1 }).dispose();
    const { kernels, dispatches, uploadedBytes } = device.work();
    expect(kernels - before.kernels).toBe(5);
    expect(dispatches - before.dispatches).toBe(5);
    expect(uploadedBytes - before.uploadedBytes).toBe(4 * 2 ** 10);
  });

  it("measures GPU time that grows with the work", async () => {
    using x = device.tensor(filled(2 ** 14, 1));
    const times = async (count: number) => {
      const { seconds, quantized } = await device.measureGpuTime(() =>
        repeat(x, count, { factor: 3, offset: 1 }).dispose(),
      );
      expect(quantized).toBe(false);
      return seconds;
    };
    // The least of several, since other programs can only make it longer.
    const few: number[] = [];
    for (let trial = 0; trial < 5; trial++) few.push(await times(5));
    expect(Math.min(...few)).toBeGreaterThan(0);
    // 100 times the work, in several submissions; a dispatch of a long batch may cost a fraction of one alone.
    expect(await times(500)).toBeGreaterThan(10 * Math.min(...few));
    expect(await device.measureGpuTime(() => {})).toEqual({ seconds: 0, quantized: false });
  });

  it("refuses to measure GPU time of asynchronous work and within a measurement", async () => {
    await expect(device.measureGpuTime((async () => {}) as () => void)).rejects.toThrow(InvalidInputError);
    let inner: Promise<unknown> | undefined;
    await device.measureGpuTime(() => {
      inner = device.measureGpuTime(() => {});
      inner.catch(() => {});
    });
    await expect(inner).rejects.toThrow(InvalidInputError);
  });
});
