import type { Report } from "@ansatz/lab";
import type { Device } from "../device/device.ts";
import { DIGIT_CLASSES, type LabelledImages, loadDigits } from "../digits/images.ts";
import { featuresOf, train } from "../digits/training.ts";
import { gather } from "../kernels/gather/index.ts";
import { divide, subtract } from "../kernels/map/binary.ts";
import { sqrt, square } from "../kernels/map/unary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { mean, sum } from "../kernels/reduce/index.ts";
import { disposeTree } from "../optimisers/optimiser.ts";
import { normal } from "../random/draw.ts";
import { child, type Key, split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import {
  fitVonMisesFisher,
  meanLogLikelihood,
  meanResultantLength,
  sampleVonMisesFisher,
  type VonMisesFisherFit,
  vonMisesFisherLogNormalizer,
} from "../von-mises-fisher/index.ts";

/** Dimensions and concentrations of the synthetic samples. */
const SETTINGS = [
  { dimension: 2048, concentration: 500 },
  { dimension: 8192, concentration: 3000 },
  { dimension: 32768, concentration: 20_000 },
] as const;

/** Relative concentrations of the curves of the log-likelihood. */
const CURVE = Array.from({ length: 41 }, (_, step) => 0.9 + step * 0.005);

export interface SyntheticFits {
  /** Largest |A_p(κ̂) − R̄|. */
  readonly residual: number;
  /** Most Newton steps. */
  readonly steps: number;
  /** Largest |κ̂ / κ − 1|: what is left to chance of the samples. */
  readonly deviation: number;
  readonly seconds: number;
}

/** Draws samples in thousands of dimensions and fits them. */
export async function fitSynthetic(
  report: Report,
  device: Device,
  key: Key,
  samples: number,
  signal: AbortSignal,
): Promise<SyntheticFits> {
  const start = performance.now();
  const fits: { fit: VonMisesFisherFit; dimension: number; concentration: number }[] = [];
  for (const [index, { dimension, concentration }] of SETTINGS.entries()) {
    if (signal.aborted) break;
    report.progress(index, SETTINGS.length, `fit in ${dimension} dimensions`);
    const [forDirection, forSamples] = split(child(key, index));
    using direction = device.scope(() => {
      const x = normal(forDirection, [dimension], { device });
      return divide(x, sqrt(sum(square(x))));
    });
    const meanDirection = await direction.data();
    using drawn = sampleVonMisesFisher(forSamples, { meanDirection, concentration }, samples, { device });
    fits.push({ fit: await fitVonMisesFisher(drawn), dimension, concentration });
  }
  const seconds = (performance.now() - start) / 1000;
  for (const { fit, dimension } of fits)
    for (const factor of CURVE) {
      const value = meanLogLikelihood(dimension, fit.meanResultantLength, factor * fit.concentration);
      report.point(`log-likelihood less its maximum, ${dimension} dimensions`, factor, value - fit.logLikelihood);
    }
  const residualOf = ({ fit, dimension }: (typeof fits)[number]) =>
    Math.abs(meanResultantLength(dimension, fit.concentration) - fit.meanResultantLength);
  report.table(
    "fits",
    [
      { name: "dimensions" },
      { name: "κ" },
      { name: "fitted κ" },
      { name: "mean's length" },
      { name: "|A(κ) − R|" },
      { name: "Newton steps" },
    ],
    fits.map((each) => [
      each.dimension,
      each.concentration,
      each.fit.concentration,
      each.fit.meanResultantLength,
      residualOf(each),
      each.fit.history.length - 1,
    ]),
  );
  const largest = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0);
  return {
    residual: largest(fits.map(residualOf)),
    steps: largest(fits.map(({ fit }) => fit.history.length - 1)),
    deviation: largest(fits.map(({ fit, concentration }) => Math.abs(fit.concentration / concentration - 1))),
    seconds,
  };
}

export interface FeatureFits {
  /** Share of test digits whose likeliest distribution is that of their digit. */
  readonly accuracy: number;
}

export interface FeatureOptions {
  readonly key: Key;
  readonly images: number;
  readonly epochs: number;
  readonly signal: AbortSignal;
}

