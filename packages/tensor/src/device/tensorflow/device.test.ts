import { afterEach, describe, expect, it, vi } from "vitest";
import type { DType, TypedArray } from "../../dtype.ts";
import { DeviceUnavailableError, InvalidInputError, UnsupportedError } from "../../errors.ts";
import { defineKernel, type Kernel, referenceArray, type TensorFlowImplementation } from "../../kernel.ts";
import type { TensorFlowApi } from "./api.ts";
import { TensorFlowDevice } from "./device.ts";
import { loadEngine } from "./engine.ts";

const module = await import("@tensorflow/tfjs-core");
const tf = module as unknown as TensorFlowApi;

/** A kernel of one input and one output of its shape and dtype, with the given TensorFlow implementation. */
function tensorFlowKernel(run: TensorFlowImplementation<undefined>["run"]): Kernel<undefined> {
  return defineKernel<undefined>({
    name: "under-test",
    summary: "Exists for these tests.",
    infer: ([{ shape, dtype }]) => [{ shape, dtype }],
    cost: () => ({ flops: 0, bytes: 0 }),
    reference: ([input]) => [input],
    cpu: { module: { name: "none", relaxedSimd: "", simd: "" }, run: () => {} },
    webgpu: "not under test",
    tensorflow: { run },
    cases: () => [],
    randomCase: () => ({ name: "", inputs: [referenceArray("float32", [0], [])], options: undefined }),
    tolerance: () => ({ relative: 0, absolute: 0 }),
  });
}

const double = tensorFlowKernel((api, [x]) => [api.add(x, x)]);

const portable = () => TensorFlowDevice.open({ engine: "portable" });

afterEach(() => vi.unstubAllEnvs());

