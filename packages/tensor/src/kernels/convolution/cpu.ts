import { cpuModule } from "#kernels";
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

/** As in cpu.as.ts. */
const ROWS = 4;
const ROW_BYTES = 32;

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
    else if (options.product === "forward")
      convolve(call, geometry, [1, 1, 1], call.inputs[0].pointer, call.inputs[1].pointer);
    else if (options.product === "inputGradient") inputGradient(call, geometry);
    else filterGradient(call, geometry);
  },
};

/** Where the source of a convolution is laid out with its padding. */
interface LaidOut {
  readonly address: number;
  /** Bytes from one to the next. */
  readonly channelStep: number;
  readonly depthStep: number;
  readonly heightStep: number;
  /** Distances of a window's elements from its start, over `channels` channels, as an address. */
  readonly offsets: number;
}

/** As a convolution of the cotangent, with zeros between its elements where there is a stride, and the filter transposed and backwards. */
function inputGradient(call: CpuCall, geometry: ConvolutionGeometry): void {
  const { groups, outputs, channels, window, dilation, before } = geometry;
  const [cotangent, filter] = call.inputs;
  const { suffix, bytes } = typeOf(call);
  const windowSize = sizeOf(window);
  const transposed = call.scratch(filter.size * bytes);
  const grain = Math.ceil(GRAIN_BYTES / (outputs * windowSize * bytes));
  const parameters = [filter.pointer, transposed, outputs, channels, windowSize];
  call.parallel(`convolution_transpose_${suffix}`, parameters, groups * channels, grain);
  const around = window.map((extent, axis) => dilation[axis] * (extent - 1) - before[axis]) as unknown as Triple;
  const reversed: ConvolutionGeometry = {
    ...geometry,
    outputs: channels,
    channels: outputs,
    input: geometry.output,
    output: geometry.input,
    stride: [1, 1, 1],
    before: around,
  };
  convolve(call, reversed, geometry.stride, cotangent.pointer, transposed);
}

/** A convolution of a source with `spread − 1` zeros between its elements. */
function convolve(call: CpuCall, geometry: ConvolutionGeometry, spread: Triple, input: number, filter: number): void {
  const { batches, groups, outputs, channels, output } = geometry;
  const { suffix, bytes } = typeOf(call);
  const terms = channels * sizeOf(geometry.window);
  const laidOut = layOut(call, geometry, input, spread);
  const panels = Math.ceil(outputs / ROWS);
  const packed = call.scratch(groups * panels * terms * ROWS * bytes);
  const packGrain = Math.ceil(GRAIN_BYTES / (terms * ROWS * bytes));
  call.parallel(`convolution_pack_${suffix}`, [filter, packed, outputs, terms], groups * panels, packGrain);
  const rows = batches * groups * output[0] * output[1];
  const grain = Math.ceil(GRAIN_FLOPS / (2 * outputs * terms * output[2]));
  call.parallel(`convolution_forward_${suffix}`, [uploadProduct(call, geometry, laidOut, packed)], rows, grain);
}

function filterGradient(call: CpuCall, geometry: ConvolutionGeometry): void {
  const { batches, groups, outputs, channels, window, output } = geometry;
  const [x, cotangent] = call.inputs;
  const { suffix, bytes } = typeOf(call);
  const terms = channels * sizeOf(window);
  const positions = sizeOf(output);
  const laidOut = layOut(call, geometry, x.pointer, [1, 1, 1]);
  const panels = Math.ceil(outputs / (ROW_BYTES / bytes));
  const packed = call.scratch(batches * groups * panels * positions * ROW_BYTES);
  const packGrain = Math.ceil(GRAIN_BYTES / (positions * ROW_BYTES));
  const packing = [cotangent.pointer, packed, outputs, positions];
  call.parallel(`convolution_pack_cotangents_${suffix}`, packing, batches * groups * panels, packGrain);
  const units = Math.ceil(terms / ROWS);
  const tiles = call.scratch(groups * units * panels * ROWS * ROW_BYTES);
  const grain = Math.ceil(GRAIN_FLOPS / (2 * ROWS * outputs * batches * positions));
  const product = uploadProduct(call, geometry, laidOut, packed);
  call.parallel(`convolution_filter_${suffix}`, [product, tiles], groups * units, grain);
}

/** Lays the source out with its padding, `spread − 1` zeros between its elements, and the positions of a row sorted by their residue modulo the stride. */
function layOut(call: CpuCall, geometry: ConvolutionGeometry, source: number, spread: Triple): LaidOut {
  const { batches, groups, channels, input, window, output, stride, dilation, before } = geometry;
  const { suffix, bytes } = typeOf(call);
  const reach = output.map((extent, axis) => (extent - 1) * stride[axis] + dilation[axis] * (window[axis] - 1) + 1);
  const phases = stride[2];
  const phaseWidth = Math.ceil(reach[2] / phases);
  const rowElements = phases * phaseWidth;
  const planeElements = reach[0] * reach[1] * rowElements;
  const planes = batches * groups * channels;
  const address = call.scratch(planes * planeElements * bytes);
  const layout = call.upload(
    Int32Array.of(
      ...[source | 0, address | 0, planes, ...input, reach[0], reach[1], phases, phaseWidth],
      ...[...spread, ...before],
    ),
  );
  call.parallel(`convolution_layout_${suffix}`, [layout], planes, Math.ceil(GRAIN_BYTES / (planeElements * bytes)));
  const [depthStep, heightStep] = [reach[1] * rowElements, rowElements];
  const offsets = new Uint32Array(channels * sizeOf(window));
  let next = 0;
  for (let c = 0; c < channels; c++)
    for (let d = 0; d < window[0]; d++)
      for (let h = 0; h < window[1]; h++)
        for (let w = 0; w < window[2]; w++) {
          const along = w * dilation[2];
          const inRow = (along % phases) * phaseWidth + Math.floor(along / phases);
          offsets[next++] =
            (c * planeElements + d * dilation[0] * depthStep + h * dilation[1] * heightStep + inRow) * bytes;
        }
  return {
    address,
    channelStep: planeElements * bytes,
    depthStep: stride[0] * depthStep * bytes,
    heightStep: stride[1] * heightStep * bytes,
    offsets: call.upload(offsets),
  };
}

/** Copies a `Product` of cpu.as.ts to the heap. */
function uploadProduct(call: CpuCall, geometry: ConvolutionGeometry, laidOut: LaidOut, packed: number): number {
  const { batches, groups, outputs, channels, window, output } = geometry;
  const groupStep = channels * laidOut.channelStep;
  return call.upload(
    Uint32Array.of(
      ...[laidOut.address, packed, call.outputs[0].pointer, laidOut.offsets],
      ...[batches, groups, outputs, channels * sizeOf(window), ...output],
      ...[groups * groupStep, groupStep, laidOut.depthStep, laidOut.heightStep],
    ),
  );
}

function typeOf({ outputs: [{ dtype }] }: CpuCall): { readonly suffix: "f32" | "f64"; readonly bytes: number } {
  return { suffix: dtype === "float32" ? "f32" : "f64", bytes: bytesPerElement(dtype) };
}
