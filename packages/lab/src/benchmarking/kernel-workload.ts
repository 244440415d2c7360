import {
  type DeviceKind,
  type ExpectedElement,
  type FloatDType,
  isFloat,
  type KernelBenchmark,
  type KernelBenchmarkCase,
  type KernelPeer,
  type ReferenceArray,
  type Tensor,
  type TensorSpec,
  type Tolerance,
  type TypedArray,
} from "@ansatz/tensor";
import {
  type Benchmark,
  type BenchmarkContext,
  type BenchmarkPeer,
  defineBenchmark,
  type Workload,
} from "../benchmark.ts";
import { randomArray } from "./random-array.ts";

/**
 * The benchmark of a kernel, derived from its declaration: random inputs, `runInto` existing outputs, cost, every device it has an implementation for, and
 * validation of our and the peers' results against the float64 reference. Its id is the package's name without scope and the kernel's: `tensor/matmul`.
 */
export function kernelBenchmark<Options>(declaration: KernelBenchmark<Options>, packageName: string): Benchmark {
  const { kernel, cases, peers } = declaration;
  const prepare = preparation(declaration);
  const devices: DeviceKind[] = ["cpu"];
  if (typeof kernel.webgpu !== "string") devices.push("webgpu");
  if (typeof kernel.tensorflow !== "string") devices.push("tensorflow");
  return defineBenchmark<KernelBenchmarkCase<Options>>({
    id: `${packageName.replace(/^@.*\//, "")}/${kernel.name}`,
    title: `${kernel.name} kernel`,
    summary: kernel.summary,
    isolates: "one call into existing outputs, data already on the device: no allocation, no transfer",
    cases,
    devices,
    peers: peers.map((peer) => kernelPeer(peer, declaration, prepare)),
    setup: async (context) => kernelWorkload(declaration, context, prepare(context.case)),
  });
}

/** The data of one case and what must come out. */
interface PreparedCase {
  readonly inputs: readonly ReferenceArray[];
  readonly outputs: readonly TensorSpec[];
  /** Computed on first use: a reference can take seconds. */
  expected(): readonly Expectable[];
}

/** What one output must be: all of it, or some of its elements. */
type Expectable = { readonly all: ArrayLike<number> } | { readonly some: readonly ExpectedElement[] };

/** Prepares cases, remembering the last one: ours and the peers' workloads of a case share data and reference. */
function preparation<Options>(declaration: KernelBenchmark<Options>) {
  let last: { readonly case: KernelBenchmarkCase<Options>; readonly prepared: PreparedCase } | undefined;
  return (benchmarkCase: KernelBenchmarkCase<Options>): PreparedCase => {
    if (last?.case !== benchmarkCase) last = { case: benchmarkCase, prepared: prepareCase(declaration, benchmarkCase) };
    return last.prepared;
  };
}

function prepareCase<Options>(
  { kernel, expected: expectedElements }: KernelBenchmark<Options>,
  benchmarkCase: KernelBenchmarkCase<Options>,
): PreparedCase {
  const { options } = benchmarkCase;
  const outputs = kernel.infer(benchmarkCase.inputs, options);
  const inputs = benchmarkCase.inputs.map((input, index) => randomArray(input, index + 1));
  let expected: readonly Expectable[] | undefined;
  return {
    inputs,
    outputs,
    expected() {
      if (expected) return expected;
      if (expectedElements) {
        const elements = expectedElements(benchmarkCase, inputs);
        expected = outputs.map((_, index) => ({ some: elements.filter(({ output = 0 }) => output === index) }));
      } else expected = kernel.reference(inputs, options).map(({ data }) => ({ all: data }));
      return expected;
    },
  };
}

