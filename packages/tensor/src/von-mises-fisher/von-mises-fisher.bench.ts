import { type Benchmark, defineBenchmark } from "@ansatz/lab";
import { key } from "../random/key.ts";
import { fitVonMisesFisher } from "./fit.ts";
import { sampleVonMisesFisher } from "./sampling.ts";

interface DistributionCase {
  readonly name: string;
  readonly operation: "fit" | "sample";
  readonly dimension: number;
}

const COUNT = 200;
/** Of samples as concentrated as features of images are, the length of whose mean is about 0.6 in every dimension. */
const concentrationIn = (dimension: number) => dimension;

/** von Mises–Fisher distributions in the dimensions of image features. */
export const vonMisesFisherBenchmark: Benchmark = defineBenchmark<DistributionCase>({
  id: "tensor/von-mises-fisher",
  title: "von Mises–Fisher distributions in high dimensions",
  summary: `Maximum-likelihood fits to, and draws of, ${COUNT} unit vectors; the concentration is the dimension.`,
  isolates:
    "a fit: means, checks of lengths, Newton's steps; a draw: the random numbers, the rejection, the reflection",
  cases: [2048, 8192, 32_768].flatMap((dimension) =>
    (["fit", "sample"] as const).map((operation) => ({
      name: `${operation} [${COUNT}, ${dimension}] float64`,
      ...{ operation, dimension },
    })),
  ),
  devices: ["cpu"],
  async setup({ case: { operation, dimension }, device }) {
    const concentration = concentrationIn(dimension);
    const meanDirection = Float64Array.from({ length: dimension }, (_, index) => Number(index === 0));
    const draw = () =>
      sampleVonMisesFisher(key(1), { meanDirection, concentration }, COUNT, { device, dtype: "float64" });
    let samples = draw();
    let fitted = await fitVonMisesFisher(samples);
    return {
      async run() {
        if (operation === "fit") {
          fitted = await fitVonMisesFisher(samples);
          return;
        }
        samples.dispose();
        samples = draw();
        await device.synchronize();
      },
      async validate() {
        const { concentration: found } = operation === "fit" ? fitted : await fitVonMisesFisher(samples);
        // The mean of so many vectors is longer than the distribution's by the share of their spread that does not average out.
        if (!(Math.abs(found / concentration - 1) < 0.05)) throw new Error(`${found} instead of ${concentration}`);
      },
      cost: { flops: 0, bytes: 8 * COUNT * dimension },
      dtype: "float64",
      dispose: () => samples.dispose(),
    };
  },
});
