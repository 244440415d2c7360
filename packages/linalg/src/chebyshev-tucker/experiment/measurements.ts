import type { Report } from "@ansatz/lab";
import { type Device, type FloatDType, openDevice } from "@ansatz/tensor";
import { newtonSumKernel } from "../../kernels/newton-sum/index.ts";
import { chebyshevTuckerFromCanonical } from "../canonical.ts";
import { chebyshevNodes } from "../chebyshev.ts";
import type { ChebyshevTucker, Triple } from "../format.ts";
import { chebyshevTucker, type TrivariateFunction } from "../index.ts";
import {
  gaussianSumAt,
  latticeCanonical,
  newtonGaussians,
  particleCanonical,
  separateRanges,
} from "../newton-kernel.ts";
import { gaussiansOnGrid, type ParticlePotential } from "../particles.ts";
import { gridError, uniformGrid } from "./grid-error.ts";
import type { ChargedSystem } from "./systems.ts";

/** Largest relative error of 1/r as a sum of Gaussians, r from 10⁻³ to 2√3; drawn as a curve. */
export function reportQuadrature(report: Report): number {
  const sum = newtonGaussians();
  let worst = 0;
  for (let k = 0; k <= 2000; k++) {
    const r = 1e-3 * (2000 * Math.sqrt(3)) ** (k / 2000);
    const error = Math.abs(gaussianSumAt(sum, r) * r - 1);
    worst = Math.max(worst, error);
    if (k % 20 === 0) report.point("relative error of the sinc quadrature", r, error);
  }
  return worst;
}

export interface KernelTable {
  /** At exponents up to 8 and 65 nodes. */
  readonly error: number;
  readonly rank: number;
  readonly compressedRank: number;
}

/** Ranks and errors of the long-range part of one Newton kernel. */
export async function reportKernels(report: Report, points: number, signal: AbortSignal): Promise<KernelTable> {
  const whole = newtonGaussians();
  const rows: (string | number)[][] = [];
  let headline: KernelTable = { error: Number.NaN, rank: Number.NaN, compressedRank: Number.NaN };
  for (const largest of [4, 8, 16])
    for (const nodes of [33, 65, 129]) {
      if (signal.aborted) return headline;
      const { longRange } = separateRanges(whole, largest);
      const canonical = particleCanonical({ positions: [0, 0, 0], charges: [1] }, longRange);
      const exact: TrivariateFunction = (x, y, z) => gaussianSumAt(longRange, Math.sqrt(x * x + y * y + z * z));
      const rough = (await chebyshevTuckerFromCanonical(canonical, { nodes, recompression: false })).approximation;
      const small = (await chebyshevTuckerFromCanonical(canonical, { nodes })).approximation;
      const errors = [await gridError(rough, exact, points), await gridError(small, exact, points)];
      rows.push([largest, longRange.exponents.length, nodes, rough.ranks[0], errors[0], small.ranks[0], errors[1]]);
      if (largest === 8 && nodes === 65)
        headline = { error: errors[0], rank: rough.ranks[0], compressedRank: small.ranks[0] };
    }
  report.table(
    "one Newton kernel, long-range part, ε = 10⁻⁷",
    [
      "largest exponent",
      "terms",
      "nodes per axis",
      "rank",
      "largest error",
      "rank after compression",
      "largest error then",
    ].map((name) => ({ name })),
    rows,
  );
  return headline;
}

const FUNCTIONS: readonly (readonly [string, TrivariateFunction])[] = [
  ["1 / (1 + 25 r²)", (x, y, z) => 1 / (1 + 25 * (x * x + y * y + z * z))],
  ["1 / |x − (2, 2, 2)|", (x, y, z) => 1 / Math.hypot(x - 2, y - 2, z - 2)],
  ["exp(xyz) + sin 3(x + 2y − z)", (x, y, z) => Math.exp(x * y * z) + Math.sin(3 * (x + 2 * y - z))],
  ["exp(−√(r² + 0.01))", (x, y, z) => Math.exp(-Math.sqrt(x * x + y * y + z * z + 0.01))],
];

