import { benchmarkKernel } from "@ansatz/tensor";
import { tuckerPointsKernel } from "./index.ts";

const options = { lower: [-1, -1, -1], upper: [1, 1, 1] } as const;
const POINTS = 1 << 14;

/** Points one by one; `python peers/numpy_chebyshev_tucker.py` times NumPy on the same sizes. */
export const tuckerPointsBenchmark = benchmarkKernel(tuckerPointsKernel, {
  cases: [
    [129, 10, "float64"],
    [65, 38, "float64"],
    [129, 10, "float32"],
    [65, 38, "float32"],
  ].map(([m, r, dtype]) => ({
    name: `${POINTS} points, ${m} coefficients, rank ${r}, ${dtype}`,
    inputs: [
      { shape: [POINTS, 3], dtype: dtype as "float64", range: [-1, 1] as const },
      ...[0, 1, 2].map(() => ({ shape: [m as number, r as number], dtype: dtype as "float64" })),
      { shape: [r as number, r as number, r as number], dtype: dtype as "float64" },
    ],
    options,
  })),
  // The reference would take longer than the benchmark.
  expected: (_, [points, first, second, third, core]) =>
    [0, 4321].map((index) => {
      const one = { ...points, shape: [1, 3], data: points.data.slice(3 * index, 3 * index + 3) };
      const [{ data }] = tuckerPointsKernel.reference([one, first, second, third, core], options);
      return { index, value: data[0] };
    }),
});
