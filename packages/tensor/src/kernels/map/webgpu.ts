import { type WebGpuArray, workgroupsFor } from "../../device/webgpu/call.ts";
import type { DType } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type MapArgument, type MapOptions, mapSignature } from "./arguments.ts";
import { type BroadcastAxes, broadcastAxes } from "./broadcast.ts";
import type { MapOperation } from "./operations.ts";
import { withMapFunctions } from "./shader-functions.ts";

const WORKGROUP_SIZE = 256;

/** Operations whose bits are the same for int32 and uint32. */
const SIGNLESS: ReadonlySet<MapOperation> = new Set([
  "square",
  "add",
  "subtract",
  "multiply",
  "equal",
  "notEqual",
  "where",
]);

export const mapWebGpu: WebGpuImplementation<MapOptions> = {
  run({ inputs, outputs: [y], dispatch }, options) {
    if (y.size === 0) return;
    const { arguments: given, dtype, result } = mapSignature(inputs, options);
    const axes = broadcastAxes(
      result.shape,
      given.map(({ shape }) => shape),
    );
    const sources = given.map((argument, index) => sourceOf(argument, axes.strides[index], axes, inputs, y));
    dispatch({
      label: `map ${options.operation}`,
      code: shaderFor(functionName(options.operation, dtype), sources, axes.extents.length),
      bindings: [...given.flatMap((argument, index) => bindingOf(argument, sources[index], inputs)), y],
      uniforms: parametersOf(y.size, given, axes),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};

function functionName(operation: MapOperation, dtype: DType): string {
  if (dtype === "float32" && operation !== "where") return `${operation}_f32`;
  return `${operation}_${dtype === "int32" && !SIGNLESS.has(operation) ? "i32" : "u32"}`;
}

/**
 * Where an argument's element comes from: `constant` the parameters; `output` the element of the result that it is overwritten by (a buffer cannot be bound for
 * reading and for writing); `same` the element at the result's position; `first` the only element; `axes` an element by its strides.
 */
type Source = "constant" | "output" | "same" | "first" | "axes";

function sourceOf(
  argument: MapArgument,
  strides: readonly number[],
  { extents }: BroadcastAxes,
  inputs: readonly WebGpuArray[],
  y: WebGpuArray,
): Source {
  if ("constant" in argument) return "constant";
  if (inputs[argument.input].buffer === y.buffer) return "output";
  if (strides.every((stride) => stride === 0)) return "first";
  return extents.length === 1 ? "same" : "axes";
}

function bindingOf(argument: MapArgument, source: Source, inputs: readonly WebGpuArray[]): WebGpuArray[] {
  return "constant" in argument || source === "output" ? [] : [inputs[argument.input]];
}

/** Size, constants by position, and per axis its extent and the arguments' strides. */
function parametersOf(size: number, given: readonly MapArgument[], { extents, strides }: BroadcastAxes): Uint32Array {
  const words = new Uint32Array(4 + 4 * Math.max(1, extents.length));
  const view = new DataView(words.buffer);
  words[0] = size;
  for (const [index, argument] of given.entries()) {
    if (!("constant" in argument)) continue;
    if (argument.dtype === "float32") view.setFloat32(4 + 4 * index, argument.constant, true);
    else words[1 + index] = argument.constant;
  }
  for (const [axis, extent] of extents.entries())
    words.set([extent, ...strides.map((list) => list[axis])], 4 + 4 * axis);
  return words;
}

/** Shaders by what they depend on: their text is long, and the device looks pipelines up by it. */
const shaders = new Map<string, string>();

function shaderFor(name: string, sources: readonly Source[], rank: number): string {
  const key = `${name} ${sources} ${rank}`;
  const known = shaders.get(key);
  if (known) return known;
  const code = shader(name, sources, rank);
  shaders.set(key, code);
  return code;
}

function shader(name: string, sources: readonly Source[], rank: number): string {
  let binding = 0;
  const inputs = sources.map((source, index) =>
    source === "constant" || source === "output"
      ? ""
      : `@group(0) @binding(${binding++}) var<storage, read> input${index}: array<u32>;`,
  );
  const elements = sources.map((source, index) => {
    if (source === "constant") return `parameters.constant${index}`;
    if (source === "output") return "output[position]";
    if (source === "first") return `input${index}[0]`;
    return source === "same" ? `input${index}[position]` : `input${index}[element[${index}]]`;
  });
  const locate = `
  var element = vec3u(0u);
  var rest = position;
  for (var axis = ${rank - 1}; axis >= 0; axis--) {
    let extent = parameters.axes[axis].x;
    element += (rest % extent) * parameters.axes[axis].yzw;
    rest /= extent;
  }`;
  return withMapFunctions(`
struct Parameters {
  size: u32,
  constant0: u32,
  constant1: u32,
  constant2: u32,
  axes: array<vec4u, ${Math.max(1, rank)}>,
}

${inputs.join("\n")}
@group(0) @binding(${binding++}) var<storage, read_write> output: array<u32>;
@group(0) @binding(${binding}) var<uniform> parameters: Parameters;

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * ${WORKGROUP_SIZE}u;
  if (position >= parameters.size) {
    return;
  }${sources.includes("axes") ? locate : ""}
  output[position] = ${name}(${elements.join(", ")});
}
`);
}
