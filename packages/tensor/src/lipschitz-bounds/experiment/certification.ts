import type { Report } from "@ansatz/lab";
import { type LipschitzRelaxation, lipschitzBounds } from "../lipschitz.ts";
import type { Network } from "../network.ts";
import type { SessionOptions } from "../network-session.ts";
import { sampleLipschitz } from "../sampling.ts";
import { marginsOf, scoresOf } from "./trained-network.ts";

/** Half widths of the boxes about an image whose pixels are in [0, 1]. */
const RADII = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05] as const;
export const RELAXATIONS = ["linear", "recurjac", "interval", "global"] as const;

/** Constants about some images at one radius, means over the images. */
interface CertifiedRadius {
  readonly radius: number;
  readonly sampled: number;
  readonly constants: Readonly<Record<LipschitzRelaxation, number>>;
  /** Share of the images whose class is proved to stay the largest in the whole box. */
  readonly certified: number;
}

export interface Certification {
  readonly radii: readonly CertifiedRadius[];
  /** How often a bound was below a sampled constant, or a tighter relaxation gave a larger bound. */
  readonly violations: number;
}

/** Rounding by which equal bounds may differ. */
const ROUNDING = 1e-4;

/** Certified constants of a network about images at several radii. */
export async function certify(
  network: Network,
  images: readonly (readonly number[])[],
  session: SessionOptions & { readonly samples: number },
  report: Report,
): Promise<Certification> {
  const radii: CertifiedRadius[] = [];
  let violations = 0;
  for (const [index, radius] of RADII.entries()) {
    if (session.signal?.aborted) break;
    const region = { center: images.flat(), radius, range: [0, 1] } as const;
    const found = {} as Record<LipschitzRelaxation, Float64Array>;
    for (const relaxation of RELAXATIONS)
      found[relaxation] = (await lipschitzBounds(network, region, { ...session, relaxation })).constant;
    const sampled = (await sampleLipschitz(network, region, session)).constant;
    const ascending = [sampled, ...RELAXATIONS.map((relaxation) => found[relaxation])];
    for (const [position, values] of ascending.slice(1).entries())
      violations += values.filter((value, image) => value < ascending[position][image] * (1 - ROUNDING)).length;
    let certified = 0;
    for (const image of images) certified += Number(await isCertified(network, image, radius, session)) / images.length;
    const constants = Object.fromEntries(
      RELAXATIONS.map((relaxation) => [relaxation, mean(found[relaxation])]),
    ) as Record<LipschitzRelaxation, number>;
    radii.push({ radius, sampled: mean(sampled), constants, certified });
    for (const relaxation of RELAXATIONS) report.point(`constant, ${relaxation}`, radius, constants[relaxation]);
    report.point("constant, sampled", radius, mean(sampled));
    report.point("share certified", radius, certified);
    report.progress(index + 1, RADII.length, `radius ${radius}`);
  }
  return { radii, violations };
}

/** Whether the largest score is proved to stay the largest: each margin exceeds its Lipschitz constant times the radius. */
async function isCertified(
  network: Network,
  image: readonly number[],
  radius: number,
  session: SessionOptions,
): Promise<boolean> {
  const [scores] = await scoresOf(network, image, session);
  const best = scores.indexOf(Math.max(...scores));
  const region = { center: image, radius, range: [0, 1] } as const;
  const { perOutput } = await lipschitzBounds(marginsOf(network, best), region, session);
  const others = scores.filter((_, index) => index !== best);
  return others.every((score, index) => scores[best] - score > perOutput[index] * radius);
}

export function reportCertification(report: Report, { radii }: Certification): void {
  report.table(
    "constants",
    [
      { name: "radius" },
      { name: "sampled (from below)" },
      ...RELAXATIONS.map((name) => ({ name })),
      { name: "linear / sampled" },
      { name: "share certified" },
    ],
    radii.map(({ radius, sampled, constants, certified }) => [
      radius,
      sampled,
      ...RELAXATIONS.map((relaxation) => constants[relaxation]),
      constants.linear / sampled,
      certified,
    ]),
  );
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
