import { cpuModule } from "#kernels/convolution";
import type { CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import {
  type ConvolutionGeometry,
  type ConvolutionKernelOptions,
  convolutionGeometry,
  type Triple,
} from "./geometry.ts";
import { coversAll, forwardSums, inputGradientSums, type WindowSums, windowElements } from "./sums.ts";

/** As in the AssemblyScript: rows of a register tile and bytes of each, positions of a unit of work, elements of a filter whose inner products are taken at once. */
const TILE_ROWS = 4;
const TILE_ROW_BYTES = 32;
const UNIT_WIDTH = 64;
const DOTS = 5;

/** Work that takes a thread about 40 µs. */
const GRAIN_FLOPS = 1.5e6;
const GRAIN_BYTES = 1 << 19;

export const convolutionCpu: CpuImplementation<ConvolutionKernelOptions> = {
  module: cpuModule,
  run(call, options) {
    const [result] = call.outputs;
    if (result.size === 0) return;
    const { geometry } = convolutionGeometry(call.inputs, options);
    if (call.inputs.some(({ size }) => size === 0)) result.view().fill(0);
    else if (options.product === "forward") sumWindows(call, geometry, [forwardSums(geometry)], "forward");
    else if (options.product === "inputGradient")
      sumWindows(call, geometry, inputGradientSums(geometry), "inputGradient");
    else filterGradient(call, geometry);
  },
};

/** A source laid out with its padding; steps in elements. */
interface LaidOut {
  readonly address: number;
  readonly planeStep: number;
  readonly depthStep: number;
  readonly heightStep: number;
  /** Distance of a position from the start of a plane. */
  at(depth: number, height: number, width: number): number;
  /** The position in the source where the layout starts. */
  readonly origin: Triple;
}

/** What a `Product` of product.as.ts says besides addresses and extents; steps in elements. */
interface Plan {
  readonly laidOut: LaidOut;
  readonly sums: WindowSums;
  /** Channels made and summed, per group. */
  readonly outputs: number;
  readonly channels: number;
  readonly packed: number;
  /** Positions of the result of window sums; steps between neighbours start at its first element. */
  readonly resultExtents: Triple;
  readonly filterSteps: readonly [group: number, output: number, channel: number];
}

function sumWindows(
  call: CpuCall,
  geometry: ConvolutionGeometry,
  all: readonly WindowSums[],
  product: "forward" | "inputGradient",
): void {
  const { batches, groups, window } = geometry;
  const { suffix, bytes } = typeOf(call);
  const isForward = product === "forward";
  const [outputs, channels] = isForward ? [geometry.outputs, geometry.channels] : [geometry.channels, geometry.outputs];
  const [sourceExtents, resultExtents] = isForward
    ? [geometry.input, geometry.output]
    : [geometry.output, geometry.input];
  if (!coversAll(all, resultExtents)) call.outputs[0].view().fill(0);
  if (all.length === 0) return;
  const laidOut = layOut(call, sourceExtents, batches * groups * channels, all);
  const windowSize = sizeOf(window);
  const filterStep = geometry.channels * windowSize;
  const filterSteps = [
    geometry.outputs * filterStep,
    ...(isForward ? ([filterStep, windowSize] as const) : ([windowSize, filterStep] as const)),
  ] as const;
  const panels = groups * Math.ceil(outputs / TILE_ROWS);
  const panelBytes = Math.max(...all.map(({ count }) => sizeOf(count))) * channels * TILE_ROWS * bytes;
  const packed = call.scratch(panels * panelBytes);
  for (const sums of all) {
    const { extent } = sums;
    const plan = { laidOut, sums, outputs, channels, packed, resultExtents, filterSteps };
    const address = uploadProduct(call, geometry, plan);
    call.parallel(`convolution_pack_filters_${suffix}`, [address], panels, Math.ceil(GRAIN_BYTES / 4 / panelBytes));
    const height = Math.ceil(extent[1] / (outputs === 1 ? TILE_ROWS : 1));
    const units = batches * groups * extent[0] * height * Math.ceil(extent[2] / UNIT_WIDTH);
    const flops = 2 * batches * groups * outputs * channels * sizeOf(sums.count) * sizeOf(extent);
    call.parallel(`convolution_sums_${suffix}`, [address], units, Math.ceil((GRAIN_FLOPS * units) / flops));
  }
}

function filterGradient(call: CpuCall, geometry: ConvolutionGeometry): void {
  const { batches, groups, outputs, channels, window, input, output } = geometry;
  const { suffix, bytes } = typeOf(call);
  const sums = forwardSums(geometry);
  const laidOut = layOut(call, input, batches * groups * channels, [sums]);
  const plan = { laidOut, sums, outputs, channels, packed: 0, resultExtents: output, filterSteps: [0, 0, 0] as const };
  const terms = channels * sizeOf(window);
  const tileColumns = TILE_ROW_BYTES / bytes;
  const unitFlops = 2 * batches * sizeOf(output);
  // A tile of so few channels would be more than half empty.
  if (outputs <= tileColumns / 2) {
    const units = groups * outputs * Math.ceil(terms / DOTS);
    const grain = Math.ceil(GRAIN_FLOPS / (unitFlops * DOTS));
    call.parallel(`convolution_dots_${suffix}`, [uploadProduct(call, geometry, plan)], units, grain);
    return;
  }
  const panels = Math.ceil(outputs / tileColumns);
  const panelBytes = sizeOf(output) * TILE_ROW_BYTES;
  const packed = call.scratch(batches * groups * panels * panelBytes);
  const address = uploadProduct(call, geometry, { ...plan, packed });
  const packGrain = Math.ceil(GRAIN_BYTES / panelBytes);
  call.parallel(`convolution_pack_cotangent_${suffix}`, [address], batches * groups * panels, packGrain);
  const units = groups * Math.ceil(terms / TILE_ROWS);
  const tiles = call.scratch(units * panels * TILE_ROWS * TILE_ROW_BYTES);
  const grain = Math.ceil(GRAIN_FLOPS / (unitFlops * outputs * TILE_ROWS));
  call.parallel(`convolution_filter_${suffix}`, [address, tiles], units, grain);
}

/** Lays out the first input so that it has everything that the sums read; where it does have it, and in the order they need, it stays where it is. */
function layOut(call: CpuCall, extents: Triple, planes: number, all: readonly WindowSums[]): LaidOut {
  const { suffix, bytes } = typeOf(call);
  // The first and the last position that any sum reads, along each axis.
  const reach = extents.map((_, axis) => {
    const corners = all.flatMap(({ base, dilation, stride, count, extent }) =>
      [0, (count[axis] - 1) * dilation[axis]].flatMap((along) =>
        [0, (extent[axis] - 1) * stride[axis]].map((across) => base[axis] + along + across),
      ),
    );
    return [Math.min(...corners), Math.max(...corners)];
  });
  const origin = reach.map(([first]) => first) as unknown as Triple;
  const [depth, height, width] = reach.map(([first, last]) => last - first + 1);
  const phases = all[0].stride[2];
  if (phases === 1 && reach.every(([first, last], axis) => first >= 0 && last < extents[axis]))
    return inPlace(call.inputs[0].pointer, extents);
  const phaseWidth = Math.ceil(width / phases);
  const heightStep = phases * phaseWidth;
  const depthStep = height * heightStep;
  const planeStep = depth * depthStep;
  const address = call.scratch(planes * planeStep * bytes);
  const layout = [call.inputs[0].pointer, address, ...extents, depth, height, phases, phaseWidth];
  const before = origin.map((each) => 0 - each);
  const parameters = [call.upload(wordsOf([...layout, ...before]))];
  call.parallel(`convolution_lay_out_${suffix}`, parameters, planes, Math.ceil(GRAIN_BYTES / (planeStep * bytes)));
  const at = (d: number, h: number, w: number) =>
    d * depthStep + h * heightStep + (w % phases) * phaseWidth + Math.floor(w / phases);
  return { address, planeStep, depthStep, heightStep, at, origin };
}

function inPlace(address: number, [depth, height, width]: Triple): LaidOut {
  const [planeStep, depthStep] = [depth * height * width, height * width];
  const at = (d: number, h: number, w: number) => d * depthStep + h * width + w;
  return { address, planeStep, depthStep, heightStep: width, at, origin: [0, 0, 0] };
}

/** Distances of the elements of a window from its start, over all channels of a group, in bytes. */
function windowOffsets({ laidOut, sums, channels }: Plan, bytes: number): Uint32Array<ArrayBuffer> {
  const { base, dilation, count } = sums;
  const place = (axis: number, index: number) => base[axis] + index * dilation[axis] - laidOut.origin[axis];
  const offsets = new Uint32Array(channels * sizeOf(count));
  let next = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let d = 0; d < count[0]; d++)
      for (let h = 0; h < count[1]; h++)
        for (let w = 0; w < count[2]; w++)
          offsets[next++] = (channel * laidOut.planeStep + laidOut.at(place(0, d), place(1, h), place(2, w))) * bytes;
  return offsets;
}

