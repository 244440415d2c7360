import {
  convolutionDirectShader,
  convolutionSlicesShader,
  convolutionSumsShader,
  convolutionTilesShader,
} from "#kernels/convolution";
import { type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { type ConvolutionGeometry, type ConvolutionKernelOptions, convolutionGeometry } from "./geometry.ts";
import { coversAll, forwardSums, inputGradientSums, type WindowSums } from "./sums.ts";

/** Extent of a tile, as in tiles.wgsl. */
const TILE = 64;

/** Invocations of the other shaders' workgroups. */
const WORKGROUP_SIZE = 64;

/** Up to this many channels in a group, a tile would be mostly empty. */
const DIRECT_OUTPUTS = 4;

/** The depth of a filter gradient is sliced until there are so many workgroups, enough for a large GPU, or slices as short as this. */
const WORKGROUPS_WANTED = 512;
const SHORTEST_SLICE = 256;

/** What the shaders sum, and how its operands lie; steps in elements. */
interface Call {
  readonly geometry: ConvolutionGeometry;
  readonly sums: WindowSums;
  /** Channels made and summed, per group. */
  readonly outputs: number;
  readonly channels: number;
  readonly filterSteps: readonly [group: number, output: number, channel: number];
  readonly isBackward: boolean;
}

export const convolutionWebGpu: WebGpuImplementation<ConvolutionKernelOptions> = {
  dtypes: ["float32"],
  run(call, options) {
    const [result] = call.outputs;
    if (result.size === 0) return;
    // Nothing to add up.
    if (call.inputs.some(({ size }) => size === 0)) {
      call.clear(result);
      return;
    }
    const { geometry } = convolutionGeometry(call.inputs, options);
    const { outputs, channels, window, input } = geometry;
    const size = sizeOf(window);
    const [group, row] = [outputs * channels * size, channels * size];
    if (options.product === "inputGradient") {
      const all = inputGradientSums(geometry);
      const filterSteps = [group, size, row] as const;
      if (!coversAll(all, input)) call.clear(result);
      for (const sums of all)
        sumWindows(call, { geometry, sums, outputs: channels, channels: outputs, filterSteps, isBackward: true });
      return;
    }
    const sums = forwardSums(geometry);
    const filterSteps = [group, row, size] as const;
    const forward: Call = { geometry, sums, outputs, channels, filterSteps, isBackward: false };
    if (options.product === "forward") sumWindows(call, forward);
    else sumPositions(call, forward);
  },
};

function sumWindows({ inputs, outputs: [result], dispatch }: WebGpuCall, call: Call): void {
  const { geometry, sums, outputs } = call;
  const { batches, groups } = geometry;
  const columns = batches * sizeOf(sums.extent);
  const bindings = [...inputs, result];
  const uniforms = uniformsOf(call, 1);
  if (outputs <= DIRECT_OUTPUTS)
    dispatch({
      code: convolutionSumsShader + convolutionDirectShader,
      entryPoint: "window_sums",
      bindings,
      uniforms,
      workgroups: workgroupsFor(groups * outputs * columns, WORKGROUP_SIZE),
    });
  else
    dispatch({
      code: convolutionSumsShader + convolutionTilesShader,
      constants: { filterGradient: 0 },
      bindings,
      uniforms,
      workgroups: workgroupsFor(groups * Math.ceil(outputs / TILE) * Math.ceil(columns / TILE), 1),
    });
}

function sumPositions({ inputs, outputs: [result], scratch, dispatch }: WebGpuCall, call: Call): void {
  const { geometry, sums, outputs, channels } = call;
  const { batches, groups } = geometry;
  if (outputs <= DIRECT_OUTPUTS) {
    dispatch({
      code: convolutionSumsShader + convolutionDirectShader,
      entryPoint: "filter_gradient",
      bindings: [...inputs, result],
      uniforms: uniformsOf(call, 1),
      workgroups: workgroupsFor(result.size, 1),
    });
    return;
  }
  const depth = batches * sizeOf(sums.extent);
  const tiles = groups * Math.ceil(outputs / TILE) * Math.ceil((channels * sizeOf(sums.count)) / TILE);
  const slices = Math.min(Math.ceil(WORKGROUPS_WANTED / tiles), Math.ceil(depth / SHORTEST_SLICE));
  const partial = slices === 1 ? result : scratch(slices * result.size * Float32Array.BYTES_PER_ELEMENT);
  dispatch({
    code: convolutionSumsShader + convolutionTilesShader,
    constants: { filterGradient: 1 },
    bindings: [...inputs, partial],
    uniforms: uniformsOf(call, slices),
    workgroups: workgroupsFor(tiles * slices, 1),
  });
  if (slices === 1) return;
  dispatch({
    code: convolutionSlicesShader,
    bindings: [partial, result],
    uniforms: Uint32Array.of(result.size, slices),
    workgroups: workgroupsFor(result.size, WORKGROUP_SIZE),
  });
}

/** `Sums` of sums.wgsl. */
function uniformsOf({ geometry, sums, outputs, channels, filterSteps, isBackward }: Call, slices: number): Int32Array {
  const { batches, groups, input, output, window } = geometry;
  const [source, result] = isBackward ? [output, input] : [input, output];
  const [group, row, channel] = filterSteps;
  // biome-ignore format: the order of the fields there
  return Int32Array.of(
    ...sums.extent, batches, ...sums.count, groups, ...sums.first, outputs, ...sums.step, channels,
    ...sums.start, group, ...sums.spacing, row, ...sums.stride, channel, ...sums.dilation, slices,
    ...sums.base, 0, ...source, 0, ...result, 0, ...window, 0,
  );
}