/** Ranks and errors of smooth functions against the number of nodes. Returns the worst error of the one that 33 nodes resolve least, at 65. */
export async function reportFunctions(report: Report, points: number, signal: AbortSignal): Promise<number> {
  const rows: (string | number)[][] = [];
  let runge = Number.NaN;
  for (const [name, f] of FUNCTIONS)
    for (const nodes of [9, 17, 33, 65]) {
      if (signal.aborted) return runge;
      const { approximation } = await chebyshevTucker(f, { nodes });
      const error = await gridError(approximation, f, points);
      report.point(`error of ${name}`, nodes, error);
      if (nodes >= 33) rows.push([name, nodes, approximation.ranks.join(", "), error]);
      if (name === FUNCTIONS[0][0] && nodes === 65) runge = error;
    }
  report.table(
    "functions, ε = 10⁻⁷",
    ["function", "nodes per axis", "ranks", "largest error"].map((name) => ({ name })),
    rows,
  );
  return runge;
}

/** Largest relative difference of an assembled lattice of 512 charges and their direct sum, at points of the box. */
export function latticeError(): number {
  const { longRange } = separateRanges(newtonGaussians(), 8);
  const spacing = [0.25, 0.25, 0.25] as const;
  const canonical = latticeCanonical({ counts: [8, 8, 8], origin: [-0.875, -0.875, -0.875], spacing }, longRange);
  let worst = 0;
  for (const point of [
    [0, 0, 0],
    [0.3, -0.7, 0.11],
    [1, -1, 1],
  ]) {
    const columns = point.map((x, axis) => canonical.columns(axis, Float64Array.of(x)));
    const value = canonical.weights.reduce(
      (sum, weight, k) => sum + weight * columns[0][k] * columns[1][k] * columns[2][k],
      0,
    );
    let direct = 0;
    for (let site = 0; site < 512; site++) {
      const apart = [site >> 6, (site >> 3) & 7, site & 7].map((index, axis) => point[axis] + 0.875 - 0.25 * index);
      direct += gaussianSumAt(longRange, Math.hypot(...apart));
    }
    worst = Math.max(worst, Math.abs(value / direct - 1));
  }
  return worst;
}

/** Error of the long-range part on a grid between the nodes, relative to its largest value; a slice of it, and of potential, are drawn. */
export async function reportSlices(
  report: Report,
  system: ChargedSystem,
  potential: ParticlePotential,
  resolution: number,
  device: Device,
): Promise<number> {
  const { domain } = system;
  const [x, y] = [0, 1].map((axis) => uniformGrid(resolution, ...domain[axis]));
  // Through the plane of the charges nearest to the middle.
  const middle = (domain[2][0] + domain[2][1]) / 2;
  const z = Float64Array.of(middle);
  const approximate = await potential.longRange.evaluateGrid(x, y, z);
  using exactTensor = gaussiansOnGrid(system, potential.separation.longRange, [x, y, z], device);
  const exact = Float64Array.from(await exactTensor.data());
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errors = exact.map((value, at) => Math.abs(value - approximate[at]) / largest);
  const labels = { rows: resolution, columns: resolution, rowLabel: "x", columnLabel: "y" };
  report.heatmap("long-range potential", {
    ...labels,
    values: exact,
    caption: `charges over ${system.unit}, in the plane z = ${middle.toFixed(2)}`,
  });
  report.heatmap("error of the long-range potential", {
    ...labels,
    values: errors,
    scale: "log",
    caption: "relative to the largest value",
  });
  const points = new Float64Array(3 * exact.length);
  for (let at = 0; at < exact.length; at++)
    points.set([x[Math.floor(at / resolution)], y[at % resolution], middle], 3 * at);
  const whole = await potential.evaluate(points);
  // Compressed, as the potential is infinite at charges.
  report.heatmap("whole potential", {
    ...labels,
    values: whole.map((value) => Math.asinh(value)),
    caption: "inverse hyperbolic sine of charges over distance",
  });
  return errors.reduce((worst, error) => Math.max(worst, error), 0);
}

