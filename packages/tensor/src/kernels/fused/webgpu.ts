import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { withMapFunctions } from "../map/shader-functions.ts";
import { type FusedOptions, patternOf } from "./patterns.ts";
import type { Program, Step } from "./program.ts";
import type { Pattern } from "./wasm.ts";

const WORKGROUP_SIZE = 256;

export const fusedWebGpu: WebGpuImplementation<FusedOptions> = {
  dtypes: ["float32"],
  run({ inputs, outputs, dispatch }, { program }) {
    const { shape, size } = outputs[0];
    if (size === 0) return;
    const patterns = inputs.map((input) => patternOf(input.shape, shape)!);
    const constants = program.steps.filter(({ operation }) => operation === "constant");
    const words = new Uint32Array(
      4 * (1 + Math.ceil(inputs.length / 4) + Math.max(1, Math.ceil(constants.length / 4))),
    );
    words[0] = size;
    words.set(
      inputs.map((input) => input.size),
      4,
    );
    const floats = new Float32Array(words.buffer, 16 * (1 + Math.ceil(inputs.length / 4)));
    floats.set(constants.map(({ constant }) => constant!));
    dispatch({
      code: shaderFor(program, patterns),
      bindings: [...inputs, ...outputs],
      uniforms: words,
      workgroups: workgroupsFor(size, WORKGROUP_SIZE),
    });
  },
};

/** Shaders by structure: their text is long, and the device looks pipelines up by it. */
const shaders = new Map<string, string>();

function shaderFor(program: Program, patterns: readonly Pattern[]): string {
  const key = `${patterns} ${program.structure}`;
  const known = shaders.get(key) ?? shader(program, patterns);
  shaders.set(key, known);
  return known;
}

function shader({ inputs, steps, outputs }: Program, patterns: readonly Pattern[]): string {
  const indices = { same: "position", scalar: "0u", row: "" };
  const lines = patterns.map((pattern, input) => {
    const length = `parameters.sizes[${input >> 2}][${input & 3}]`;
    return `  let v${input} = input${input}[${pattern === "row" ? `position % ${length}` : indices[pattern]}];`;
  });
  let constants = 0;
  for (const [index, step] of steps.entries()) {
    const constant = `parameters.constants[${constants >> 2}][${constants & 3}]`;
    if (step.operation === "constant") constants++;
    lines.push(`  let v${inputs + index} = ${step.operation === "constant" ? constant : expression(step)};`);
  }
  return withMapFunctions(`
struct Parameters {
  size: u32,
  sizes: array<vec4u, ${Math.max(1, Math.ceil(inputs / 4))}>,
  constants: array<vec4u, ${Math.max(1, Math.ceil(constants / 4))}>,
}

${patterns.map((_, k) => `@group(0) @binding(${k}) var<storage, read> input${k}: array<u32>;`).join("\n")}
${outputs.map((_, k) => `@group(0) @binding(${inputs + k}) var<storage, read_write> output${k}: array<u32>;`).join("\n")}
@group(0) @binding(${inputs + outputs.length}) var<uniform> parameters: Parameters;

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * ${WORKGROUP_SIZE}u;
  if (position >= parameters.size) {
    return;
  }
${lines.join("\n")}
${outputs.map((output, k) => `  output${k}[position] = v${output};`).join("\n")}
}
`);
}

function expression({ operation, arguments: own, kind }: Step): string {
  const given = own.map((argument) => `v${argument}`);
  if (operation === "cast")
    return kind === "float" ? `select(0u, 0x3f800000u, ${given[0]} != 0u)` : `truth(magnitude(${given[0]}) != 0u)`;
  const isLogical = operation === "where" || operation.startsWith("logical");
  return `${operation}_${isLogical ? "u32" : "f32"}(${given})`;
}
