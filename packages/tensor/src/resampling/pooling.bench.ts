import { type BenchmarkPeer, defineBenchmark, type Workload } from "@ansatz/lab";
import type { Device } from "../device/device.ts";
import { grad } from "../differentiation/transforms.ts";
import { multiply } from "../kernels/map/binary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { installedVersion } from "../peers/installed-version.ts";
import { loadJaxJs } from "../peers/jax-js.ts";
import { loadTfJs } from "../peers/tfjs-wasm.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose } from "../testing/all-close.ts";
import { averagePool, maxPool } from "./pooling.ts";

interface PoolingCase {
  readonly name: string;
  readonly method: "max" | "average";
  readonly task: "forward" | "gradient";
}

const SHAPE = [8, 64, 32, 32];
const POOLED = [8, 64, 16, 16];
const WINDOW = 2;

const x = noise(sizeOf(SHAPE), 1);
/** What the result is weighted with before it is differentiated. */
const weights = noise(sizeOf(POOLED), 2);

/** As irregular as random numbers, and the same for everybody. */
function noise(size: number, start: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, k) => Math.sin(12.9898 * k + 78.233 * start) ** 3);
}

/** The result of a case, window by window. */
function expectedValues({ method, task }: PoolingCase): Float64Array {
  const [, , height, width] = SHAPE;
  const columns = width / WINDOW;
  const pooled = new Float64Array(sizeOf(POOLED));
  const gradient = new Float64Array(sizeOf(SHAPE));
  for (let index = 0; index < pooled.length; index++) {
    const row = Math.floor(index / columns) % (height / WINDOW);
    const plane = Math.floor(index / columns / (height / WINDOW));
    const first = (plane * height + row * WINDOW) * width + (index % columns) * WINDOW;
    const window = [first, first + 1, first + width, first + width + 1];
    const values = window.map((place) => x[place]);
    const largest = Math.max(...values);
    const shares = values.map((value) => (method === "average" ? 1 / values.length : Number(value === largest)));
    for (const [k, share] of shares.entries()) {
      pooled[index] += share * values[k];
      gradient[window[k]] += share * weights[index];
    }
  }
  return task === "forward" ? pooled : gradient;
}

function workloadOf(
  benchmarkCase: PoolingCase,
  work: { run(): void | Promise<void>; values(): Promise<ArrayLike<number>>; dispose(): void },
): Workload {
  const [large, small] = [sizeOf(SHAPE), sizeOf(POOLED)];
  const isForward = benchmarkCase.task === "forward";
  return {
    run: () => work.run(),
    async validate() {
      // Sums of four numbers below 1, in float32.
      const tolerance = { relative: 1e-6, absolute: 1e-6 };
      expectAllClose(await work.values(), expectedValues(benchmarkCase), tolerance, benchmarkCase.name);
    },
    cost: { flops: large, bytes: 4 * (isForward ? large + small : 2 * large + small) },
    dispose: () => work.dispose(),
  };
}

const jaxJs: BenchmarkPeer<PoolingCase> = {
  name: "jax-js, wasm",
  devices: ["cpu"],
  version: () => installedVersion("@jax-js/jax"),
  async setup(benchmarkCase) {
    const jax = await loadJaxJs();
    const { numpy, lax } = jax;
    type JaxArray = ReturnType<typeof numpy.array>;
    const input = numpy.array(x).reshape(SHAPE);
    const scale = numpy.array(weights).reshape(POOLED);
    const reduction = benchmarkCase.method === "max" ? numpy.max : numpy.mean;
    const window = [WINDOW, WINDOW];
    const pool = (each: JaxArray) => lax.reduceWindow(each, (window) => reduction(window), window, window);
    const gradient = jax.grad((each: JaxArray) => numpy.sum(numpy.multiply(pool(each), scale.ref)));
    const work = jax.jit(benchmarkCase.task === "forward" ? pool : gradient) as unknown as (x: JaxArray) => JaxArray;
    let result: JaxArray | undefined;
    return workloadOf(benchmarkCase, {
      async run() {
        result?.dispose();
        result = work(input.ref);
        await jax.blockUntilReady(result);
      },
      values: async () => (await result!.ref.data()) as Float32Array,
      dispose() {
        for (const each of [input, scale, result]) each?.dispose();
      },
    });
  },
};

/** TensorFlow.js has channels last: the input is brought to that order before. */
const tfjsWasm: BenchmarkPeer<PoolingCase> = {
  name: "tfjs-wasm",
  devices: ["cpu"],
  version: () => installedVersion("@tensorflow/tfjs-backend-wasm"),
  async setup(benchmarkCase) {
    const { method, task } = benchmarkCase;
    if (task === "gradient") throw new Error("TensorFlow.js on WebAssembly has no such kernel");
    const tf = await loadTfJs();
    const input = tf.tidy(() => tf.transpose(tf.tensor4d(x, SHAPE as [number, number, number, number]), [0, 2, 3, 1]));
    const pool = method === "max" ? tf.maxPool : tf.avgPool;
    let result: typeof input | undefined;
    return workloadOf(benchmarkCase, {
      run() {
        result?.dispose();
        result = pool(input as never, WINDOW, WINDOW, "valid") as typeof input;
      },
      values: async () => tf.tidy(() => tf.transpose(result!, [0, 3, 1, 2]).dataSync()),
      dispose: () => tf.dispose([input, ...(result ? [result] : [])]),
    });
  },
};

/** Poolings of images, and their gradients. */
export const poolingBenchmark = defineBenchmark<PoolingCase>({
  id: "tensor/pooling",
  title: "Pooling",
  summary: `Largest element and mean of windows of ${WINDOW} × ${WINDOW} in images of ${SHAPE.join("×")} float32, and their gradients.`,
  isolates: "one pooling, or the gradient of a weighted sum of it, of data that are on the device; results stay there",
  cases: (["max", "average"] as const).flatMap((method) =>
    (["forward", "gradient"] as const).map((task) => ({ name: `${method}, ${task}`, method, task })),
  ),
  devices: ["cpu", "webgpu", "tensorflow"],
  peers: [jaxJs, tfjsWasm],
  async setup({ case: benchmarkCase, device }) {
    const input = device.tensor(x, SHAPE);
    const scale = device.tensor(weights, POOLED);
    let result: Tensor | undefined;
    return workloadOf(benchmarkCase, {
      run() {
        result?.dispose();
        result = runCase(benchmarkCase, device, input, scale);
      },
      values: () => result!.data(),
      dispose() {
        for (const each of [input, scale, result]) each?.dispose();
      },
    });
  },
});

function runCase({ method, task }: PoolingCase, device: Device, input: Tensor, scale: Tensor): Tensor {
  const pool = (each: Tensor) => (method === "max" ? maxPool : averagePool)(each, { window: WINDOW });
  if (task === "forward") return pool(input);
  return device.scope(() => grad((each: Tensor) => sum(multiply(pool(each), scale)))(input));
}