describe("TensorFlowDevice", () => {
  it.each<[DType, TypedArray]>([
    ["float32", Float32Array.of(1.5, Number.NaN, Number.POSITIVE_INFINITY, -0)],
    ["int32", Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, 7)],
    ["bool", Uint8Array.of(1, 0, 0, 1)],
  ])("returns %s values as they were given", async (dtype, values) => {
    await using device = await portable();
    using x = device.tensor(values, [2, 2], dtype);
    expect(await x.data()).toEqual(values);
    expect(x.shape).toEqual([2, 2]);
    expect(device.memory()).toMatchObject({ tensors: 1, bytes: values.byteLength });
  });

  it("keeps its own copy in both directions", async () => {
    await using device = await portable();
    const values = Float32Array.of(1, 2);
    using x = device.tensor(values);
    values[0] = 9;
    const first = await x.data();
    expect(first).toEqual(Float32Array.of(1, 2));
    first[1] = 9;
    expect(await x.data()).toEqual(Float32Array.of(1, 2));
  });

  it("computes nothing for an output without elements", async () => {
    await using device = await portable();
    const never = tensorFlowKernel(() => {
      throw new Error("called");
    });
    using x = device.zeros([0, 3], "int32");
    using y = never.run([x], undefined)[0];
    expect(await y.data()).toEqual(new Int32Array(0));
    using reshaped = y.reshape([3, 0, 2]);
    expect(await reshaped.data()).toEqual(new Int32Array(0));
  });

  it("gives kernels the shape of a reshaped tensor, whatever its storage was made with", async () => {
    await using device = await portable();
    const shapes: number[][] = [];
    const recording = tensorFlowKernel((api, [x]) => {
      shapes.push([...x.shape]);
      return [api.neg(x)];
    });
    using x = device.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    using flat = x.reshape([6]);
    using y = recording.run([flat], undefined)[0];
    using tall = y.reshape([3, 2]);
    using z = double.run([tall], undefined)[0];
    expect(shapes).toEqual([[6]]);
    expect(z.shape).toEqual([3, 2]);
    expect(await z.data()).toEqual(Float32Array.of(-2, -4, -6, -8, -10, -12));
  });

  it("writes into existing tensors, also when the output is the input, and their reshaped views see it", async () => {
    await using device = await portable();
    using x = device.tensor([1, 2, 3, 4], [2, 2]);
    using view = x.reshape([4]);
    double.runInto([x], [x], undefined);
    expect(await view.data()).toEqual(Float32Array.of(2, 4, 6, 8));
    expect(device.memory().bytes).toBe(16);
  });

  it("leaves no TensorFlow tensor behind: intermediates, failures, shared results, a surrounding tidy, a closed device", async () => {
    const before = tf.memory().numTensors;
    const device = await portable();
    const identity = tensorFlowKernel((_, [x]) => [x]);
    const failing = tensorFlowKernel((api, [x]) => {
      api.add(x, x);
      throw new Error("on purpose");
    });
    const x = device.tensor([1, 2]);
    expect(() => failing.run([x], undefined)).toThrow("on purpose");
    const same = identity.run([x], undefined)[0];
    x.dispose();
    const made = tf.tidy(() => ({ y: double.run([same], undefined)[0] }));
    expect(await made.y.data()).toEqual(Float32Array.of(2, 4));
    await device.synchronize();
    expect(tf.memory().numTensors).toBe(before + 2);
    await device.dispose();
    expect(tf.memory().numTensors).toBe(before);
    made.y.dispose();
    same.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("disposes its own tensors only, though devices share the engine", async () => {
    await using first = await portable();
    const second = await portable();
    using x = first.tensor([1]);
    second.tensor([2]);
    const foreign = tf.tensor([3], [1]);
    await second.dispose();
    expect(await x.data()).toEqual(Float32Array.of(1));
    expect(await foreign.data()).toEqual(Float32Array.of(3));
    foreign.dispose();
  });

  it("refuses float64 and uint32, and kernels without an implementation", async () => {
    await using device = await portable();
    expect(() => device.tensor([1], [1], "float64")).toThrow(UnsupportedError);
    expect(() => device.tensor([1], [1], "uint32")).toThrow("uint32 is not available on tensorflow");
    using x = device.tensor([1]);
    const none = defineKernel({ ...double, tensorflow: "sequential: on purpose" });
    expect(() => none.run([x], undefined)).toThrow("sequential: on purpose");
    const integers = defineKernel({
      ...double,
      tensorflow: { ...(double.tensorflow as object), dtypes: ["int32"] } as never,
    });
    expect(() => integers.run([x], undefined)).toThrow(UnsupportedError);
  });

  it.each<[string, TensorFlowImplementation<undefined>["run"]]>([
    ["float32 [1]", (api, [x]) => [api.sum(x, 0, true)]],
    ["int32 [2]", (api, [x]) => [api.cast(x, "int32")]],
    ["float32 [2], float32 [2]", (_, [x]) => [x, x]],
  ])("names the kernel whose implementation returns %s instead of what was inferred", async (returned, run) => {
    const before = tf.memory().numTensors;
    await using device = await portable();
    using x = device.tensor([1, 2]);
    expect(() => tensorFlowKernel(run).run([x], undefined)).toThrow(
      `under-test: internal error: its tensorflow implementation returned ${returned} instead of float32 [2]`,
    );
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it("names a lack of memory with the bytes that were wanted", async () => {
    await using device = await portable();
    using x = device.tensor([1, 2]);
    const exhausted = tensorFlowKernel(() => {
      throw new Error("Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[2]");
    });
    expect(() => exhausted.run([x], undefined)).toThrow(
      expect.objectContaining({ code: "OUT_OF_MEMORY", requestedBytes: 8 }),
    );
  });

  it("describes the portable engine", async () => {
    await using device = await portable();
    expect(device.description).toMatchObject({
      kind: "tensorflow",
      details: {
        engine: `@tensorflow/tfjs-core with @tensorflow/tfjs-backend-${tf.getBackend()}`,
        backend: tf.getBackend(),
        gpu: false,
      },
    });
    expect(device.description.details.version).toMatch(/^\d+\.\d+/);
    expect(device.defaultFloat).toBe("float32");
  });

  it("runs on a module that the caller loaded, named exports or default export", async () => {
    await (await portable()).dispose();
    for (const engine of [module, { default: module }]) {
      await using device = await TensorFlowDevice.open({ engine });
      expect(device.description.details).toMatchObject({ engine: "given", backend: tf.getBackend() });
      using x = device.tensor([1, 2]);
      using y = double.run([x], undefined)[0];
      expect(await y.data()).toEqual(Float32Array.of(2, 4));
    }
  });

  it("opens the portable engine by the environment variable", async () => {
    vi.stubEnv("ANSATZ_TENSORFLOW_ENGINE", "portable");
    await using device = await TensorFlowDevice.open();
    expect(device.description.details.engine).toContain("@tensorflow/tfjs-core");
  });
});

function notFound(specifier: string): Error {
  return Object.assign(new Error(`Cannot find package '${specifier}' imported from engine.ts`), {
    code: "ERR_MODULE_NOT_FOUND",
  });
}

/** What an installed engine exports, as far as opening it goes. */
function fakeEngine(properties: Partial<TensorFlowApi> = {}): TensorFlowApi {
  return {
    tidy: (body: () => unknown) => body(),
    tensor: () => undefined,
    ready: async () => {},
    ...properties,
  } as TensorFlowApi;
}

/** Loads from a map of specifiers; an Error there is thrown, and what is not there is not installed. */
function loader(modules: Record<string, unknown>): (specifier: string) => Promise<unknown> {
  return async (specifier) => {
    const found = modules[specifier] ?? notFound(specifier);
    if (found instanceof Error) throw found;
    return found;
  };
}

async function refusal(...parameters: Parameters<typeof loadEngine>): Promise<DeviceUnavailableError> {
  const error = await loadEngine(...parameters).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DeviceUnavailableError);
  return error as DeviceUnavailableError;
}

describe("loadEngine", () => {
  it("says that nothing is installed and what to install, and does not take the portable engine unasked", async () => {
    const core = fakeEngine({ setBackend: async () => true, enableProdMode: () => {} });
    const error = await refusal(
      undefined,
      loader({ "@tensorflow/tfjs-core": core, "@tensorflow/tfjs-backend-cpu": {} }),
    );
    expect(error.reason).toBe("@tensorflow/tfjs-node-gpu is not installed; @tensorflow/tfjs-node is not installed");
    expect(error.remedy).toContain('{ engine: "portable" }');
  });

  it("knows a missing package also by what vite puts in its place", async () => {
    const inPlaceOf = (name: string) => new Error(`Could not resolve "${name}" imported by "@ansatz/tensor".`);
    const error = await refusal(
      undefined,
      loader({
        "@tensorflow/tfjs-node-gpu": inPlaceOf("@tensorflow/tfjs-node-gpu"),
        "@tensorflow/tfjs-node": new Error('Could not resolve "long" imported by "@tensorflow/tfjs-node".'),
      }),
    );
    expect(error.reason).toBe(
      '@tensorflow/tfjs-node-gpu is not installed; @tensorflow/tfjs-node is installed, but does not load: Could not resolve "long" imported by "@tensorflow/tfjs-node".',
    );
  });

  it("tells a native binding that does not load from a package that is not there", async () => {
    const broken = new Error(
      "The Node.js native addon module (tfjs_binding.node) can not be found at path: x. \nPlease run",
    );
    const nested = notFound("@mapbox/node-pre-gyp");
    const error = await refusal(
      undefined,
      loader({ "@tensorflow/tfjs-node-gpu": nested, "@tensorflow/tfjs-node": broken }),
    );
    expect(error.reason).toBe(
      "@tensorflow/tfjs-node-gpu is installed, but does not load: Cannot find package '@mapbox/node-pre-gyp' imported from engine.ts; " +
        "@tensorflow/tfjs-node is installed, but does not load: The Node.js native addon module (tfjs_binding.node) can not be found at path: x.",
    );
    expect((error.cause as AggregateError).errors).toEqual([nested, broken]);
  });

  it("takes the CUDA engine first, then the native one, and records what it passed over", async () => {
    const gpu = fakeEngine();
    const cpu = fakeEngine();
    const both = { "@tensorflow/tfjs-node-gpu": gpu, "@tensorflow/tfjs-node": { default: cpu } };
    expect(await loadEngine(undefined, loader(both))).toEqual({
      tf: gpu,
      name: "@tensorflow/tfjs-node-gpu",
      passedOver: [],
    });
    expect((await loadEngine("node", loader(both))).tf).toBe(cpu);
    const { tf: taken, passedOver } = await loadEngine(undefined, loader({ "@tensorflow/tfjs-node": cpu }));
    expect(taken).toBe(cpu);
    expect(passedOver).toEqual(["@tensorflow/tfjs-node-gpu is not installed"]);
    expect((await refusal("node-gpu", loader({ "@tensorflow/tfjs-node": cpu }))).remedy).toContain("CUDA");
  });

  it("prefers the WebAssembly backend for the portable engine and takes the plain one where it is missing or does not start", async () => {
    const started: string[] = [];
    const core = (works: boolean) =>
      fakeEngine({
        enableProdMode: () => {},
        setBackend: async (name) => {
          started.push(name);
          return works || name === "cpu";
        },
      });
    const wasm = { "@tensorflow/tfjs-backend-wasm": {}, "@tensorflow/tfjs-backend-cpu": {} };
    const first = await loadEngine("portable", loader({ ...wasm, "@tensorflow/tfjs-core": core(true) }));
    expect(first.name).toBe("@tensorflow/tfjs-core with @tensorflow/tfjs-backend-wasm");
    const second = await loadEngine("portable", loader({ ...wasm, "@tensorflow/tfjs-core": core(false) }));
    expect(second.name).toBe("@tensorflow/tfjs-core with @tensorflow/tfjs-backend-cpu");
    expect(second.passedOver[0]).toContain('its backend "wasm" does not start');
    expect(started).toEqual(["wasm", "wasm", "cpu"]);
    expect((await refusal("portable", loader({}))).reason).toContain("@tensorflow/tfjs-core is not installed");
  });

  it("gives node:util the functions that tfjs-node calls and Node no longer has", async () => {
    await loadEngine("node", loader({ "@tensorflow/tfjs-node": fakeEngine() }));
    const util = process.getBuiltinModule("node:util") as unknown as Record<string, (value: unknown) => boolean>;
    expect([util.isNullOrUndefined(null), util.isNullOrUndefined(0)]).toEqual([true, false]);
    expect([util.isArray([]), util.isArray({})]).toEqual([true, false]);
  });

  it("refuses an engine that is neither a known name nor a TensorFlow.js module", async () => {
    await expect(loadEngine("webgl" as never)).rejects.toThrow(InvalidInputError);
    await expect(loadEngine({} as TensorFlowApi)).rejects.toThrow("engine: expected a loaded TensorFlow.js module");
    vi.stubEnv("ANSATZ_TENSORFLOW_ENGINE", "fast");
    await expect(loadEngine(undefined)).rejects.toThrow('ANSATZ_TENSORFLOW_ENGINE: expected "node-gpu"');
  });
});
