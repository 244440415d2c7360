import { DeviceUnavailableError, InvalidInputError } from "../../errors.ts";
import type { TensorFlowApi } from "./api.ts";

/** Engines that can be asked for by name. */
export type TensorFlowEngineName = "node-gpu" | "node" | "portable";

/** A loaded TensorFlow.js and where it came from. */
export interface TensorFlowEngine {
  readonly tf: TensorFlowApi;
  /** Package the engine was loaded from; `"given"` for a module the caller loaded. */
  readonly name: string;
  /** Engines that come first but could not be used, with the reason. */
  readonly passedOver: readonly string[];
}

/** Loads a module by its name. */
export type ModuleLoader = (specifier: string) => Promise<unknown>;

interface Candidate {
  readonly packages: readonly string[];
  load(importModule: ModuleLoader): Promise<TensorFlowApi>;
}

const NODE_GPU: Candidate = {
  packages: ["@tensorflow/tfjs-node-gpu"],
  load: (importModule) => loadNative("@tensorflow/tfjs-node-gpu", importModule),
};
const NODE: Candidate = {
  packages: ["@tensorflow/tfjs-node"],
  load: (importModule) => loadNative("@tensorflow/tfjs-node", importModule),
};
const CANDIDATES: Readonly<Record<TensorFlowEngineName | "default", readonly Candidate[]>> = {
  default: [NODE_GPU, NODE],
  "node-gpu": [NODE_GPU],
  node: [NODE],
  portable: [portable("wasm"), portable("cpu")],
};

const REMEDIES: Readonly<Record<TensorFlowEngineName | "default", string>> = {
  default:
    'Install @tensorflow/tfjs-node-gpu (CUDA) or @tensorflow/tfjs-node with its native binding, or ask for openDevice("tensorflow", { engine: "portable" }) and accept its speed.',
  "node-gpu":
    "Install @tensorflow/tfjs-node-gpu with its native binding and the CUDA and cuDNN versions its README names.",
  node: "Install @tensorflow/tfjs-node with its native binding.",
  portable:
    "Install @tensorflow/tfjs-core with @tensorflow/tfjs-backend-wasm (faster) or @tensorflow/tfjs-backend-cpu.",
};

/** Where a user without access to the code chooses the engine. */
const ENVIRONMENT_VARIABLE = "ANSATZ_TENSORFLOW_ENGINE";

/**
 * Loads the engine that was asked for: by name, an already loaded module, or else by the environment variable ANSATZ_TENSORFLOW_ENGINE; without any, the native ones.
 *
 * @throws InvalidInputError when the request is none of these; DeviceUnavailableError saying what was tried and why each attempt failed.
 */
export async function loadEngine(
  requested: TensorFlowEngineName | object | undefined,
  importModule: ModuleLoader = importDynamically,
): Promise<TensorFlowEngine> {
  if (requested !== undefined && typeof requested !== "string")
    return { tf: await givenEngine(requested), name: "given", passedOver: [] };
  const name = requested === undefined ? environmentEngine() : engineName("engine", requested);
  const failures: { readonly reason: string; readonly cause: unknown }[] = [];
  for (const candidate of CANDIDATES[name])
    try {
      const tf = await candidate.load(importModule);
      return { tf, name: candidate.packages.join(" with "), passedOver: failures.map(({ reason }) => reason) };
    } catch (error) {
      failures.push({ reason: failureReason(candidate, error), cause: error });
    }
  throw new DeviceUnavailableError("tensorflow", failures.map(({ reason }) => reason).join("; "), REMEDIES[name], {
    cause: new AggregateError(failures.map(({ cause }) => cause)),
  });
}

function environmentEngine(): TensorFlowEngineName | "default" {
  const name = globalThis.process?.env?.[ENVIRONMENT_VARIABLE];
  return name ? engineName(ENVIRONMENT_VARIABLE, name) : "default";
}

function engineName(argument: string, name: string): TensorFlowEngineName {
  if (name === "node-gpu" || name === "node" || name === "portable") return name;
  throw new InvalidInputError(argument, '"node-gpu", "node", "portable" or a loaded TensorFlow.js module', name);
}

async function givenEngine(module: unknown): Promise<TensorFlowApi> {
  const tf = apiOf(module);
  if (!tf) throw new InvalidInputError("engine", "a loaded TensorFlow.js module (the result of its import)", module);
  if (tf.version?.["tfjs-node"]) defineRemovedUtilFunctions();
  await tf.ready();
  return tf;
}

/** The API of an imported module: a CommonJS package may come with its exports only under `default`. */
function apiOf(module: unknown): TensorFlowApi | undefined {
  const exports = module as { default?: unknown } | null | undefined;
  const isApi = (value: unknown): value is TensorFlowApi =>
    typeof (value as TensorFlowApi | undefined)?.tidy === "function" &&
    typeof (value as TensorFlowApi).tensor === "function";
  return [exports, exports?.default].find(isApi);
}

async function loadNative(specifier: string, importModule: ModuleLoader): Promise<TensorFlowApi> {
  defineRemovedUtilFunctions();
  const tf = apiOf(await importModule(specifier));
  if (!tf) throw new Error("it exports no TensorFlow.js API");
  await tf.ready();
  return tf;
}

/**
 * Gives node:util back the type checks that Node removed in version 23 and later. tfjs-node 4.22, the last release, still calls them
 * (its fix is merged but unreleased); without them its first convolution, file access or string tensor throws a TypeError. Existing functions are left alone.
 */
function defineRemovedUtilFunctions(): void {
  const util = globalThis.process?.getBuiltinModule?.("node:util") as Record<string, unknown> | undefined;
  if (!util) return;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

function portable(backend: "wasm" | "cpu"): Candidate {
  const core = "@tensorflow/tfjs-core";
  const backendPackage = `@tensorflow/tfjs-backend-${backend}`;
  return {
    packages: [core, backendPackage],
    async load(importModule) {
      const tf = apiOf(await importModule(core));
      if (!tf) throw new Error("it exports no TensorFlow.js API");
      await importModule(backendPackage);
      // Production mode: otherwise the backend prints, on first use, advice to install what the caller chose not to use.
      tf.enableProdMode();
      if (!(await tf.setBackend(backend))) throw new Error(`its backend "${backend}" does not start`);
      await tf.ready();
      return tf;
    },
  };
}

function failureReason({ packages }: Candidate, error: unknown): string {
  const missing = packages.find((name) => isMissing(name, error));
  if (missing) return `${missing} is not installed`;
  const message = error instanceof Error ? error.message : String(error);
  return `${packages.at(-1)} is installed, but does not load: ${message.trim().split("\n", 1)[0].trim()}`;
}

/** Whether the error says that this very package is not there, not one of its own dependencies or files. */
function isMissing(name: string, error: unknown): boolean {
  const { code, message = "" } = error as { code?: string; message?: string };
  // Vite puts a module that throws this in the place of an optional peer that is not there.
  if (message.startsWith(`Could not resolve "${name}" imported by`)) return true;
  const quoted = message.includes(`'${name}'`) || message.includes(`"${name}"`);
  return quoted && (code === "ERR_MODULE_NOT_FOUND" || /failed to resolve module specifier/i.test(message));
}

/** The specifier is a variable, and marked, so that bundlers leave optional packages alone. */
function importDynamically(specifier: string): Promise<unknown> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
}