/** Largest error of the whole potential against direct summation, relative to the largest value, at points of a grid that no charge is on. */
export async function wholeError(system: ChargedSystem, potential: ParticlePotential): Promise<number> {
  const count = 12;
  const grids = system.domain.map(([lower, upper], axis) => {
    const nodes = chebyshevNodes(count, [lower, upper]);
    return nodes.map((at) => at * (1 - 1e-3) + ((lower + upper) / 2) * 1e-3 + (axis - 1) * 1e-5 * (upper - lower));
  });
  const points = Float64Array.from(
    [...grids[0]].flatMap((a) => [...grids[1]].flatMap((b) => [...grids[2]].flatMap((c) => [a, b, c]))),
  );
  await using device = await openDevice("cpu");
  using at = device.tensor(points, [points.length / 3, 3], "float64");
  using sources = device.tensor(system.positions, [system.charges.length, 3], "float64");
  using charges = device.tensor(system.charges, [system.charges.length], "float64");
  using direct = newtonSumKernel.run([at, sources, charges], null)[0];
  const exact = (await direct.data()) as Float64Array;
  const values = await potential.evaluate(points);
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return exact.reduce((worst, value, index) => Math.max(worst, Math.abs(value - values[index])), 0) / largest;
}

export interface Throughput {
  /** Values per second: on a grid, at scattered points, and by direct summation of the charges. */
  readonly grid: number;
  readonly scattered: number;
  readonly direct: number;
}

/** Charges of direct summation in the table of throughputs. */
const CHARGE_COUNTS = [100, 1000, 10_000];

/** Evaluation throughput against direct summation, on the run's device. */
export async function reportThroughput(
  report: Report,
  { charges, domain }: ChargedSystem,
  approximation: ChebyshevTucker,
  device: Device,
  dtype: FloatDType,
): Promise<Throughput> {
  const count = 1 << 14;
  const edge = 96;
  const spread = Float64Array.from({ length: 3 * count }, (_, at) => {
    const [lower, upper] = domain[at % 3];
    return lower + (upper - lower) * ((0.5 + at * 0.7548776662466927) % 1);
  });
  const grids = domain.map((interval) => chebyshevNodes(edge, interval)) as unknown as Triple<Float64Array>;
  using points = device.tensor(spread, [count, 3], dtype);
  using on = approximation.on(device, dtype);
  const scattered = await rate(device, count, () => on.evaluate(points).dispose());
  const grid = await rate(device, edge ** 3, () => approximation.gridTensor(grids, device, dtype).dispose());
  const directRate = async (sources: number) => {
    using many = device.tensor(
      Float64Array.from({ length: 3 * sources }, (_, at) => Math.sin(at * at)),
      [sources, 3],
      dtype,
    );
    using weights = device.full([sources], 1, dtype);
    const few = Math.max(64, Math.min(count, Math.floor(4e6 / sources)));
    using at = few < count ? device.tensor(spread.slice(0, 3 * few), [few, 3], dtype) : points.alias();
    return await rate(device, few, () => newtonSumKernel.run([at, many, weights], null)[0].dispose());
  };
  const direct = await directRate(charges.length);
  const rows: (string | number)[][] = [
    [`Chebyshev–Tucker, ranks ${approximation.ranks.join(", ")}, a grid of ${edge}³`, grid / 1e6],
    [`the same, scattered points`, scattered / 1e6],
    [`direct summation, ${charges.length} charges`, direct / 1e6],
  ];
  for (const sources of CHARGE_COUNTS)
    rows.push([`direct summation, ${sources} charges`, (await directRate(sources)) / 1e6]);
  report.table(
    "evaluation throughput",
    [{ name: "evaluation" }, { name: "throughput", unit: "million points / s" }],
    rows,
  );
  return { grid, scattered, direct };
}

/** Units per second of the fastest of a few calls, the first of which also compiles kernels. */
async function rate(device: Device, units: number, call: () => void): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 6; repetition++) {
    const start = performance.now();
    call();
    await device.synchronize();
    best = Math.min(best, performance.now() - start);
  }
  return (units * 1000) / best;
}