async function kernelWorkload<Options>(
  { kernel }: KernelBenchmark<Options>,
  { case: benchmarkCase, device }: BenchmarkContext<KernelBenchmarkCase<Options>>,
  prepared: PreparedCase,
): Promise<Workload> {
  const { options } = benchmarkCase;
  const tensors: Tensor[] = [];
  const dispose = () => {
    for (const tensor of tensors) tensor.dispose();
  };
  try {
    const inputs = prepared.inputs.map((input) =>
      keep(device.tensor(input.data as TypedArray, input.shape, input.dtype)),
    );
    const outputs = prepared.outputs.map(({ shape, dtype }) => keep(device.zeros(shape, dtype)));
    return {
      run: () => kernel.runInto(inputs, outputs, options),
      async validate() {
        const actual = await Promise.all(outputs.map((output) => output.data()));
        checkOutputs(actual, prepared, (dtype) => kernel.tolerance(dtype, benchmarkCase.inputs, options));
      },
      async maximalError() {
        return maximalError(await Promise.all(outputs.map((output) => output.data())), prepared);
      },
      cost: kernel.cost(benchmarkCase.inputs, options),
      dtype: floatOf([...prepared.outputs, ...prepared.inputs]),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }

  function keep<Kept extends Tensor>(tensor: Kept): Kept {
    tensors.push(tensor);
    return tensor;
  }
}

function kernelPeer<Options>(
  peer: KernelPeer<Options>,
  { kernel }: KernelBenchmark<Options>,
  prepare: (benchmarkCase: KernelBenchmarkCase<Options>) => PreparedCase,
): BenchmarkPeer<KernelBenchmarkCase<Options>> {
  return {
    name: peer.name,
    ...(peer.devices && { devices: peer.devices }),
    version: () => peer.version(),
    async setup(benchmarkCase) {
      const prepared = prepare(benchmarkCase);
      const workload = await peer.setup(benchmarkCase, prepared.inputs);
      return {
        run: () => workload.run(),
        async validate() {
          const tolerance = (dtype: TensorSpec["dtype"]) =>
            peer.tolerance ?? kernel.tolerance(dtype, benchmarkCase.inputs, benchmarkCase.options);
          checkOutputs(await workload.outputs(), prepared, tolerance);
        },
        cost: kernel.cost(benchmarkCase.inputs, benchmarkCase.options),
        dtype: floatOf([...prepared.outputs, ...prepared.inputs]),
        dispose: () => workload.dispose(),
      };
    },
  };
}

function floatOf(specs: readonly TensorSpec[]): FloatDType {
  return specs.map(({ dtype }) => dtype).find(isFloat) ?? "float32";
}

/** @throws Error naming the first element that is wrong. */
function checkOutputs(
  actual: readonly ArrayLike<number>[],
  { outputs, expected }: PreparedCase,
  tolerance: (dtype: TensorSpec["dtype"]) => Tolerance,
): void {
  for (const [number, wanted] of expected().entries()) {
    const values = actual[number];
    const allowed = tolerance(outputs[number].dtype);
    if ("all" in wanted) {
      if (values?.length !== wanted.all.length)
        throw new Error(`output ${number} has ${values?.length} elements, expected ${wanted.all.length}`);
      for (let index = 0; index < wanted.all.length; index++)
        checkElement(number, index, values[index], wanted.all[index], allowed);
    } else for (const { index, value } of wanted.some) checkElement(number, index, values[index], value, allowed);
  }
}

/** The largest difference from the reference, as a share of the output's largest element. */
function maximalError(actual: readonly ArrayLike<number>[], { expected }: PreparedCase): number {
  const errors = expected().map((wanted, output) => {
    let scale = 0;
    let error = 0;
    const look = (index: number, value: number) => {
      if (!Number.isFinite(value)) return;
      scale = Math.max(scale, Math.abs(value));
      error = Math.max(error, Math.abs(actual[output][index] - value));
    };
    if ("all" in wanted) for (let index = 0; index < wanted.all.length; index++) look(index, wanted.all[index]);
    else for (const { index, value } of wanted.some) look(index, value);
    return error === 0 ? 0 : error / (scale || 1);
  });
  return Math.max(0, ...errors);
}

function checkElement(output: number, index: number, actual: number, expected: number, allowed: Tolerance): void {
  if (
    Object.is(actual, expected) ||
    Math.abs(actual - expected) <= allowed.absolute + allowed.relative * Math.abs(expected)
  )
    return;
  throw new Error(`wrong result: output ${output}[${index}] is ${actual}, expected ${expected}`);
}
