import type { Report } from "@ansatz/lab";
import { type JacobianBounds, jacobianBounds } from "../jacobian.ts";
import { analyseMonotonicity, type Monotonicity } from "../monotonicity.ts";
import type { Network } from "../network.ts";
import type { SessionOptions } from "../network-session.ts";

/** Pixels that one of an image is drawn as, along each axis. */
const MAGNIFICATION = 8;

const COLOURS: Readonly<Record<Monotonicity, readonly [number, number, number]>> = {
  "non-decreasing": [214, 69, 65],
  "non-increasing": [52, 108, 176],
  "not-monotone": [240, 200, 80],
  constant: [255, 255, 255],
  undecided: [120, 120, 120],
};

/** The images looked at, beside each other. */
export function reportImages(report: Report, images: readonly (readonly number[])[], edge: number): void {
  const width = edge * images.length;
  const pixels = new Float32Array(edge * width);
  for (const [index, image] of images.entries())
    for (const [at, value] of image.entries())
      pixels[Math.floor(at / edge) * width + index * edge + (at % edge)] = value;
  const drawn = magnify(pixels, width, 1);
  report.image("digits", { ...drawn, channels: 1, caption: "test digits about which constants are certified" });
}

export interface MonotonicityReport {
  readonly counts: Readonly<Record<Monotonicity, number>>;
}

/** How an image's score depends on each pixel, all others fixed, as a picture. */
export async function reportMonotonicity(
  report: Report,
  network: Network,
  image: readonly number[],
  {
    digit,
    edge,
    domainLimit,
    ...session
  }: SessionOptions & { readonly digit: number; readonly edge: number; readonly domainLimit: number },
): Promise<MonotonicityReport> {
  const { monotonicity } = await analyseMonotonicity(network, image, {
    ...{ ...session, output: digit, domainLimit },
    onProgress: ({ done, total }) => report.progress(done, total, "monotonicity of pixels"),
  });
  const pixels = Uint8Array.from(monotonicity.flatMap((each) => [...COLOURS[each]]));
  report.image("monotonicity", {
    ...magnify(pixels, edge, 3),
    channels: 3,
    caption: `what more ink in a pixel, alone, does to the score of ${digit}: red can only raise it, blue can only lower it, yellow does both, white nothing, grey is undecided`,
  });
  const kinds = Object.keys(COLOURS) as Monotonicity[];
  const counts = Object.fromEntries(
    kinds.map((kind) => [kind, monotonicity.filter((each) => each === kind).length]),
  ) as Record<Monotonicity, number>;
  report.table("monotonicity", [{ name: "score in the pixel" }, { name: "pixels" }], Object.entries(counts));
  return { counts };
}

/** Bounds of the derivatives of an image's score in its pixels, and what lies between them. */
export async function reportDerivatives(
  report: Report,
  network: Network,
  image: readonly number[],
  {
    digit,
    edge,
    radius,
    ...session
  }: SessionOptions & { readonly digit: number; readonly edge: number; readonly radius: number },
): Promise<void> {
  const region = { center: image, radius, range: [0, 1] } as const;
  const bounds: JacobianBounds = await jacobianBounds(network, region, { ...session, outputs: [digit] });
  const caption = `derivatives of the score of ${digit} in its pixels, all within ${radius} of the image's`;
  const drawn = { rows: edge, columns: edge } as const;
  report.heatmap("derivatives from below", { ...drawn, values: bounds.lower, caption });
  report.heatmap("derivatives from above", { ...drawn, values: bounds.upper, caption });
  const gaps = bounds.upper.map((value, index) => value - bounds.lower[index]);
  report.heatmap("width of the bounds", { ...drawn, values: gaps, caption: `upper minus lower: ${caption}` });
}

function magnify<Pixels extends Float32Array | Uint8Array>(pixels: Pixels, width: number, channels: number) {
  const height = pixels.length / (width * channels);
  const [wide, high] = [width * MAGNIFICATION, height * MAGNIFICATION];
  const large = (
    pixels instanceof Uint8Array ? new Uint8Array(wide * high * channels) : new Float32Array(wide * high)
  ) as Pixels;
  for (let index = 0; index < large.length; index++) {
    const [row, column] = [Math.floor(index / (wide * channels)), Math.floor(index / channels) % wide];
    const from = Math.floor(row / MAGNIFICATION) * width + Math.floor(column / MAGNIFICATION);
    large[index] = pixels[from * channels + (index % channels)];
  }
  return { width: wide, height: high, pixels: large };
}
