import { defineKernel, type Kernel, type TensorSpec, type WebGpuImplementation } from "../../kernel.ts";
import { testDevices } from "../../testing/devices.ts";
import { workgroupsFor } from "./call.ts";
import { WebGpuDevice } from "./device.ts";

/** Opens the WebGPU device that kernels are tested on; undefined where there is none. */
export async function webGpuOpener(): Promise<(() => Promise<WebGpuDevice>) | undefined> {
  const found = (await testDevices()).some(({ label }) => label === "webgpu");
  return found ? () => WebGpuDevice.open() : undefined;
}

/** A kernel for webgpu alone; its outputs are like its first input unless `infer` says otherwise. */
export function webGpuKernel<Options = undefined>(
  name: string,
  run: WebGpuImplementation<Options>["run"],
  infer: (inputs: readonly TensorSpec[]) => readonly TensorSpec[] = ([x]) => [x],
): Kernel<Options> {
  const onlyWebGpu = (): never => {
    throw new Error(`${name} is for tests of the webgpu device`);
  };
  return defineKernel<Options>({
    name,
    summary: "For tests of the webgpu device.",
    infer,
    cost: () => ({ flops: 0, bytes: 0 }),
    reference: onlyWebGpu,
    cpu: { module: { name, relaxedSimd: "", simd: "" }, run: onlyWebGpu },
    webgpu: { run },
    tensorflow: "for tests of the webgpu device",
    cases: () => [],
    randomCase: onlyWebGpu,
    tolerance: () => ({ relative: 0, absolute: 0 }),
  });
}

const AFFINE = `
  struct Parameters { size: u32, factor: u32, offset: u32 }
  @group(0) @binding(0) var<storage, read> x: array<u32>;
  @group(0) @binding(1) var<storage, read_write> y: array<u32>;
  @group(0) @binding(2) var<uniform> parameters: Parameters;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let index = id.x + id.y * groups.x * 64;
    if (index < parameters.size) { y[index] = x[index] * parameters.factor + parameters.offset; }
  }`;

/** y = x · factor + offset, modulo 2^32. */
export const affine = webGpuKernel<{ readonly factor: number; readonly offset: number }>(
  "affine",
  ({ inputs: [x], outputs: [y], dispatch }, { factor, offset }) =>
    dispatch({
      code: AFFINE,
      bindings: [x, y],
      uniforms: Uint32Array.of(x.size, factor, offset),
      workgroups: workgroupsFor(x.size, 64),
    }),
);

/** A kernel whose WGSL has an unknown name in its last line. */
export const misspelt = webGpuKernel("misspelt", ({ inputs: [x], outputs: [y], dispatch }) =>
  dispatch({
    code: `
      @group(0) @binding(0) var<storage, read> x: array<u32>;
      @group(0) @binding(1) var<storage, read_write> y: array<u32>;
      @compute @workgroup_size(64) fn main() { y[0] = xs[0]; }`,
    bindings: [x, y],
    workgroups: [1],
  }),
);
