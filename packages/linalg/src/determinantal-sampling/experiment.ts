import { atLeast, atMost, defineExperiment, type Expectation, type Report, within } from "@ansatz/lab";
import { child, type Device, type Key } from "@ansatz/tensor";
import { z } from "zod";
import { withDevice } from "../with-device.ts";
import { type FamilyName, type OrthonormalBasis, productBasis } from "./basis.ts";
import { type BestApproximation, bestApproximation, TARGETS, type TargetName } from "./experiment/targets.ts";
import { fitWeighted } from "./index.ts";
import { drawProjection, type SamplingStrategy, samplePoints } from "./sampling.ts";
import { UniformStream } from "./uniform-stream.ts";

const parameters = z.object({
  family: z
    .enum(["legendre", "chebyshev", "hermite"])
    .default("legendre")
    .describe("Orthonormal polynomials, and the measure they belong to"),
  degree: z.int().min(1).max(40).default(9).describe("Largest (total) degree of the polynomials"),
  dimension: z.int().min(1).max(3).default(1).describe("Coordinates of a point"),
  target: z
    .enum(["runge", "exponential", "kink"])
    .default("runge")
    .describe("What is approximated: 1/(1 + 5 r²), exp(−r²), or |x − 1/3| of the first coordinate"),
  repetitions: z.int().min(20).max(2000).default(200).describe("Samples for each strategy and number of points"),
  largestMultiple: z.int().min(2).max(12).default(6).describe("Most points, as a multiple of the number of functions"),
  stability: z
    .number()
    .min(0.05)
    .max(0.95)
    .default(0.5)
    .describe("δ of the event λ_min ≥ 1 − δ that conditioned samples are redrawn for"),
});

type Parameters = z.output<typeof parameters>;

const STRATEGIES: readonly SamplingStrategy[] = ["independent", "volume", "repeated"];

export default defineExperiment({
  id: "linalg/determinantal-sampling",
  title: "Least squares from points that repel each other",
  summary:
    "A function is fitted by polynomials from its values at random points. Points of determinantal processes keep apart, so that fits are stable and close to the best approximation with far fewer of them than independent points need.",
  paper: {
    title: "Weighted least-squares approximation with determinantal point processes and generalized volume sampling",
    section: "numerical experiments: errors against the number of points",
  },
  parameters,
  metrics: {
    functions: { label: "functions (m)" },
    bestError: { label: "error of the best approximation (e)" },
    interpolationError: { label: "mean of ‖û − Pu‖² / e², interpolation at a projection process", better: "lower" },
    independentMedian: { label: "median of ‖u − û‖² / e², 2 m independent points", better: "lower" },
    volumeMedian: { label: "the same, volume sampling", better: "lower" },
    repeatedMedian: { label: "the same, repeated determinantal process", better: "lower" },
    repeatedMean: { label: "its mean", better: "lower" },
    independentStable: { label: "share of stable samples, 3 m independent points", better: "higher" },
    volumeStable: { label: "the same, volume sampling", better: "higher" },
    repeatedStable: { label: "the same, repeated determinantal process", better: "higher" },
    conditionedMean: { label: "mean of ‖u − û‖² / e², 3 m points, repeated, conditioned", better: "lower" },
    keptPoints: { label: "points that greedy removal keeps of 6 m, mean", better: "lower" },
    proposalRatio: { label: "proposals of the sequential sampler over m H_m" },
    samplesPerSecond: { label: "projection processes drawn per second", unit: "1/s", better: "higher" },
  },
  async run({ parameters, key, signal, report }) {
    const { family, degree, dimension, target, repetitions, largestMultiple, stability } = parameters;
    const basis = productBasis({ family, degree, dimension });
    const best = bestApproximation(basis, family, target);
    const m = basis.size;
    reportDensity(report, basis, family, child(key, 0));
    if (dimension > 1) reportPlane(report, basis, child(key, 1));
    return withDevice(undefined, async (device) => {
      const study = new Study(basis, best, target, device, repetitions, signal);
      const measured = new Map<string, Statistics>();
      const rows: (string | number)[][] = [];
      for (let multiple = 2; multiple <= largestMultiple; multiple++) {
        for (const strategy of STRATEGIES) {
          const plain = await study.measure(
            strategy,
            multiple * m,
            null,
            child(key, 100 * multiple + STRATEGIES.indexOf(strategy)),
          );
          measured.set(`${strategy} ${multiple}`, plain);
          report.point(`median error, ${strategy}`, multiple * m, plain.median);
          report.point(`mean error, ${strategy}`, multiple * m, plain.mean);
          report.point(`share of stable samples, ${strategy}`, multiple * m, plain.share(1 - stability));
          rows.push([
            strategy,
            multiple * m,
            plain.mean,
            plain.median,
            plain.quantile(0.95),
            plain.share(1 - stability),
          ]);
        }
        report.progress(multiple - 1, largestMultiple, `${multiple * m} points`);
      }
      const names = ["strategy", "points", "mean ‖u − û‖² / e²", "median", "95 % quantile", "share of stable samples"];
      report.table(
        "errors without conditioning",
        names.map((name) => ({ name })),
        rows,
      );
      const projection = await study.measure("projection", m, null, child(key, 50));
      const conditioned = await study.measure("repeated", 3 * m, stability, child(key, 51));
      const removal = await study.removal(6 * m, stability, child(key, 52));
      const timing = samplerTiming(basis, child(key, 53), repetitions);
      const of = (strategy: SamplingStrategy, multiple: number) =>
        measured.get(`${strategy} ${Math.min(multiple, largestMultiple)}`)!;
      const metrics = {
        functions: m,
        bestError: Math.sqrt(best.error),
        interpolationError: projection.mean - 1,
        independentMedian: of("independent", 2).median,
        volumeMedian: of("volume", 2).median,
        repeatedMedian: of("repeated", 2).median,
        repeatedMean: of("repeated", 2).mean,
        independentStable: of("independent", 3).share(1 - stability),
        volumeStable: of("volume", 3).share(1 - stability),
        repeatedStable: of("repeated", 3).share(1 - stability),
        conditionedMean: conditioned.mean,
        keptPoints: removal,
        ...timing,
      };
      return { metrics, expectations: expectationsOf(parameters, metrics) };
    });
  },
});

