import type { WebGpuDispatch } from "./call.ts";
import type { Timeline } from "./timeline.ts";

const COMPUTE_STAGE = 0x4;

/** Buffers a pipeline takes, in binding order. */
export interface BindLayout {
  readonly gpu: GPUBindGroupLayout;
  /** One letter a binding (`r` read, `w` read and write, `u` uniform): equal keys, same layout. */
  readonly key: string;
}

export interface Pipeline {
  readonly gpu: GPUComputePipeline;
  readonly layout: BindLayout;
  /** Why the shader was refused, once that is known. */
  failure: Error | undefined;
}

/** Compiled shaders. Compilation is not waited for: a refusal is reported to the timeline. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #timeline: Timeline;
  readonly #compiled = new Map<string, Map<string, Pipeline>>();
  readonly #layouts = new Map<string, BindLayout>();

  constructor(device: GPUDevice, timeline: Timeline) {
    this.#device = device;
    this.#timeline = timeline;
  }

  /** The pipeline of a dispatch. @throws Error when its shader is known not to work. */
  get(label: string, dispatch: WebGpuDispatch): Pipeline {
    const { code, entryPoint = "main", constants, bindings, uniforms } = dispatch;
    let variants = this.#compiled.get(code);
    if (!variants) this.#compiled.set(code, (variants = new Map()));
    const key = `${entryPoint} ${bindings.length}${uniforms ? "u" : ""} ${constants ? JSON.stringify(constants) : ""}`;
    let pipeline = variants.get(key);
    if (!pipeline) variants.set(key, (pipeline = this.#compile(label, dispatch)));
    if (pipeline.failure) throw pipeline.failure;
    return pipeline;
  }

  #compile(label: string, { code, entryPoint = "main", constants = {}, bindings, uniforms }: WebGpuDispatch): Pipeline {
    const writable = writtenBindings(code);
    const letters = bindings.map((_, binding) => (writable.has(binding) ? "w" : "r"));
    const layout = this.#layout(letters.join("") + (uniforms ? "u" : ""));
    this.#device.pushErrorScope("internal");
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label, code });
    const gpu = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({ label, bindGroupLayouts: [layout.gpu] }),
      compute: { module, entryPoint, constants },
    });
    const scopes = Promise.all([this.#device.popErrorScope(), this.#device.popErrorScope()]);
    const pipeline: Pipeline = { gpu, layout, failure: undefined };
    const report = async () => {
      const error = (await scopes).find((each) => each !== null);
      if (error) pipeline.failure = await compileError(label, code, module, error);
      return pipeline.failure;
    };
    this.#timeline.watch(report());
    return pipeline;
  }

  #layout(key: string): BindLayout {
    let layout = this.#layouts.get(key);
    if (!layout) {
      const entries = Array.from(key, (letter, binding): GPUBindGroupLayoutEntry => {
        if (letter === "u")
          return { binding, visibility: COMPUTE_STAGE, buffer: { type: "uniform", hasDynamicOffset: true } };
        return {
          binding,
          visibility: COMPUTE_STAGE,
          buffer: { type: letter === "w" ? "storage" : "read-only-storage" },
        };
      });
      layout = { gpu: this.#device.createBindGroupLayout({ label: key, entries }), key };
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}

/** Bindings that WGSL declares `var<storage, read_write>`; layouts are explicit because derived ones drop bindings an entry point does not use. */
export function writtenBindings(code: string): ReadonlySet<number> {
  const bare = code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, " ");
  const declarations = bare.matchAll(/((?:@\w+\s*\([^)]*\)\s*)+)var\s*<\s*storage\s*,\s*read_write\s*,?\s*>/g);
  const written = new Set<number>();
  for (const [, attributes] of declarations) {
    const binding = attributes.match(/@binding\s*\(\s*(\d+)/);
    if (binding) written.add(Number(binding[1]));
  }
  return written;
}

/** What the compiler said, with the lines it said it about. */
async function compileError(label: string, code: string, module: GPUShaderModule, error: GPUError): Promise<Error> {
  const lines = code.split("\n");
  const { messages } = await module.getCompilationInfo();
  const said = Array.from(messages)
    .filter(({ type }) => type === "error")
    .map(
      ({ lineNum, linePos, message }) =>
        `line ${lineNum}:${linePos}: ${message}\n  ${lines[lineNum - 1]?.trim() ?? ""}`,
    );
  return new Error(`${label}: its WGSL was refused: ${said.length > 0 ? said.join("\n") : error.message}`);
}
