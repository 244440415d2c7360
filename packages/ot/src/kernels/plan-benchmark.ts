import { type Benchmark, defineBenchmark } from "@ansatz/lab";
import { type Device, type DeviceKind, type FloatDType, type Kernel, key, type Tensor, uniform } from "@ansatz/tensor";
import { gridFor } from "../potentials.ts";
import { partsOf } from "./log-plan/log-plan.ts";
import { halfSweepKernel } from "./sinkhorn-half-sweep/index.ts";

/** A plan at which kernels are timed: that of a random assignment after some sweeps, when Newton's method takes over. */
export interface BenchmarkPlan {
  readonly device: Device;
  readonly dtype: FloatDType;
  /** Rows, and columns. */
  readonly size: number;
  readonly regularization: number;
  readonly grid: number;
  readonly cost: Tensor;
  readonly potentials: Tensor;
  readonly logMarginals: Tensor;
}

interface PlanBenchmarkCase {
  readonly name: string;
  readonly size: number;
  readonly dtype: FloatDType;
  /** η; at 50 a third of the exponentials matter, at 1200 one in twenty. */
  readonly eta: number;
}

export interface PlanBenchmarkDeclaration<Options> {
  /** Inputs and options at a plan. Tensors made here are freed with the workload. */
  prepare(plan: BenchmarkPlan): { readonly inputs: readonly Tensor[]; readonly options: Options };
  /** @throws Error when the outputs of the kernel are wrong. */
  validate(plan: BenchmarkPlan, outputs: readonly Tensor[]): Promise<void>;
}

const CASES: readonly PlanBenchmarkCase[] = [512, 2048].flatMap((size) =>
  (["float32", "float64"] as const).flatMap((dtype) =>
    [50, 1200].map((eta) => ({ name: `${size}² ${dtype}, η = ${eta}`, size, dtype, eta })),
  ),
);

const SWEEPS = 20;

/** The benchmark of a kernel that works on a plan. Random numbers would be no plan, so that it brings its own data. */
export function planBenchmark<Options>(
  kernel: Kernel<Options>,
  declaration: PlanBenchmarkDeclaration<Options>,
): Benchmark {
  const devices: DeviceKind[] = ["cpu", "webgpu", "tensorflow"];
  return defineBenchmark<PlanBenchmarkCase>({
    id: `ot/${kernel.name}`,
    title: `${kernel.name} kernel`,
    summary: kernel.summary,
    isolates: "one call into existing outputs, data already on the device: no allocation, no transfer",
    cases: CASES,
    devices: devices.filter((kind) => kind === "cpu" || typeof kernel[kind] !== "string"),
    async setup({ case: { size, dtype, eta }, device }) {
      const [plan, inputs, options, outputs] = device.scope(() => {
        const made = makePlan(device, size, dtype, 1 / eta);
        const prepared = declaration.prepare(made);
        const specs = kernel.infer(prepared.inputs, prepared.options);
        return [
          made,
          prepared.inputs,
          prepared.options,
          specs.map((spec) => device.zeros(spec.shape, spec.dtype)),
        ] as const;
      });
      return {
        run: () => kernel.runInto(inputs, outputs, options),
        validate: () => declaration.validate(plan, outputs),
        cost: kernel.cost(inputs, options),
        dtype,
        dispose() {
          const tensors = new Set([plan.cost, plan.potentials, plan.logMarginals, ...inputs, ...outputs]);
          for (const tensor of tensors) tensor.dispose();
        },
      };
    },
  });
}

function makePlan(device: Device, size: number, dtype: FloatDType, regularization: number): BenchmarkPlan {
  const cost = uniform(key(0), [size, size], { device, dtype });
  const logMarginals = device.full([2 * size], -Math.log(size), dtype);
  const grid = gridFor(1);
  let potentials: Tensor = device.zeros([partsOf(dtype), 2 * size], dtype);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const axis of ["rows", "columns"] as const)
      [potentials] = halfSweepKernel.run([cost, potentials, logMarginals], { axis, regularization, grid });
  return { device, dtype, size, regularization, grid, cost, potentials, logMarginals };
}

/** @throws Error unless |actual − expected| ≤ tolerance, relative to expected. */
export function expectClose(what: string, actual: number, expected: number, tolerance: number): void {
  if (!(Math.abs(actual - expected) <= tolerance * Math.abs(expected)))
    throw new Error(`${what}: ${actual} instead of ${expected}`);
}

/** What sums of a row or column of the plan may be off by, relatively. */
export function sumTolerance({ dtype }: BenchmarkPlan): number {
  return dtype === "float32" ? 1e-4 : 1e-11;
}