/** Errors relative to that of the best approximation, and smallest eigenvalues, of many samples. */
class Statistics {
  readonly #errors: Float64Array;
  readonly #smallest: Float64Array;

  constructor(errors: readonly number[], smallest: readonly number[]) {
    this.#errors = Float64Array.from(errors).sort();
    this.#smallest = Float64Array.from(smallest);
  }

  get mean(): number {
    return this.#errors.reduce((sum, error) => sum + error, 0) / this.#errors.length;
  }

  get median(): number {
    return this.quantile(0.5);
  }

  quantile(share: number): number {
    return this.#errors[Math.min(this.#errors.length - 1, Math.floor(share * this.#errors.length))];
  }

  /** Share of samples whose smallest eigenvalue is at least so large. */
  share(least: number): number {
    return this.#smallest.filter((value) => value >= least).length / this.#smallest.length;
  }
}

class Study {
  readonly #basis: OrthonormalBasis;
  readonly #best: BestApproximation;
  readonly #target: TargetName;
  readonly #device: Device;
  readonly #repetitions: number;
  readonly #signal: AbortSignal;

  constructor(
    basis: OrthonormalBasis,
    best: BestApproximation,
    target: TargetName,
    device: Device,
    repetitions: number,
    signal: AbortSignal,
  ) {
    this.#basis = basis;
    this.#best = best;
    this.#target = target;
    this.#device = device;
    this.#repetitions = repetitions;
    this.#signal = signal;
  }

