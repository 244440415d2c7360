import { defineBenchmark } from "@ansatz/lab";
import { key } from "@ansatz/tensor";
import { productBasis } from "./basis.ts";
import { drawProjection } from "./sampling.ts";
import { UniformStream } from "./uniform-stream.ts";

interface ProcessCase {
  readonly name: string;
  readonly degree: number;
  readonly dimension: number;
}

/** Whole samples of projection processes. `python peers/dppy_projection.py` times DPPy's on the same bases. */
export const determinantalSamplingBenchmark = defineBenchmark<ProcessCase>({
  id: "linalg/determinantal-sampling",
  title: "Projection determinantal processes of Legendre polynomials",
  summary:
    "One sample of m points: proposals from the Christoffel density, accepted with what earlier points leave of it.",
  isolates: "the sequential sampler on the host, random numbers included",
  cases: [
    { name: "m = 10, one coordinate", degree: 9, dimension: 1 },
    { name: "m = 50, one coordinate", degree: 49, dimension: 1 },
    { name: "m = 56, three coordinates", degree: 5, dimension: 3 },
  ],
  devices: ["cpu"],
  async setup({ case: { degree, dimension } }) {
    const basis = productBasis({ degree, dimension });
    const stream = new UniformStream(key(1));
    const m = basis.size;
    let count = 0;
    const harmonic = Array.from({ length: m }, (_, k) => 1 / (k + 1)).reduce((sum, term) => sum + term, 0);
    return {
      run() {
        count = drawProjection(basis, stream).points.length;
      },
      async validate() {
        if ((count || drawProjection(basis, stream).points.length) !== m)
          throw new Error(`${count} points instead of ${m}`);
      },
      // m H_m proposals: a basis evaluation of two operations for each function, and two projections on half of the directions.
      cost: { flops: m * harmonic * (2 * m + 4 * m * m), bytes: 8 * m * dimension },
      dtype: "float64",
      dispose() {},
    };
  },
});