/** Trains the digits network, fits a distribution to each digit's features, and classifies test digits by the likeliest. */
export async function fitFeatures(report: Report, device: Device, options: FeatureOptions): Promise<FeatureFits> {
  const { key, images, epochs, signal } = options;
  const { training, test } = await loadDigits();
  const used = every(training, Math.ceil(training.count / images));
  const parameters = await train(device, used, {
    ...{ key, epochs, batch: 50, learningRate: 0.004, signal },
    onStep: (step, total, loss) => report.progress(step, total, `training, loss ${loss.toFixed(3)}`),
  });
  const [known, unknown] = device.scope(() => {
    const [trained, tested] = [used, test].map((each) => featuresOf(device, parameters, each));
    // All features are positive: about their mean, those of different digits point apart.
    const center = mean(trained, { axes: 0 });
    return [trained, tested].map((rows) => {
      const centered = subtract(rows, center);
      return divide(centered, sqrt(sum(square(centered), { axes: 1, keepDimensions: true })));
    });
  });
  disposeTree(parameters);
  const fits: VonMisesFisherFit[] = [];
  for (let digit = 0; digit < DIGIT_CLASSES; digit++) {
    const members = Int32Array.from([...used.labels.keys()].filter((index) => used.labels[index] === digit));
    using places = device.tensor(members);
    using rows = gather(known, places);
    fits.push(await fitVonMisesFisher(rows));
  }
  const dimension = known.shape[1];
  const found = await likeliest(unknown, fits);
  disposeTree([known, unknown]);
  const accuracy = found.filter((digit, index) => digit === test.labels[index]).length / test.count;
  reportFeatures(report, fits, dimension, found, test);
  return { accuracy };
}

/** Every `step`-th image. */
function every({ count, pixels, labels }: LabelledImages, step: number): LabelledImages {
  const size = pixels.length / count;
  const chosen = Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
  const result = new Float32Array(chosen.length * size);
  for (const [position, index] of chosen.entries())
    result.set(pixels.subarray(index * size, (index + 1) * size), position * size);
  return { count: chosen.length, pixels: result, labels: Int32Array.from(chosen, (index) => labels[index]) };
}

/** Which distribution gives each row the highest density: κ m·x + log C_p(κ). */
async function likeliest(rows: Tensor, fits: readonly VonMisesFisherFit[]): Promise<Int32Array> {
  const { device, shape } = rows;
  const [count, dimension] = shape;
  const directions = fits.flatMap(({ meanDirection, concentration }) =>
    Array.from(meanDirection, (value) => value * concentration),
  );
  using scaled = device.tensor(Float32Array.from(directions), [fits.length, dimension]);
  using products = matmul(rows, scaled, { transposeB: true });
  const exponents = await products.data();
  const normalizers = fits.map(({ concentration }) => vonMisesFisherLogNormalizer(dimension, concentration));
  return Int32Array.from({ length: count }, (_, row) => {
    const densities = normalizers.map((normalizer, digit) => normalizer + exponents[row * fits.length + digit]);
    return densities.indexOf(Math.max(...densities));
  });
}

function reportFeatures(
  report: Report,
  fits: readonly VonMisesFisherFit[],
  dimension: number,
  found: Int32Array,
  { labels }: LabelledImages,
): void {
  report.table(
    "features of digits",
    [
      { name: "digit" },
      { name: "κ" },
      { name: "mean's length" },
      { name: "mean log-density" },
      { name: "Newton steps" },
    ],
    fits.map((fit, digit) => [
      digit,
      fit.concentration,
      fit.meanResultantLength,
      fit.logLikelihood,
      fit.history.length - 1,
    ]),
  );
  const cosines = fits.flatMap(({ meanDirection: a }) =>
    fits.map(({ meanDirection: b }) => a.reduce((total, value, index) => total + value * b[index], 0)),
  );
  const square = { rows: DIGIT_CLASSES, columns: DIGIT_CLASSES, rowLabel: "digit", columnLabel: "digit" };
  report.heatmap("cosines of mean directions", {
    ...{ ...square, values: Float64Array.from(cosines) },
    caption: `mean directions of the network's ${dimension} features of each digit, about the mean of all`,
  });
  const confusion = new Float64Array(DIGIT_CLASSES ** 2);
  for (const [index, label] of labels.entries()) confusion[label * DIGIT_CLASSES + found[index]]++;
  report.heatmap("digits by the likeliest distribution", {
    ...{ ...square, values: confusion, scale: "log" },
    caption: "test digits (rows), and the digit whose distribution gives their features the highest density (columns)",
  });
}
