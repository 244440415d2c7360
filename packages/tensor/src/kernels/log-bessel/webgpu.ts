import { logBesselDoubleSingleShader, logBesselShader } from "#kernels/log-bessel";
import { type WebGpuArray, type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import type { Shape } from "../../shape.ts";
import { broadcastAxes } from "../map/broadcast.ts";
import { withMapFunctions } from "../map/shader-functions.ts";
import { RECIPROCAL_GAMMA, slopeCoefficients, uniformCoefficients } from "./coefficients.ts";
import { BESSEL_FUNCTIONS, type BesselFunction, type LogBesselOptions, type LogBesselPairOptions } from "./options.ts";

const WORKGROUP_SIZE = 64;

/** As in gpu.wgsl. */
const STEP = 1 / 8;
const MOST_NODES = 800;
const NODE_SCALE = 2 ** 64;

/** Terms of the uniform expansion: enough for float32, and for pairs of floats. */
const TERMS = { single: 9, pair: 13 };

export const logBesselWebGpu: WebGpuImplementation<LogBesselOptions> = {
  dtypes: ["float32"],
  run(call, { function: name, order }) {
    const [y] = call.outputs;
    if (y.size === 0) return;
    const x = call.inputs[call.inputs.length - 1];
    const orders = order === undefined ? call.inputs[0] : order;
    dispatchLogBessel(call, name, typeof orders === "number" ? orders : [orders], [x], [y]);
  },
};

/** Numbers as a list of one tensor, or of two: their leading parts and what is left. */
type GpuNumbers = readonly WebGpuArray[];

/** Records the computation; `order` is a number or as many tensors as `x`. */
function dispatchLogBessel(
  call: WebGpuCall,
  name: BesselFunction,
  order: GpuNumbers | number,
  x: GpuNumbers,
  y: GpuNumbers,
): void {
  const isPair = y.length === 2;
  const given = typeof order === "number" ? [] : order;
  const orderShape: Shape = typeof order === "number" ? [] : order[0].shape;
  const { extents, strides } = broadcastAxes(y[0].shape, [orderShape, x[0].shape]);
  const words = new Uint32Array(8 + 4 * Math.max(1, extents.length));
  words[0] = y[0].size;
  words[1] = extents.length;
  new Float32Array(words.buffer).set([typeof order === "number" ? order : 0, 1, 2 ** -30], 4);
  for (const [axis, extent] of extents.entries()) words.set([extent, strides[0][axis], strides[1][axis]], 8 + 4 * axis);
  call.dispatch({
    label: `log-bessel ${name}`,
    code: shader(name, isPair, typeof order === "number", Math.max(1, extents.length)),
    bindings: [...given, ...x, call.upload(expressionTable()), ...y],
    uniforms: words,
    workgroups: workgroupsFor(y[0].size, WORKGROUP_SIZE),
  });
}

let table: Float32Array<ArrayBuffer> | undefined;

/** What gpu.wgsl says, each number as a pair of floats. */
function expressionTable(): Float32Array<ArrayBuffer> {
  table ??= Float32Array.from([
    ...uniformCoefficients().flat().flatMap(pairOf),
    ...slopeCoefficients().flat().flatMap(pairOf),
    ...RECIPROCAL_GAMMA.flatMap(pairOf),
    ...Array.from({ length: MOST_NODES }, (_, node) => (2 * Math.sinh((node * STEP) / 2) ** 2) / NODE_SCALE).flatMap(
      pairOf,
    ),
    ...[1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 3, 1 / 5, 1 / 7].flatMap(pairOf),
    ...LN2_PARTS,
    ...[2 * Math.PI, 2, 16].flatMap(pairOf),
  ]);
  return table;
}

/** ln 2 in three parts, the first of 15 bits, and nothing. */
const LN2_PARTS = [0.693145751953125, 1.428606765330187e-6, 5.497923104e-14, 0];

function pairOf(value: number): [number, number] {
  return [Math.fround(value), value - Math.fround(value)];
}

/** Shaders by what they depend on: their text is long, and the device looks pipelines up by it. */
const shaders = new Map<string, string>();

function shader(name: BesselFunction, isPair: boolean, orderIsNumber: boolean, rank: number): string {
  const key = `${name} ${isPair} ${orderIsNumber} ${rank}`;
  const known = shaders.get(key);
  if (known) return known;
  const code = shaderOf(name, isPair, orderIsNumber, rank);
  shaders.set(key, code);
  return code;
}

function shaderOf(name: BesselFunction, isPair: boolean, orderIsNumber: boolean, rank: number): string {
  const parts = isPair ? ["high", "low"] : ["high"];
  const inputs = [...(orderIsNumber ? [] : parts.map((part) => `order_${part}`)), ...parts.map((part) => `x_${part}`)];
  const outputs = parts.map((part) => `y_${part}`);
  const declarations = [
    ...inputs.map((each) => `var<storage, read> ${each}: array<u32>;`),
    "var<storage, read> table: array<vec2f>;",
    ...outputs.map((each) => `var<storage, read_write> ${each}: array<u32>;`),
    "var<uniform> parameters: Parameters;",
  ].map((declaration, binding) => `@group(0) @binding(${binding}) ${declaration}`);
  const orderBits = orderIsNumber ? "bits(parameters.order)" : "order_high[at.x]";
  const low = (array: string, at: string) => (isPair ? `float(${array}_low[${at}])` : "0.0f");
  const orderLow = orderIsNumber ? "0.0f" : low("order", "at.x");
  return withMapFunctions(`
const FUNCTION = ${BESSEL_FUNCTIONS.indexOf(name)}u;
const IS_PAIR = ${isPair};
const TERMS = ${isPair ? TERMS.pair : TERMS.single}u;

struct Parameters {
  size: u32,
  rank: u32,
  unused0: u32,
  unused1: u32,
  order: f32,
  one: f32,
  tiny: f32,
  unused2: u32,
  axes: array<vec4u, ${rank}>,
}

${declarations.join("\n")}
${logBesselDoubleSingleShader}
${logBesselShader}
@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * ${WORKGROUP_SIZE}u;
  if (position >= parameters.size) { return; }
  var at = vec2u(0u);
  var rest = position;
  for (var axis = i32(parameters.rank) - 1; axis >= 0; axis--) {
    let extent = parameters.axes[axis].x;
    at += (rest % extent) * parameters.axes[axis].yz;
    rest /= extent;
  }
  let given = ${orderBits};
  let order = canonical_order(given);
  let x = x_high[at.y];
  if (is_special(order, x)) {
    y_high[position] = special(order, x);${isPair ? "\n    y_low[position] = 0u;" : ""}
    return;
  }
  // With the sign that the order has lost.
  let order_low = select(${orderLow}, -${orderLow}, order != given);
  let value = evaluate(vec2f(float(magnitude(order)), order_low), vec2f(float(x), ${low("x", "at.y")}));
  // Where the compiler computes sums in another order all digits beyond the first float's would be wrong.
  let keeps = keeps_order(parameters.one, parameters.tiny);
  y_high[position] = select(NAN, bits(value.x${isPair ? "" : " + value.y"}), keeps);${isPair ? "\n  y_low[position] = select(NAN, bits(value.y), keeps);" : ""}
}
`);
}

export const logBesselPairWebGpu: WebGpuImplementation<LogBesselPairOptions> = {
  run(call, { function: name }) {
    if (call.outputs[0].size === 0) return;
    dispatchLogBessel(call, name, call.inputs.slice(0, 2), call.inputs.slice(2), call.outputs);
  },
};
