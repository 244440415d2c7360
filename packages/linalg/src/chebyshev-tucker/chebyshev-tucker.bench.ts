import { defineBenchmark } from "@ansatz/lab";
import { key } from "@ansatz/tensor";
import { randomCharges } from "./experiment/systems.ts";
import { chebyshevTucker } from "./index.ts";
import { particlePotential } from "./particles.ts";

interface BuildCase {
  readonly name: string;
  readonly charges: number;
  readonly nodes: number;
}

/** Whole constructions. `python peers/numpy_chebyshev_tucker.py` does the same with NumPy and SciPy. */
export const chebyshevTuckerBenchmark = defineBenchmark<BuildCase>({
  id: "linalg/chebyshev-tucker",
  title: "Chebyshev–Tucker formats, built",
  summary: "A smooth function, or the potential of 400 charges, from nothing to its Tucker format, tolerance 10⁻⁷.",
  isolates: "samples, coefficients, singular values and the core; host to host",
  cases: [
    { name: "1 / (1 + 25 r²), 65³ nodes", charges: 0, nodes: 65 },
    { name: "400 charges, 65³ nodes", charges: 400, nodes: 65 },
  ],
  devices: ["cpu"],
  async setup({ case: { charges, nodes }, device }) {
    const system = await randomCharges(Math.max(1, charges), key(3));
    const build = () =>
      charges > 0
        ? particlePotential(system, { nodes, device })
        : chebyshevTucker((x, y, z) => 1 / (1 + 25 * (x * x + y * y + z * z)), { nodes, device });
    let ranks: readonly number[] = [];
    return {
      async run() {
        ranks = (await build()).approximation.ranks;
      },
      async validate() {
        const most = Math.max(...(ranks.length > 0 ? ranks : (await build()).approximation.ranks));
        if (most > (charges > 0 ? 41 : 12)) throw new Error(`a rank of ${most}`);
      },
      // Sums of Gaussians at the nodes, three products with coefficient matrices, three unfoldings' triangles.
      cost: { flops: 2 * nodes ** 3 * charges * 17 + 6 * nodes ** 4 + 6 * nodes ** 4, bytes: 8 * nodes ** 3 },
      dtype: "float64",
      dispose() {},
    };
  },
});
