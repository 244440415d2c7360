import { defineBenchmark } from "@ansatz/lab";
import { key, openDevice, split, uniform } from "@ansatz/tensor";
import type { UnregularizedProblem } from "../problem.ts";
import type { TransportResult } from "../transport-result.ts";
import { exactTransport } from "./index.ts";

interface ExactCase {
  readonly name: string;
  readonly size: number;
}

/** Whole solves of random problems; peers/compare-exact.ts times POT's `emd` beside them. */
export const exactTransportBenchmark = defineBenchmark<ExactCase>({
  id: "ot/exact-transport",
  title: "Unregularised transport by the network simplex method",
  summary: "Costs uniform on (0, 1), masses uniform on (0.1, 1.1) and normalised, n points on either side.",
  isolates: "a whole solve: checks, the first tree, all pivots, results on the host",
  cases: [100, 500, 1000].map((size) => ({ name: `n = ${size}`, size })),
  devices: ["cpu"],
  async setup({ case: { size }, device }) {
    const problem = await randomProblem(size);
    let last: TransportResult | undefined;
    return {
      async run() {
        last = await exactTransport(problem, { device });
      },
      async validate() {
        const { reason, transportCost, dualObjective } = last ?? (await exactTransport(problem, { device }));
        if (reason !== "converged" || !(Math.abs(transportCost - dualObjective) < 1e-13))
          throw new Error(`stopped as ${reason} with ${transportCost}, and ${dualObjective} in the dual`);
      },
      // No solver can do with less than one look at the costs.
      cost: { flops: 0, bytes: 8 * size * size },
      dtype: "float64",
      dispose() {},
    };
  },
});

async function randomProblem(size: number): Promise<UnregularizedProblem> {
  await using host = await openDevice("cpu", { threads: 1 });
  const [costKey, rowKey, columnKey] = split(key(0), 3);
  const draw = async (from: typeof costKey, shape: number[]) => {
    using drawn = uniform(from, shape, { device: host, dtype: "float64" });
    return await drawn.data();
  };
  const masses = async (from: typeof costKey) => {
    const raised = (await draw(from, [size])).map((mass) => mass + 0.1);
    const total = raised.reduce((sum, mass) => sum + mass, 0);
    return raised.map((mass) => mass / total);
  };
  return {
    costMatrix: { data: await draw(costKey, [size, size]), shape: [size, size] },
    rowMarginal: await masses(rowKey),
    columnMarginal: await masses(columnKey),
  };
}
