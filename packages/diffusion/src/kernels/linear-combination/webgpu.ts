import { type WebGpuArray, type WebGpuCall, type WebGpuImplementation, workgroupsFor } from "@ansatz/tensor";
import { type LinearCombinationOptions, MOST_TERMS } from "./options.ts";

const WORKGROUP_SIZE = 256;

/** What a dispatch reads besides the terms and writes. */
interface Pass {
  /** Where the first term of the pass is among all. */
  readonly first: number;
  readonly terms: readonly WebGpuArray[];
  readonly outputs: readonly WebGpuArray[];
  /** Whether the outputs have the sum of earlier terms, because an adapter binds fewer arrays than there are. */
  readonly adds: boolean;
}

export const linearCombinationWebGpu: WebGpuImplementation<LinearCombinationOptions> = {
  dtypes: ["float32"],
  run(call, { coefficients }) {
    const { inputs, outputs } = call;
    const [{ size }] = outputs;
    for (const pass of passesOf(call, inputs, outputs.length)) {
      // Two results as rows of 8 numbers, after the number of vectors.
      const words = new Float32Array(4 + 2 * MOST_TERMS);
      new Uint32Array(words.buffer)[0] = Math.ceil(size / 4);
      for (const [output, list] of coefficients.entries())
        words.set(list.slice(pass.first, pass.first + pass.terms.length), 4 + output * MOST_TERMS);
      call.dispatch({
        code: shaderFor("numbers", pass),
        bindings: [...pass.terms, ...pass.outputs],
        uniforms: words,
        workgroups: workgroupsFor(Math.ceil(size / 4), WORKGROUP_SIZE),
      });
    }
  },
};

export const dimensionCombinationWebGpu: WebGpuImplementation<null> = {
  dtypes: ["float32"],
  run(call) {
    const [coefficients, ...tensors] = call.inputs;
    const [{ size }] = call.outputs;
    const dimensions = coefficients.shape[1];
    for (const pass of passesOf(call, tensors, 2))
      call.dispatch({
        code: shaderFor("dimensions", pass),
        bindings: [coefficients, ...pass.terms, ...pass.outputs],
        uniforms: Uint32Array.of(Math.ceil(size / 4), dimensions, pass.first, 0),
        workgroups: workgroupsFor(Math.ceil(size / 4), WORKGROUP_SIZE),
      });
  },
};

/** All terms in one pass, or as many at a time as the adapter binds beside so many other arrays. */
function passesOf({ limits, outputs }: WebGpuCall, tensors: readonly WebGpuArray[], others: number): Pass[] {
  const most = limits.maxStorageBuffersPerShaderStage - others;
  return Array.from({ length: Math.ceil(tensors.length / most) }, (_, pass) => ({
    first: pass * most,
    terms: tensors.slice(pass * most, (pass + 1) * most),
    outputs,
    adds: pass > 0,
  }));
}

/** Shaders by what they depend on: the device looks pipelines up by their text. */
const shaders = new Map<string, string>();

function shaderFor(kind: "numbers" | "dimensions", { terms, outputs, adds }: Pass): string {
  const key = `${kind} ${terms.length} ${outputs.length} ${adds}`;
  const known = shaders.get(key) ?? shader(kind, terms.length, outputs.length, adds);
  shaders.set(key, known);
  return known;
}

function shader(kind: "numbers" | "dimensions", terms: number, outputs: number, adds: boolean): string {
  const arrays = kind === "numbers" ? [] : ["<storage, read> coefficients: array<f32>"];
  for (let term = 0; term < terms; term++) arrays.push(`<storage, read> x${term}: array<vec4f>`);
  for (let output = 0; output < outputs; output++) arrays.push(`<storage, read_write> y${output}: array<vec4f>`);
  const bindings = [...arrays, "<uniform> parameters: Parameters"].map(
    (array, binding) => `@group(0) @binding(${binding}) var${array};`,
  );
  const sums = Array.from({ length: outputs }, (_, output) => {
    const products = Array.from({ length: terms }, (_, term) => {
      const number = `parameters.coefficients[${output * 2 + (term >> 2)}][${term & 3}]`;
      return `${kind === "numbers" ? number : `coefficient(${term}u, position)`} * x${term}[position]`;
    });
    return `  let sum${output} = ${[...(adds ? [`y${output}[position]`] : []), ...products].join(" + ")};`;
  });
  return `
struct Parameters {
  vectors: u32,
  ${kind === "numbers" ? "coefficients: array<vec4f, 4>" : "dimensions: u32,\n  first: u32"},
}

${bindings.join("\n")}
${
  kind === "numbers"
    ? ""
    : `
fn coefficient(term: u32, position: u32) -> vec4f {
  let row = (parameters.first + term) * parameters.dimensions;
  let k = 4u * position + vec4u(0u, 1u, 2u, 3u);
  let j = row + k % parameters.dimensions;
  return vec4f(coefficients[j.x], coefficients[j.y], coefficients[j.z], coefficients[j.w]);
}
`
}
@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * ${WORKGROUP_SIZE}u;
  if (position >= parameters.vectors) {
    return;
  }
${sums.join("\n")}
${Array.from({ length: outputs }, (_, output) => `  y${output}[position] = sum${output};`).join("\n")}
}
`;
}
