import { defineBenchmark } from "@ansatz/lab";
import { type Device, type DType, type FloatDType, key, type Tensor, uniform } from "@ansatz/tensor";
import { gridFor } from "../../potentials.ts";
import { partsOf } from "../log-plan/log-plan.ts";
import { expectClose } from "../plan-benchmark.ts";
import { pointCloudSweepKernel } from "./index.ts";

interface PointCloudCase {
  readonly name: string;
  readonly size: number;
  readonly dimension: number;
  readonly dtype: FloatDType;
}

const SIZES = [
  [2048, 2],
  [2048, 8],
  [2048, 64],
  [20_000, 2],
] as const;

const CASES: readonly PointCloudCase[] = SIZES.flatMap(([size, dimension]) =>
  (["float32", "float64"] as const).map((dtype) => ({
    name: `${size} points in ${dimension} dimensions, ${dtype}`,
    size,
    dimension,
    dtype,
  })),
);

/** Half a sweep between points of the unit cube; two of them are a sweep. A plan of which no entry is negligible, so that every exponential is taken. */
export const pointCloudSweepBenchmark = defineBenchmark<PointCloudCase>({
  id: "ot/point-cloud-sweep",
  title: "point-cloud-sweep kernel",
  summary: pointCloudSweepKernel.summary,
  isolates: "one call into existing outputs, points already on the device: half a sweep of Sinkhorn's iteration",
  cases: CASES,
  devices: ["cpu", "webgpu"],
  async setup({ case: { size, dimension, dtype }, device }) {
    const options = { metric: "squared-euclidean" as const, regularization: dimension / 10, grid: gridFor(dimension) };
    const [inputs, outputs] = device.scope(() => prepare(device, size, dimension, dtype, options));
    return {
      run: () => pointCloudSweepKernel.runInto(inputs, outputs, options),
      async validate() {
        // Another call finds the rows at their marginal.
        const again = pointCloudSweepKernel.run([...inputs.slice(0, 2), outputs[0], ...inputs.slice(3)], options);
        const sums = await again[1].data();
        for (const tensor of again) tensor.dispose();
        for (const sum of sums) expectClose("a row of the plan", sum, 1 / size, dtype === "float32" ? 1e-4 : 1e-11);
      },
      cost: pointCloudSweepKernel.cost(inputs, options),
      dtype,
      dispose() {
        for (const tensor of [...inputs, ...outputs]) tensor.dispose();
      },
    };
  },
});

/** Inputs after a sweep from zero, and room for outputs. */
function prepare(
  device: Device,
  size: number,
  dimension: number,
  dtype: FloatDType,
  options: Parameters<typeof pointCloudSweepKernel.run>[1],
): readonly [Tensor[], Tensor[]] {
  const x = uniform(key(1), [size, dimension], { device, dtype });
  const y = uniform(key(2), [dimension, size], { device, dtype });
  const zero = device.zeros([partsOf(dtype), size], dtype as DType);
  const logMarginals = device.full([size], -Math.log(size), dtype as DType);
  const inputs = [x, y, zero, zero, logMarginals];
  const outputs = pointCloudSweepKernel.run(inputs, options);
  return [[x, y, outputs[0], zero, logMarginals], pointCloudSweepKernel.run(inputs, options)];
}
