import { defineBenchmark } from "@ansatz/lab";
import { key } from "@ansatz/tensor";
import { type CalibrationOptions, selfCalibrate } from "./index.ts";
import { calibrationInstance } from "./instances.ts";

interface CalibrationCase {
  readonly name: string;
  readonly sensors: number;
  readonly unknowns: number;
  readonly measurements: number;
  readonly options: CalibrationOptions;
}

const SIZES = { sensors: 64, unknowns: 16, measurements: 8 };

export const selfCalibrationBenchmark = defineBenchmark<CalibrationCase>({
  id: "linalg/self-calibration",
  title: "Self-calibration by elimination and by the whole system",
  summary:
    "Gains of 64 sensors and eight signals of 16 unknowns, the paper's model (b), from measurements without noise.",
  isolates: "from measurements and matrices on the device to gains and signals, singular values included",
  cases: [
    { name: "elimination", ...SIZES, options: {} },
    { name: "elimination, spectral", ...SIZES, options: { method: "spectral" } },
    { name: "whole system", ...SIZES, options: { solver: "dense" } },
    { name: "LSQR", ...SIZES, options: { solver: "iterative" } },
  ],
  devices: ["cpu"],
  async setup({ case: { sensors, unknowns, measurements, options }, device }) {
    const sizes = { sensors, unknowns, measurements };
    const instance = calibrationInstance({ device, key: key(1), model: "b", ...sizes });
    let result = await selfCalibrate(instance.problem, options);
    const free = () => {
      for (const each of [result.inverseGains, result.gains, result.signals]) each.dispose();
    };
    return {
      async run() {
        free();
        result = await selfCalibrate(instance.problem, options);
      },
      async validate() {
        if (!(result.residual < 1e-8)) throw new Error(`the residual is ${result.residual}`);
      },
      cost: costOf(sizes, options.solver === "dense"),
      dtype: "float64",
      dispose() {
        free();
        for (const each of instance.tensors) each.dispose();
      },
    };
  },
});

/** Leading terms: of the QR factors of what is eliminated or of the whole, and of the eigenvalues or singular values, as real matrices of twice the size. */
function costOf(
  { sensors: m, unknowns: n, measurements: p }: { sensors: number; unknowns: number; measurements: number },
  isWhole: boolean,
): { readonly flops: number; readonly bytes: number } {
  const bytes = 16 * p * m * (n + 1);
  if (isWhole) return { flops: 32 * p * m * (m + p * n) ** 2, bytes };
  return { flops: 32 * p * m * n ** 2 + 16 * p * n * m ** 2 + 72 * m ** 3, bytes };
}
