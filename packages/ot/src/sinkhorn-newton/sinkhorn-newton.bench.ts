import { type BenchmarkPeer, defineBenchmark, type Workload } from "@ansatz/lab";
import { type FloatDType, key, openDevice, uniform } from "@ansatz/tensor";
import type { TransportProblem } from "../problem.ts";
import { sinkhorn } from "../sinkhorn/index.ts";
import type { TransportResult } from "../transport-result.ts";
import { sinkhornNewton } from "./index.ts";

interface AssignmentCase {
  readonly name: string;
  readonly size: number;
  readonly dtype: FloatDType;
}

const INVERSE_REGULARIZATION = 1200;

/** What the peer does per call, since a whole solve of its takes minutes. */
const PEER_SWEEPS = 100;

const plainSinkhorn: BenchmarkPeer<AssignmentCase> = {
  name: `plain Sinkhorn, ${PEER_SWEEPS} sweeps of some 10⁵`,
  devices: ["cpu"],
  version: async () => "of this package",
  async setup({ size, dtype }) {
    const device = await openDevice("cpu");
    const problem = await randomAssignment(size);
    return workload(
      size,
      dtype,
      () => sinkhorn(problem, { device, dtype, maximumSweeps: PEER_SWEEPS }),
      () => device.dispose(),
    );
  },
};

/** Whole solves of the paper's random assignment. */
export const sinkhornNewtonBenchmark = defineBenchmark<AssignmentCase>({
  id: "ot/sinkhorn-newton",
  title: "Random assignment by sparse Newton steps",
  summary: `Entropic transport of n points at random costs, η = ${INVERSE_REGULARIZATION}, to a marginal error of 10⁻¹² (float32: 10⁻⁶).`,
  isolates: "a whole solve: checks, transfer of the costs to the device, 20 sweeps, Newton steps, results on the host",
  cases: [500, 1000].flatMap((size) =>
    (["float64", "float32"] as const).map((dtype) => ({ name: `n = ${size} ${dtype}`, size, dtype })),
  ),
  devices: ["cpu", "webgpu", "tensorflow"],
  peers: [plainSinkhorn],
  async setup({ case: { size, dtype }, device }) {
    const problem = await randomAssignment(size);
    const tolerance = dtype === "float64" ? 1e-12 : 1e-6;
    if (!device.description.dtypes.includes(dtype)) device.zeros([1], dtype);
    return workload(size, dtype, () => sinkhornNewton(problem, { device, dtype, tolerance }));
  },
});

function workload(
  size: number,
  dtype: FloatDType,
  solve: () => Promise<TransportResult>,
  dispose: Workload["dispose"] = () => {},
): Workload {
  let last: TransportResult | undefined;
  return {
    async run() {
      last = await solve();
    },
    async validate() {
      const result = last ?? (await solve());
      const isPeer = result.iterations.newtonSteps === 0;
      const met = isPeer ? result.iterations.sinkhornSweeps === PEER_SWEEPS : result.reason === "converged";
      if (!met) throw new Error(`stopped as ${result.reason} at a marginal error of ${result.marginalError}`);
    },
    // No solver can do with less than one look at the costs.
    cost: { flops: 0, bytes: size * size * (dtype === "float32" ? 4 : 8) },
    dtype,
    dispose,
  };
}

async function randomAssignment(size: number): Promise<TransportProblem> {
  await using host = await openDevice("cpu", { threads: 1 });
  using costs = uniform(key(0), [size, size], { device: host });
  const marginal = new Float64Array(size).fill(1 / size);
  return {
    costMatrix: { data: await costs.data(), shape: [size, size] },
    rowMarginal: marginal,
    columnMarginal: marginal,
    regularization: 1 / INVERSE_REGULARIZATION,
  };
}
