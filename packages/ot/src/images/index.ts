import { InvalidInputError } from "@ansatz/tensor";
import type { HostMatrix } from "../cost-matrix.ts";
import type { SparsePlan } from "../transport-result.ts";

/** A grey image: `height × width` intensities ≥ 0, row-major. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: ArrayLike<number>;
}

/** How far apart two pixels are: squared Euclidean distance, or the sum of horizontal and vertical distance. */
export type PixelMetric = "squared-euclidean" | "l1";

/** A transport problem between two images of one size, but for its regularization. Costs are scaled to a maximum of 1. */
export interface ImageProblem {
  readonly costMatrix: HostMatrix;
  readonly rowMarginal: Float64Array;
  readonly columnMarginal: Float64Array;
  /** What a cost of 1 stands for, in pixels (squared for `"squared-euclidean"`). */
  readonly costScale: number;
}

/** Share of the mean intensity added to every pixel, so that none is without mass. */
const DEFAULT_FLOOR = 1e-2;

/**
 * An image as a histogram: intensities plus `floor` times their mean, scaled to sum to 1.
 * @throws InvalidInputError naming the image or pixel at fault.
 */
export function imageHistogram(image: GreyImage, floor = DEFAULT_FLOOR, argument = "image"): Float64Array {
  const { width, height, pixels } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1)
    throw new InvalidInputError(argument, "a width and height ≥ 1", { width, height });
  if (pixels?.length !== width * height)
    throw new InvalidInputError(`${argument}.pixels`, `${width * height} intensities`, pixels?.length);
  if (!(floor >= 0 && Number.isFinite(floor))) throw new InvalidInputError("floor", "a number ≥ 0", floor);
  const intensities = Float64Array.from(pixels);
  for (const [index, intensity] of intensities.entries())
    if (!(intensity >= 0 && Number.isFinite(intensity)))
      throw new InvalidInputError(`${argument}.pixels[${index}]`, "an intensity ≥ 0", intensity);
  const total = intensities.reduce((sum, intensity) => sum + intensity, 0);
  if (!(total > 0))
    throw new InvalidInputError(argument, "an image that is not all 0", `a total intensity of ${total}`);
  return intensities.map((intensity) => (intensity / total + floor / intensities.length) / (1 + floor));
}

/**
 * Histograms and pixel distances of two images of one size.
 * @throws InvalidInputError when the sizes differ, or as `imageHistogram`.
 */
export function imageProblem(
  source: GreyImage,
  target: GreyImage,
  options: { readonly metric?: PixelMetric; readonly floor?: number } = {},
): ImageProblem {
  const { metric = "squared-euclidean", floor = DEFAULT_FLOOR } = options;
  if (metric !== "squared-euclidean" && metric !== "l1")
    throw new InvalidInputError("options.metric", '"squared-euclidean" or "l1"', metric);
  const rowMarginal = imageHistogram(source, floor, "source");
  const columnMarginal = imageHistogram(target, floor, "target");
  const { width, height } = source;
  if (target.width !== width || target.height !== height)
    throw new InvalidInputError(
      "target",
      `${width} × ${height} pixels, as the source`,
      `${target.width} × ${target.height}`,
    );
  const distance = (dx: number, dy: number) => (metric === "l1" ? Math.abs(dx) + Math.abs(dy) : dx * dx + dy * dy);
  const costScale = Math.max(1, distance(width - 1, height - 1));
  const size = width * height;
  const data = new Float64Array(size * size);
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++) {
      const dx = (from % width) - (to % width);
      const dy = Math.floor(from / width) - Math.floor(to / width);
      data[from * size + to] = distance(dx, dy) / costScale;
    }
  return { costMatrix: { data, shape: [size, size] }, rowMarginal, columnMarginal, costScale };
}

/**
 * The image on the way from source to target: every bit of mass has gone the share `time` of the straight line the plan sends it along, and is divided among the four
 * pixels around it.
 * @param plan between the pixels of the two images, see `TransportResult.sparsePlan`.
 * @param time in [0, 1].
 * @throws InvalidInputError
 */
export function displacementInterpolation(
  plan: SparsePlan,
  { width, height }: { readonly width: number; readonly height: number },
  time: number,
): Float64Array {
  const size = width * height;
  if (plan.shape[0] !== size || plan.shape[1] !== size)
    throw new InvalidInputError("plan", `a plan between images of ${size} pixels`, `shape [${plan.shape}]`);
  if (!(time >= 0 && time <= 1)) throw new InvalidInputError("time", "a number in [0, 1]", time);
  const image = new Float64Array(size);
  for (let from = 0; from < size; from++)
    for (let entry = plan.rowOffsets[from]; entry < plan.rowOffsets[from + 1]; entry++) {
      const to = plan.columnIndices[entry];
      const x = (1 - time) * (from % width) + time * (to % width);
      const y = (1 - time) * Math.floor(from / width) + time * Math.floor(to / width);
      deposit(image, width, x, y, plan.values[entry]);
    }
  return image;
}

function deposit(image: Float64Array, width: number, x: number, y: number, mass: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, below] = [x - left, y - top];
  const corner = top * width + left;
  image[corner] += mass * (1 - right) * (1 - below);
  if (right > 0) image[corner + 1] += mass * right * (1 - below);
  if (below > 0) image[corner + width] += mass * (1 - right) * below;
  if (right > 0 && below > 0) image[corner + width + 1] += mass * right * below;
}
