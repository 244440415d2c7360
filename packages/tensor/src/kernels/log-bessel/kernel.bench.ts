import type { FloatDType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { type BesselFunction, type LogBesselOptions, logBesselKernel } from "./index.ts";
import { BESSEL_FUNCTIONS } from "./options.ts";

const SIZE = 1 << 17;

type Range = readonly [from: number, to: number];

/** No library for JavaScript has these functions at such orders; `python peers/scipy_log_bessel.py` times SciPy's on the same points. */
export const logBesselBenchmark = benchmarkKernel(logBesselKernel, {
  cases: [
    ...BESSEL_FUNCTIONS.map((name) => square(name, "float64")),
    square("logI", "float32"),
    square("logK", "float32"),
    // As of von Mises–Fisher distributions in thousands of dimensions.
    points("logI", "float64", "orders in [1000, 10000]", [1000, 10_000], [0, 500]),
    points("logK", "float64", "orders in [1000, 10000]", [1000, 10_000], [0, 500]),
    // Where no expansion holds: the series and the trapezoid rule.
    points("logI", "float64", "orders and arguments below 12", [0, 12], [0, 12]),
    points("logK", "float64", "orders and arguments below 12", [0, 12], [0, 12]),
  ],
});

/** Where all expressions are in use. */
function square(name: BesselFunction, dtype: FloatDType): KernelBenchmarkCase<LogBesselOptions> {
  return points(name, dtype, "orders and arguments in [0, 300]", [0, 300], [0, 300]);
}

function points(
  name: BesselFunction,
  dtype: FloatDType,
  where: string,
  orders: Range,
  values: Range,
): KernelBenchmarkCase<LogBesselOptions> {
  return {
    name: `${name}, ${SIZE} ${where}, ${dtype}`,
    inputs: [
      { shape: [SIZE], dtype, range: orders },
      { shape: [SIZE], dtype, range: values },
    ],
    options: { function: name },
  };
}
