import type { Report } from "@ansatz/lab";
import {
  add,
  type Device,
  type FloatDType,
  fft,
  ifft,
  type Key,
  matmul,
  multiply,
  normal,
  rademacher,
  real,
  split,
  type Tensor,
} from "@ansatz/tensor";
import { DIGIT_EDGE, loadDigits } from "@ansatz/tensor/digits";
import { blindDeconvolution } from "../blind-deconvolution.ts";

/** Edge length of the images: digits at half of their resolution. */
const EDGE = DIGIT_EDGE / 2;
const POINTS = EDGE ** 2;

/** The blur: three by three points, more than half of the weight on one, so that its spectrum has no zero. */
const BLUR = [
  [0.56, 0.14, 0.04],
  [0.1, 0.06, 0.02],
  [0.04, 0.03, 0.01],
];

/** From here on noise is not added. */
const NO_NOISE = 300;

export interface SharpeningOptions {
  readonly device: Device;
  readonly key: Key;
  readonly images: number;
  /** Views of each image, each through a mask of random signs. */
  readonly masks: number;
  /** 20 log₁₀ of the views' norm over that of the noise. */
  readonly decibels: number;
}

/** Blurs masked views of digits by an unknown filter, and finds filter and digits again from the views and the masks. Returns the largest relative error of the filter. */
export async function sharpenDigits(options: SharpeningOptions, report: Report): Promise<number> {
  const { key, images } = options;
  let worst = 0;
  for (const [index, digit] of (await someDigits(images)).entries()) {
    const error = await sharpenDigit(digit, split(key, images)[index], options, (pictures) =>
      report.image(`digit ${index + 1}`, {
        ...sideBySide(pictures),
        caption: "As it was, one of the masked and blurred views, and what was found from the views.",
      }),
    );
    worst = Math.max(worst, error);
  }
  return worst;
}

async function sharpenDigit(
  digit: readonly number[],
  key: Key,
  { device, masks, decibels }: SharpeningOptions,
  show: (pictures: readonly (readonly number[])[]) => void,
): Promise<number> {
  const [forMasks, forNoise] = split(key, 2);
  const shape = [masks, EDGE, EDGE];
  const { filter, subspaces, observations } = device.scope(() => {
    const signs = rademacher(forMasks, [masks, POINTS, 1], { device, dtype: "float64" });
    const unit = Float64Array.from({ length: POINTS ** 2 }, (_, k) => Number(k % (POINTS + 1) === 0));
    const maps = multiply(signs, device.tensor(unit, [1, POINTS, POINTS]));
    const image = device.tensor(Float64Array.from(digit), [POINTS, 1]);
    const kernel = device.tensor(blurOnGrid(), [EDGE, EDGE], "float64");
    const masked = matmul(maps, image).reshape(shape);
    const clean = real(ifft(multiply(fft(masked, { axes: [1, 2] }), fft(kernel, { axes: [0, 1] })), { axes: [1, 2] }));
    const added = decibels < NO_NOISE ? add(clean, noise(digit, forNoise, shape, device, decibels)) : clean;
    return {
      filter: kernel,
      subspaces: maps.reshape([...shape, POINTS]) as Tensor<FloatDType>,
      observations: added as Tensor<FloatDType>,
    };
  });
  const found = await blindDeconvolution(
    { observations, subspaces, signals: "shared" },
    { method: "spectral", taps: [3, 3] },
  );
  const [views, sharpened] = [Array.from(await observations.data()), Array.from(await found.signals.data())];
  const sign = Math.sign(sharpened.reduce((sum, value) => sum + value, 0));
  show([digit, views.slice(0, POINTS).map(Math.abs), sharpened.map((value) => value * sign)]);
  const error = relativeDistance(Array.from(await found.filter.data()), Array.from(await filter.data()));
  for (const each of [filter, subspaces, observations, found.filter, found.inputs, found.signals]) each.dispose();
  return error;
}

/** Intensities of digits of different kinds, each pixel the mean of four. */
async function someDigits(count: number): Promise<number[][]> {
  const { training } = await loadDigits();
  return Array.from({ length: count }, (_, k) => {
    const index = Math.floor(((k + 0.5) * training.count) / count);
    const pixels = training.pixels.subarray(index * DIGIT_EDGE ** 2, (index + 1) * DIGIT_EDGE ** 2);
    return Array.from({ length: POINTS }, (_, point) => {
      const corner = 2 * (Math.floor(point / EDGE) * DIGIT_EDGE + (point % EDGE));
      return [0, 1, DIGIT_EDGE, DIGIT_EDGE + 1].reduce((sum, offset) => sum + pixels[corner + offset] / 4, 0);
    });
  });
}

function blurOnGrid(): Float64Array<ArrayBuffer> {
  const grid = new Float64Array(POINTS);
  for (const [row, weights] of BLUR.entries())
    for (const [column, weight] of weights.entries()) grid[row * EDGE + column] = weight;
  return grid;
}

function noise(image: readonly number[], key: Key, shape: readonly number[], device: Device, decibels: number): Tensor {
  const meanSquare = image.reduce((sum, value) => sum + value * value, 0) / POINTS;
  return multiply(normal(key, shape, { device, dtype: "float64" }), Math.sqrt(meanSquare) * 10 ** (-decibels / 20));
}

/** Images beside each other, each from 0 to its largest value. */
function sideBySide(images: readonly (readonly number[])[]) {
  const width = images.length * EDGE;
  const pixels = new Float64Array(width * EDGE);
  for (const [index, image] of images.entries()) {
    const largest = Math.max(...image, Number.MIN_VALUE);
    for (const [k, value] of image.entries())
      pixels[Math.floor(k / EDGE) * width + index * EDGE + (k % EDGE)] = Math.min(1, Math.max(0, value / largest));
  }
  return { width, height: EDGE, channels: 1 as const, pixels };
}

/** Of vectors up to a factor. */
function relativeDistance(found: readonly number[], exact: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, k) => sum + value * b[k], 0);
  const scale = dot(found, exact) / dot(found, found);
  const rest = exact.map((value, k) => value - scale * found[k]);
  return Math.sqrt(dot(rest, rest) / dot(exact, exact));
}
