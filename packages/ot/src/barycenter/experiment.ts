import { atLeast, atMost, defineExperiment, type Report } from "@ansatz/lab";
import type { Device, FloatDType } from "@ansatz/tensor";
import { z } from "zod";
import { imageHistogram, imageProblem } from "../images/index.ts";
import { loadDigit, resample } from "../sinkhorn-newton/experiment/digits.ts";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import { barycenter } from "./index.ts";

const parameters = z.object({
  digit: z.int().min(0).max(9).default(8).describe("Handwritten digit (MNIST) whose specimens are averaged"),
  specimens: z.int().min(2).max(16).default(4).describe("How many of them"),
  firstIndex: z.int().min(0).max(840).default(0).describe("Which specimen comes first"),
  pixels: z.int().min(8).max(28).default(24).describe("Edge length in pixels that digits are scaled to"),
  inverseRegularization: z
    .number()
    .gt(0)
    .max(1e5)
    .default(1000)
    .describe("η = 1/ε, in units of 1 / largest cost: the larger, the sharper the barycentre, and the slower"),
  frames: z.int().min(2).max(15).default(7).describe("Pictures on the way from the first specimen to the second"),
});

export default defineExperiment({
  id: "ot/barycenter",
  title: "The average of handwritten digits, by moving ink instead of mixing it",
  summary:
    "The Wasserstein barycentre of several specimens of a digit is a digit, where their pixelwise mean is a blur; weighted barycentres of two specimens lead from one to the other.",
  paper: {
    title: "Iterative Bregman Projections for Regularized Transportation Problems",
    section: "3.2, Wasserstein barycentres",
  },
  parameters,
  metrics: {
    iterations: { label: "iterations", better: "lower" },
    seconds: { label: "time to the barycentre", unit: "s", better: "lower" },
    disagreement: { label: "disagreement of the plans about the barycentre", better: "lower" },
    valueOfBarycenter: { label: "mean transport value, barycentre", better: "lower" },
    valueOfMean: { label: "mean transport value, pixelwise mean" },
    advantage: { label: "advantage over the pixelwise mean", better: "higher" },
  },
  async run({ parameters, device, signal, report }) {
    const { digit, specimens, firstIndex, pixels, inverseRegularization, frames } = parameters;
    const images = [];
    for (let index = 0; index < specimens; index++)
      images.push(resample(await loadDigit(digit, firstIndex + index), pixels));
    const histograms = images.map((image) => imageHistogram(image));
    const { costMatrix } = imageProblem(images[0], images[0]);
    const problem = { costMatrix, histograms, regularization: 1 / inverseRegularization };
    report.image("specimens", sideBySide(histograms, pixels, "what is averaged"));

    const dtype = device.defaultFloat;
    const tolerance = dtype === "float64" ? 1e-5 : 1e-4;
    const solves = frames + 1;
    const start = performance.now();
    const average = await barycenter(problem, {
      device,
      tolerance,
      signal,
      onProgress({ iteration, error }) {
        if (iteration % 10 === 0) report.point("disagreement", iteration, error);
        report.progress(0, solves, `barycentre, iteration ${iteration}, ${error.toExponential(1)}`);
      },
    });
    const seconds = (performance.now() - start) / 1000;
    const mean = histograms[0].map(
      (_, pixel) => histograms.reduce((sum, histogram) => sum + histogram[pixel], 0) / specimens,
    );
    report.image("barycentre, pixelwise mean", sideBySide([average.barycenter, mean], pixels, "moved ink, mixed ink"));
    const valueAt = (columnMarginal: Float64Array) =>
      meanValue({ ...problem, columnMarginal }, { device, dtype, signal });
    const [valueOfBarycenter, valueOfMean] = [await valueAt(average.barycenter), await valueAt(mean)];
    await reportJourney(report, problem, { device, signal, tolerance, frames, pixels });

    const metrics = {
      iterations: average.history.length,
      seconds,
      disagreement: average.error,
      valueOfBarycenter,
      valueOfMean,
      advantage: valueOfMean - valueOfBarycenter,
    };
    return {
      metrics,
      expectations: [
        atMost("disagreement", tolerance, "the iteration converges"),
        // What a disagreement of this size can cost.
        atLeast("advantage", -tolerance, "definition: no histogram has a smaller mean transport value"),
      ],
    };
  },
});

interface JourneyOptions {
  readonly device: Device;
  readonly signal: AbortSignal;
  readonly tolerance: number;
  readonly frames: number;
  readonly pixels: number;
}

/** Barycentres of the first two specimens with weights from (1, 0) to (0, 1). */
async function reportJourney(
  report: Report,
  problem: Parameters<typeof barycenter>[0],
  { frames, pixels, ...options }: JourneyOptions,
): Promise<void> {
  const histograms = problem.histograms.slice(0, 2);
  const images: Float64Array[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / (frames - 1);
    const found = await barycenter({ ...problem, histograms, weights: [1 - time, time] }, options);
    images.push(found.barycenter);
    report.progress(frame + 2, frames + 1, `picture ${frame + 1} of ${frames}`);
  }
  report.image("from one specimen to another", sideBySide(images, pixels, "barycentres with moving weights"));
}

async function meanValue(
  problem: Parameters<typeof barycenter>[0] & { readonly columnMarginal: Float64Array },
  options: { readonly device: Device; readonly dtype: FloatDType; readonly signal: AbortSignal },
): Promise<number> {
  let total = 0;
  for (const rowMarginal of problem.histograms)
    total += (await sinkhornNewton({ ...problem, rowMarginal }, options)).objective;
  return total / problem.histograms.length;
}

/** Pixels between pictures. */
const GAP = 2;

/** Square pictures in a row, each as bright as it can be. */
function sideBySide(histograms: readonly Float64Array[], edge: number, caption: string) {
  const width = histograms.length * (edge + GAP) - GAP;
  const pixels = new Float64Array(width * edge).fill(1);
  for (const [place, histogram] of histograms.entries()) {
    const largest = histogram.reduce((a, b) => Math.max(a, b), 0);
    for (const [index, mass] of histogram.entries())
      pixels[Math.floor(index / edge) * width + place * (edge + GAP) + (index % edge)] = mass / largest;
  }
  return { width, height: edge, channels: 1 as const, pixels, caption };
}
