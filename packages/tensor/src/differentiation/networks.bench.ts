import { type BenchmarkPeer, defineBenchmark, type Workload } from "@ansatz/lab";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import type { FloatDType } from "../dtype.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add, multiply } from "../kernels/map/binary.ts";
import { square, tanh } from "../kernels/map/unary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { mean } from "../kernels/reduce/index.ts";
import { installedVersion } from "../peers/installed-version.ts";
import { loadJaxJs } from "../peers/jax-js.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose } from "../testing/all-close.ts";
import { grad, hvp, jet, jvp } from "./transforms.ts";

/** What is taken of a tanh network of two hidden layers of 64. */
type Task = "gradient" | "Hessian-vector product" | "physics-informed step";

interface NetworkCase {
  readonly name: string;
  readonly task: Task;
  readonly dtype: FloatDType;
}

const WIDTH = 64;
/** Inputs of the network and examples in the batch. */
const SIZES: Readonly<Record<Task, readonly [inputs: number, examples: number]>> = {
  gradient: [3, 256],
  "Hessian-vector product": [3, 256],
  "physics-informed step": [1, 1024],
};
const NAMES = ["w1", "b1", "w2", "b2", "w3", "b3"] as const;

type Parameters = Readonly<Record<(typeof NAMES)[number], Tensor>>;

interface HostArrays {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly values: Readonly<Record<string, Float64Array<ArrayBuffer>>>;
}

const biasTanh = fuse((z: Tensor, bias: Tensor) => tanh(add(z, bias)));

function network({ w1, b1, w2, b2, w3, b3 }: Parameters, x: Tensor): Tensor {
  const hidden = biasTanh(matmul(x, w1), b1);
  return add(matmul(biasTanh(matmul(hidden, w2), b2), w3), b3);
}

/** mean((u″ + π² u)²), for the equation u″ = −π² u. */
function residualLoss(u: Tensor, second: Tensor): Tensor {
  return mean(square(add(second, multiply(u, Math.PI ** 2))));
}

function work(task: Task, parameters: Parameters, x: Tensor): Parameters {
  if (task === "physics-informed step") {
    const one = x.device.full(x.shape, 1, x.dtype);
    return grad((p: Parameters) => {
      const [u, , second] = jet((point: Tensor) => network(p, point), x, [one, null]);
      return residualLoss(u, second);
    })(parameters);
  }
  const loss = (p: Parameters) => mean(square(network(p, x)));
  return task === "gradient" ? grad(loss)(parameters) : hvp(loss, parameters, parameters);
}

/** The same by another route: nested forward mode where `work` takes jets, in float64. */
async function expectedValues(task: Task, arrays: HostArrays): Promise<Record<string, Float64Array>> {
  await using device = await openDevice("cpu", { threads: 1 });
  const { parameters, x } = upload(device, arrays, "float64");
  const one = device.full(x.shape, 1, "float64");
  const result =
    task === "physics-informed step"
      ? grad((p: Parameters) => {
          const u = (point: Tensor) => network(p, point);
          const first = (point: Tensor) => jvp(u, point, one).tangent;
          return residualLoss(u(x), jvp(first, x, one).tangent);
        })(parameters)
      : work(task, parameters, x);
  const entries = await Promise.all(NAMES.map(async (name) => [name, await result[name].data()] as const));
  return Object.fromEntries(entries) as Record<string, Float64Array>;
}

const jaxJs: BenchmarkPeer<NetworkCase> = {
  name: "jax-js, wasm",
  devices: ["cpu"],
  version: () => installedVersion("@jax-js/jax"),
  async setup({ task, dtype }) {
    const jax = await loadJaxJs();
    const { numpy: np } = jax;
    type Arrays = Record<string, ReturnType<typeof np.array>>;
    const arrays = hostArrays(task);
    const inputs: Arrays = Object.fromEntries(
      Object.entries(arrays.values).map(([name, values]) => [
        name,
        np
          .array(dtype === "float32" ? Float32Array.from(values) : values, { dtype: np[dtype] })
          .reshape([...arrays.shapes[name]]),
      ]),
    );
    const { x, ...parameters } = inputs;
    const shared = (tree: Arrays): Arrays =>
      Object.fromEntries(Object.entries(tree).map(([name, each]) => [name, each.ref]));
    const net = ({ w1, b1, w2, b2, w3, b3 }: Arrays, at: Arrays[string]) => {
      const hidden = np.tanh(np.add(np.matmul(at, w1), b1));
      return np.add(np.matmul(np.tanh(np.add(np.matmul(hidden, w2), b2)), w3), b3);
    };
    const squares = (p: Arrays, at: Arrays[string]) => np.mean(np.square(net(p, at)));
    const residual = (p: Arrays, at: Arrays[string]) => {
      const along = (f: (point: Arrays[string]) => Arrays[string]) => (point: Arrays[string]) =>
        jax.jvp(f, [point], [np.onesLike(point.ref)])[1] as Arrays[string];
      const second = along(along((point) => net(shared(p), point)))(at.ref);
      return np.mean(np.square(np.add(second, np.multiply(net(p, at), Math.PI ** 2))));
    };
    const gradient = (loss: typeof squares) => (p: Arrays, at: Arrays[string]) => jax.grad(loss)(p, at) as Arrays;
    const functions: Record<Task, (p: Arrays, at: Arrays[string]) => Arrays> = {
      gradient: gradient(squares),
      "physics-informed step": gradient(residual),
      "Hessian-vector product": (p, at) =>
        jax.jvp((q: Arrays) => gradient(squares)(q, at), [p], [shared(p)])[1] as unknown as Arrays,
    };
    const compiled = jax.jit(functions[task]) as (p: Arrays, at: Arrays[string]) => Arrays;
    let result: Arrays | undefined;
    const free = () => {
      for (const each of Object.values(result ?? {})) each.dispose();
    };
    const expected = await expectedValues(task, arrays);
    return {
      async run() {
        free();
        result = compiled(shared(parameters), x.ref);
        await jax.blockUntilReady(result);
      },
      async validate() {
        for (const name of NAMES) check(name, (await result![name].ref.data()) as Float32Array, expected[name]);
      },
      cost: costOf(task, dtype),
      dtype,
      dispose() {
        free();
        for (const each of Object.values(inputs)) each.dispose();
      },
    };
  },
};