/** Copies a `Product` of product.as.ts to the heap. */
function uploadProduct(call: CpuCall, { batches, groups, window }: ConvolutionGeometry, plan: Plan): number {
  const { laidOut, sums, outputs, channels, packed, resultExtents, filterSteps } = plan;
  const { bytes } = typeOf(call);
  const places = windowElements(sums, window);
  const [, resultHeight, resultWidth] = resultExtents;
  const [startDepth, startHeight, startWidth] = sums.start;
  const start = (startDepth * resultHeight + startHeight) * resultWidth + startWidth;
  const groupStep = channels * laidOut.planeStep;
  const inBytes = (...steps: number[]) => steps.map((step) => step * bytes);
  return call.upload(
    wordsOf([
      ...[laidOut.address, call.upload(windowOffsets(plan, bytes)), call.inputs[1].pointer, packed],
      call.outputs[0].pointer + start * bytes,
      ...[batches, groups, outputs, channels, places.length, ...sums.extent],
      ...inBytes(
        groups * groupStep,
        groupStep,
        sums.stride[0] * laidOut.depthStep,
        sums.stride[1] * laidOut.heightStep,
      ),
      ...inBytes(sizeOf(resultExtents), sums.spacing[0] * resultHeight * resultWidth),
      ...inBytes(sums.spacing[1] * resultWidth, sums.spacing[2]),
      call.upload(places),
      ...inBytes(...filterSteps),
    ]),
  );
}

/** As 32-bit words, signed and unsigned alike. */
function wordsOf(values: readonly number[]): Int32Array<ArrayBuffer> {
  return Int32Array.from(values, (value) => value | 0);
}

function typeOf({ outputs: [{ dtype }] }: CpuCall): { readonly suffix: "f32" | "f64"; readonly bytes: number } {
  return { suffix: dtype === "float32" ? "f32" : "f64", bytes: bytesPerElement(dtype) };
}
