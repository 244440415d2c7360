import type { Report } from "@ansatz/lab";
import type { Device } from "../../device/device.ts";
import type { LabelledImages } from "../../digits/images.ts";
import { branchAndBound } from "../branch-and-bound.ts";
import { type LipschitzRelaxation, lipschitzBounds } from "../lipschitz.ts";
import type { Network } from "../network.ts";
import type { SessionOptions } from "../network-session.ts";
import { sampleLipschitz } from "../sampling.ts";
import { RELAXATIONS } from "./certification.ts";
import { sineNetwork } from "./sine-network.ts";
import { type TrainingOptions, trainedNetwork } from "./trained-network.ts";

/** Constants that a float64 prototype of the method gave for networks of sines, all inputs within a radius of 0.1. */
const REFERENCES = [
  { widths: [4, 8, 8, 1], radius: 0.02, linear: 2.570802, recurjac: 3.283677, interval: 3.547482, global: 25.410071 },
  { widths: [4, 8, 8, 1], radius: 0.1, linear: 5.996255, recurjac: 8.648034, interval: 8.956511, global: 25.410071 },
  { widths: [10, 20, 20, 1], radius: 0.01, linear: 2.74648, recurjac: 3.459464, interval: 3.583743, global: 157.57129 },
  {
    widths: [64, 100, 100, 10],
    ...{ radius: 0.002, linear: 12.826233, recurjac: 64.795247, interval: 66.849584, global: 1415.074157 },
  },
  {
    widths: [16, 32, 32, 32, 4],
    ...{ radius: 0.005, linear: 3.062043, recurjac: 13.039267, interval: 18.32432, global: 2387.089698 },
  },
] as const;

/** Networks of the reference in which RecurJac is far behind. */
const WIDE = REFERENCES.slice(3);

/** The reference networks: the largest relative deviation from their constants, and RecurJac's over ours on the wider ones. */
export async function referenceTable(
  device: Device,
  report: Report,
): Promise<{ readonly deviation: number; readonly ratio: number }> {
  const rows: (string | number)[][] = [];
  let deviation = 0;
  let ratio = Number.POSITIVE_INFINITY;
  for (const reference of REFERENCES) {
    const { widths, radius } = reference;
    const region = { center: new Float64Array(widths[0]).fill(0.1), radius };
    const found = {} as Record<LipschitzRelaxation, number>;
    for (const relaxation of RELAXATIONS) {
      [found[relaxation]] = (await lipschitzBounds(sineNetwork(widths), region, { device, relaxation })).constant;
      deviation = Math.max(deviation, Math.abs(found[relaxation] / reference[relaxation] - 1));
    }
    if ((WIDE as readonly object[]).includes(reference)) ratio = Math.min(ratio, found.recurjac / found.linear);
    rows.push([widths.join("-"), radius, ...RELAXATIONS.map((relaxation) => found[relaxation])]);
  }
  report.table(
    "reference networks",
    [{ name: "widths" }, { name: "radius" }, ...RELAXATIONS.map((name) => ({ name }))],
    rows,
  );
  return { deviation, ratio };
}

/** Over what a sampled constant the certified ones are, in networks trained alike but for their width. */
export async function tightnessAgainstWidth(
  device: Device,
  training: LabelledImages,
  image: readonly number[],
  options: Omit<TrainingOptions, "hidden"> & {
    readonly layers: number;
    readonly largestWidth: number;
    readonly radius: number;
    readonly samples: number;
  },
  report: Report,
): Promise<void> {
  const { layers, largestWidth, radius, samples, signal, key } = options;
  const rows: (number | string)[][] = [];
  for (let width = 8; width <= largestWidth && !signal.aborted; width *= 2) {
    const network = await trainedNetwork(device, training, {
      ...options,
      hidden: new Array<number>(layers).fill(width),
    });
    const region = { center: image, radius, range: [0, 1] } as const;
    const [sampled] = (await sampleLipschitz(network, region, { device, samples, key, signal })).constant;
    const ratios: number[] = [];
    for (const relaxation of RELAXATIONS) {
      const [constant] = (await lipschitzBounds(network, region, { device, relaxation, signal })).constant;
      ratios.push(constant / sampled);
      report.point(`over sampled, ${relaxation}`, width, constant / sampled);
    }
    rows.push([width, sampled, ...ratios]);
    report.progress(width, largestWidth, `tightness at width ${width}`);
  }
  report.table(
    "tightness against width",
    [{ name: "width" }, { name: "sampled" }, ...RELAXATIONS.map((name) => ({ name: `${name} / sampled` }))],
    rows,
  );
}

/** What branch and bound makes of the bound: the quotient of the last and the first. */
export async function searchFurther(
  network: Network,
  image: readonly number[],
  options: SessionOptions & { readonly radius: number; readonly domainLimit: number; readonly samples: number },
  report: Report,
): Promise<number> {
  const { radius, domainLimit } = options;
  const region = { center: image, radius, range: [0, 1] } as const;
  const { signal, ...session } = options;
  const [before] = (await lipschitzBounds(network, region, session)).constant;
  report.point("branch and bound", 0, before);
  const { constant, reason, remedy, splits } = await branchAndBound(network, region, {
    ...options,
    batch: 16,
    onProgress: ({ splits: done, upper, waiting }) => {
      report.point("branch and bound", done, upper);
      report.progress(Math.min(2 * done, domainLimit), domainLimit, `${waiting} domains wait`);
    },
  });
  report.note(`branch and bound, ${splits} splits: ${reason}: ${remedy}`);
  return constant / before;
}
