import { defineBenchmark, type Workload } from "@ansatz/lab";
import type { Device } from "@ansatz/tensor";
import { relaxationSolveKernel } from "../kernels/relaxation-solve/index.ts";
import type { RelaxationMethod } from "../kernels/relaxation-solve/options.ts";
import { laplacian } from "./experiment/sequences.ts";

interface SweepCase {
  readonly name: string;
  readonly method: RelaxationMethod;
  readonly edge: number;
}

/** Iterations of a call. */
const ITERATIONS = 20;

/** Sweeps over the Laplacian of a grid. `python peers/pyamg_relaxation.py` times pyamg's and SciPy's on the same matrix. */
export const learnedRelaxationBenchmark = defineBenchmark<SweepCase>({
  id: "linalg/learned-relaxation",
  title: "Relaxation sweeps on a grid",
  summary: `${ITERATIONS} iterations on the five-point Laplacian, ω = 1.5, float64.`,
  isolates: "one call, data already on the device; a sweep and a residual in each iteration, or a preconditioned step",
  cases: [
    { name: "SOR, 256² unknowns", method: "sor", edge: 256 },
    { name: "SSOR-preconditioned CG, 256² unknowns", method: "ssor-cg", edge: 256 },
    { name: "SSOR-preconditioned CG, 24² unknowns", method: "ssor-cg", edge: 24 },
  ],
  devices: ["cpu"],
  setup: async ({ case: { method, edge }, device }) => sweeps(device, method, edge),
});

function sweeps(device: Device, method: RelaxationMethod, edge: number): Workload {
  const matrix = laplacian(edge);
  const n = edge * edge;
  const b = Float64Array.from({ length: n }, (_, k) => Math.sin(k * k));
  const inputs = [
    device.tensor(matrix.values, [matrix.entries], "float64"),
    device.tensor(matrix.rowPointers, [n + 1], "int32"),
    device.tensor(matrix.columnIndices, [matrix.entries], "int32"),
    device.tensor(b, [n], "float64"),
    device.zeros([n], "float64"),
    device.tensor(Float64Array.of(1.5), [1], "float64"),
  ];
  const options = {
    method,
    tolerance: 1e-300,
    maximumIterations: ITERATIONS,
    relativeTo: "right-hand side",
    backwardFirst: false,
  } as const;
  const outputs = relaxationSolveKernel.infer(inputs, options).map(({ shape, dtype }) => device.zeros(shape, dtype));
  const { flops, bytes } = relaxationSolveKernel.cost(inputs, options);
  return {
    run: () => relaxationSolveKernel.runInto(inputs, outputs, options),
    async validate() {
      const x = (await outputs[0].data()) as Float64Array;
      let [rest, size] = [0, 0];
      for (let row = 0; row < n; row++) {
        let residual = b[row];
        for (let entry = matrix.rowPointers[row]; entry < matrix.rowPointers[row + 1]; entry++)
          residual -= matrix.values[entry] * x[matrix.columnIndices[entry]];
        rest += residual ** 2;
        size += b[row] ** 2;
      }
      // Noise is smoothed fast.
      if (!(rest < 0.05 * size)) throw new Error(`a residual of ${Math.sqrt(rest / size)} is left`);
    },
    cost: { flops: ITERATIONS * flops, bytes: ITERATIONS * bytes },
    dtype: "float64",
    dispose() {
      for (const tensor of [...inputs, ...outputs]) tensor.dispose();
    },
  };
}
