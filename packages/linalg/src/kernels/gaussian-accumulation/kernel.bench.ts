import { benchmarkKernel } from "@ansatz/tensor";
import { gaussianAccumulationKernel } from "./index.ts";

/** The potential of 400 charges, 17 long-range Gaussians each, at the nodes of two polynomial degrees. */
export const gaussianAccumulationBenchmark = benchmarkKernel(gaussianAccumulationKernel, {
  cases: [
    [33, "float64"],
    [65, "float64"],
    [65, "float32"],
  ].map(([m, dtype]) => ({
    name: `400 charges, 17 exponents, ${m}³ nodes, ${dtype}`,
    inputs: [[400, 3], [400], [17], [17], [m], [m], [m]].map((shape) => ({
      shape: shape as number[],
      dtype: dtype as "float64",
      range: [-1, 1] as const,
    })),
    options: null,
  })),
  // A node at a time: the reference of all would take minutes.
  expected: ({ inputs }, [positions, charges, exponents, amplitudes, x, y, z]) => {
    const m = inputs[4].shape[0];
    return [
      [0, 0, 0],
      [3, 17, m - 1],
    ].map(([i, j, k]) => {
      const nodes = [x, y, z].map((axis, at) => ({
        ...axis,
        shape: [1],
        data: axis.data.slice([i, j, k][at], [i, j, k][at] + 1),
      }));
      const [{ data }] = gaussianAccumulationKernel.reference(
        [positions, charges, exponents, amplitudes, ...nodes],
        null,
      );
      return { index: (i * m + j) * m + k, value: data[0] };
    });
  },
});