  async measure(strategy: SamplingStrategy, points: number, stability: number | null, key: Key): Promise<Statistics> {
    const { coefficients, error } = this.#best;
    const { dimension } = this.#basis;
    const errors: number[] = [];
    const smallest: number[] = [];
    for (
      let repetition = 0;
      repetition < this.#repetitions && !(this.#signal.aborted && errors.length > 0);
      repetition++
    ) {
      const sample = await samplePoints(this.#basis, { strategy, points, stability, key: child(key, repetition) });
      const values = sample.weights.map((_, k) =>
        TARGETS[this.#target](sample.points.subarray(k * dimension, (k + 1) * dimension)),
      );
      const fit = await fitWeighted(this.#basis, sample, values, { device: this.#device });
      errors.push(1 + fit.coefficients.reduce((sum, value, j) => sum + (value - coefficients[j]) ** 2, 0) / error);
      smallest.push(sample.smallestEigenvalue);
    }
    return new Statistics(errors, smallest);
  }

  /** Mean number of points that removal keeps. */
  async removal(points: number, stability: number, key: Key): Promise<number> {
    let sum = 0;
    const rounds = Math.min(10, this.#repetitions);
    for (let round = 0; round < rounds; round++)
      sum += (await samplePoints(this.#basis, { points, stability, removePoints: true, key: child(key, round) }))
        .weights.length;
    return sum / rounds;
  }
}

/** Histogram of a projection process and of the density it must have. */
function reportDensity(report: Report, basis: OrthonormalBasis, family: FamilyName, key: Key): void {
  if (basis.dimension > 1) return;
  const reach = family === "hermite" ? Math.sqrt(4 * basis.size + 2) : 1;
  const bins = 60;
  const counts = new Float64Array(bins);
  const stream = new UniformStream(key);
  const rounds = 400;
  for (let round = 0; round < rounds; round++)
    for (const [x] of drawProjection(basis, stream).points) {
      const bin = Math.floor(((x + reach) / (2 * reach)) * bins);
      if (bin >= 0 && bin < bins) counts[bin]++;
    }
  for (let bin = 0; bin < bins; bin++)
    report.point(
      "density of the points, 400 samples",
      -reach + ((bin + 0.5) * 2 * reach) / bins,
      (counts[bin] * bins) / (2 * reach * rounds * basis.size),
    );
}

/** Points of one projection process and as many independent ones, in the plane of the first two coordinates. */
function reportPlane(report: Report, basis: OrthonormalBasis, key: Key): void {
  const stream = new UniformStream(key);
  const edge = 96;
  const draw = (name: string, points: readonly Float64Array[]) => {
    const reach = points.reduce((most, [x, y]) => Math.max(most, Math.abs(x), Math.abs(y)), 1);
    const pixels = new Float64Array(edge * edge).fill(1);
    for (const [x, y] of points) {
      const [row, column] = [x, y].map((each) =>
        Math.min(edge - 2, Math.max(1, Math.floor(((each / reach + 1) / 2) * edge))),
      );
      for (const [i, j] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ])
        pixels[(row + i) * edge + column + j] = 0;
    }
    report.image(name, { width: edge, height: edge, channels: 1, pixels, caption: `${points.length} points` });
  };
  draw("a projection process", drawProjection(basis, stream).points);
  draw(
    "independent points",
    Array.from({ length: basis.size }, () => basis.draw(stream.below(basis.size), stream)),
  );
}

/** Proposals relative to their expectation m H_m, and speed. */
function samplerTiming(
  basis: OrthonormalBasis,
  key: Key,
  rounds: number,
): { proposalRatio: number; samplesPerSecond: number } {
  const stream = new UniformStream(key);
  let proposals = 0;
  const start = performance.now();
  for (let round = 0; round < rounds; round++) proposals += drawProjection(basis, stream).proposals;
  const seconds = (performance.now() - start) / 1000;
  const harmonic = Array.from({ length: basis.size }, (_, k) => 1 / (k + 1)).reduce((sum, term) => sum + term, 0);
  return { proposalRatio: proposals / rounds / (basis.size * harmonic), samplesPerSecond: rounds / seconds };
}

function expectationsOf(
  { family, degree, dimension, target, repetitions, largestMultiple, stability }: Parameters,
  metrics: Readonly<Record<string, number>>,
): Expectation[] {
  const m = metrics.functions;
  const expectations = [
    within("proposalRatio", 1, 0.3 / Math.sqrt(repetitions / 20), "m H_m proposals in the mean"),
    atMost(
      "conditionedMean",
      1 + m / (3 * m) / (1 - stability) ** 2 / Math.max(0.01, metrics.repeatedStable),
      "paper: 1 + (m/n) (1 − δ)⁻² / P(S)",
    ),
    atMost("keptPoints", 5 * m, "greedy removal keeps at least half"),
  ];
  // With fewer repetitions neighbouring medians differ by less than their sampling errors.
  if (repetitions >= 100)
    expectations.push(
      atMost("repeatedMedian", metrics.volumeMedian, "paper: repeated processes before volume sampling"),
      atMost("volumeMedian", metrics.independentMedian, "paper: volume sampling before independent points"),
    );
  const isHeadline = family === "legendre" && degree === 9 && dimension === 1 && target === "runge";
  if (isHeadline && repetitions >= 100) {
    expectations.push(
      within("bestError", 8.758e-3, 1e-5, "by quadrature"),
      within("repeatedMedian", 1.45, 0.145, "20 points: 1.45"),
      within("volumeMedian", 1.86, 0.25, "20 points: 1.86"),
    );
    if (largestMultiple >= 3 && stability === 0.5) expectations.push(atLeast("repeatedStable", 0.3, "30 points: 0.45"));
  }
  return expectations;
}