/** Whole derivatives of small networks, where the time goes into many small calls. */
export const networksBenchmark = defineBenchmark<NetworkCase>({
  id: "tensor/networks",
  title: "Derivatives of small networks",
  summary: `A tanh network with two hidden layers of ${WIDTH}: gradient and Hessian-vector product of a mean square over 256 examples of 3 numbers, and the gradient of a physics-informed loss mean((u″ + π² u)²) at 1024 points.`,
  isolates: "one derivative in all parameters on data that are on the device; results stay there",
  cases: (Object.keys(SIZES) as Task[]).flatMap((task) =>
    (["float32", "float64"] as const).map((dtype) => ({ name: `${task} ${dtype}`, task, dtype })),
  ),
  devices: ["cpu", "webgpu", "tensorflow"],
  peers: [jaxJs],
  async setup({ case: { task, dtype }, device }): Promise<Workload> {
    const arrays = hostArrays(task);
    const { parameters, x } = upload(device, arrays, dtype);
    const expected = await expectedValues(task, arrays);
    let result: Parameters | undefined;
    const free = (tensors: readonly Tensor[]) => {
      for (const tensor of tensors) tensor.dispose();
    };
    return {
      run() {
        if (result) free(Object.values(result));
        result = device.scope(() => work(task, parameters, x));
      },
      async validate() {
        for (const name of NAMES) check(name, await result![name].data(), expected[name]);
      },
      cost: costOf(task, dtype),
      dtype,
      dispose: () => free([...Object.values(parameters), x, ...Object.values(result ?? {})]),
    };
  },
});

/** The products of matrices: three for a gradient, twice that for its derivative; the jet's three coefficients each take a product forwards and two backwards. */
function costOf(task: Task, dtype: FloatDType): { flops: number; bytes: number } {
  const [inputs, examples] = SIZES[task];
  const forward = 2 * examples * (inputs * WIDTH + WIDTH * WIDTH + WIDTH);
  const products = { gradient: 3, "Hessian-vector product": 6, "physics-informed step": 9 }[task];
  const parameters = inputs * WIDTH + WIDTH + WIDTH * WIDTH + WIDTH + WIDTH + 1;
  return { flops: products * forward, bytes: (2 * parameters + inputs * examples) * (dtype === "float32" ? 4 : 8) };
}

function hostArrays(task: Task): HostArrays {
  const [inputs, examples] = SIZES[task];
  const shapes: Record<string, readonly number[]> = {
    x: [examples, inputs],
    w1: [inputs, WIDTH],
    b1: [WIDTH],
    w2: [WIDTH, WIDTH],
    b2: [WIDTH],
    w3: [WIDTH, 1],
    b3: [1],
  };
  const values = Object.entries(shapes).map(([name, shape], index) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const scale = name === "x" ? 1 : 1 / Math.sqrt(shape[0] === WIDTH ? WIDTH : inputs);
    // As irregular as random numbers, and the same for everybody.
    const value = (k: number) => Math.fround(scale * Math.sin(12.9898 * k + 78.233 * index) ** 3);
    return [name, Float64Array.from({ length: size }, (_, k) => value(k))] as const;
  });
  return { shapes, values: Object.fromEntries(values) };
}

function upload(
  device: Device,
  { shapes, values }: HostArrays,
  dtype: FloatDType,
): { parameters: Parameters; x: Tensor } {
  const tensorOf = (name: string) => device.tensor(values[name], shapes[name], dtype);
  const parameters = Object.fromEntries(NAMES.map((name) => [name, tensorOf(name)])) as unknown as Parameters;
  return { parameters, x: tensorOf("x") };
}

function check(name: string, actual: ArrayLike<number>, expected: Float64Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // float32 sums over a thousand examples.
  expectAllClose(actual, expected, { relative: 1e-3, absolute: 1e-4 * largest }, name);
}
