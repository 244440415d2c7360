import { atLeast, atMost, defineExperiment, type Expectation, type Report, within } from "@ansatz/lab";
import type { Key } from "@ansatz/tensor";
import { z } from "zod";
import { withDevice } from "../with-device.ts";
import { chebyshevTuckerFromCanonical } from "./canonical.ts";
import {
  latticeError,
  reportFunctions,
  reportKernels,
  reportQuadrature,
  reportSlices,
  reportThroughput,
  wholeError,
} from "./experiment/measurements.ts";
import { buckminsterfullerene, type ChargedSystem, caffeine, ionLattice, randomCharges } from "./experiment/systems.ts";
import { joinCanonical, latticeCanonical, newtonGaussians, separateRanges } from "./newton-kernel.ts";
import { ParticlePotential, type ParticlePotentialResult, particlePotential } from "./particles.ts";

const parameters = z.object({
  system: z
    .enum(["caffeine", "buckminsterfullerene", "ions", "random"])
    .default("caffeine")
    .describe(
      "Charges: the nuclei of a caffeine molecule or of C60; a caesium chloride lattice with a vacancy; or ±1 at random places",
    ),
  particles: z.int().min(2).max(20_000).default(400).describe("Charges of the random system"),
  sitesPerEdge: z.int().min(2).max(32).default(8).describe("Sites of each species along an edge of the lattice"),
  nodes: z.int().min(9).max(257).default(65).describe("Chebyshev nodes along each axis"),
  tolerance: z
    .number()
    .min(1e-13)
    .max(0.1)
    .default(1e-7)
    .describe("Error of the Tucker approximation, relative to the coefficients"),
  largestExponent: z
    .number()
    .min(1)
    .max(100)
    .default(8)
    .describe("Largest exponent of a long-range Gaussian, in units of 1 / half the edge of the box"),
  points: z
    .int()
    .min(5)
    .max(129)
    .default(41)
    .describe("Points along each edge of the grids that errors are measured on"),
  resolution: z.int().min(8).max(400).default(128).describe("Points along each edge of the pictures"),
});

type Parameters = z.output<typeof parameters>;

export default defineExperiment({
  id: "linalg/chebyshev-tucker",
  title: "Potentials of many charges as three short lists of polynomials",
  summary:
    "The smooth part of the electrostatic potential of a molecule, a lattice or random charges becomes a small core between univariate polynomials: its ranks hardly depend on how many charges there are, and it is evaluated on grids far faster than by summing charges.",
  paper: {
    title: "A mesh-free hybrid Chebyshev-Tucker tensor format with applications to multi-particle modelling",
    section: "functions, Newton kernels, lattices and multi-particle potentials",
  },
  parameters,
  metrics: {
    quadratureError: { label: "error of 1/r by 65 Gaussians, relative", better: "lower" },
    rungeError: { label: "error of 1 / (1 + 25 r²) from 65³ nodes", better: "lower" },
    kernelError: { label: "error of one long-range kernel, T ≤ 8, 65 nodes", better: "lower" },
    kernelRank: { label: "its rank", better: "lower" },
    kernelCompressedRank: { label: "its rank after the second compression", better: "lower" },
    latticeError: { label: "assembled lattice against its direct sum, relative", better: "lower" },
    charges: { label: "charges" },
    rank: { label: "largest rank of the system's potential", better: "lower" },
    numbers: { label: "numbers that the potential consists of" },
    longRangeError: { label: "error of the long-range potential, relative to its largest value", better: "lower" },
    wholeError: { label: "error of the whole potential, relative to its largest value", better: "lower" },
    buildSeconds: { label: "time to build the potential", unit: "s", better: "lower" },
    gridThroughput: { label: "values per second on a grid", unit: "1/s", better: "higher" },
    scatteredThroughput: { label: "values per second at scattered points", unit: "1/s", better: "higher" },
    directThroughput: { label: "values per second by direct summation", unit: "1/s", better: "higher" },
    speedup: { label: "grid over direct summation", unit: "×", better: "higher" },
  },
  async run({ parameters, device, key, signal, report }) {
    const { points, resolution } = parameters;
    const quadratureError = reportQuadrature(report);
    report.progress(1, 6, "Newton kernel");
    const kernel = await reportKernels(report, points, signal);
    report.progress(2, 6, "functions");
    const rungeError = await reportFunctions(report, points, signal);
    report.progress(3, 6, "charges");
    const system = await systemOf(parameters, key);
    const start = performance.now();
    const result = await potentialOf(system, parameters, report, signal);
    const buildSeconds = (performance.now() - start) / 1000;
    report.note(`${result.reason}: ${result.remedy}`);
    report.progress(4, 6, "pictures");
    const longRangeError = await withDevice(undefined, (cpu) =>
      reportSlices(report, system, result.potential, resolution, cpu),
    );
    report.progress(5, 6, "throughput");
    const throughput = await reportThroughput(report, system, result.approximation, device, device.defaultFloat);
    report.progress(6, 6);
    const metrics = {
      quadratureError,
      rungeError,
      kernelError: kernel.error,
      kernelRank: kernel.rank,
      kernelCompressedRank: kernel.compressedRank,
      latticeError: latticeError(),
      charges: system.charges.length,
      rank: Math.max(...result.approximation.ranks),
      numbers: result.approximation.size,
      longRangeError,
      wholeError: await wholeError(system, result.potential),
      buildSeconds,
      gridThroughput: throughput.grid,
      scatteredThroughput: throughput.scattered,
      directThroughput: throughput.direct,
      speedup: throughput.grid / throughput.direct,
    };
    return { metrics, expectations: expectationsOf(parameters, system) };
  },
});

async function systemOf({ system, particles, sitesPerEdge }: Parameters, key: Key): Promise<ChargedSystem> {
  if (system === "caffeine") return caffeine();
  if (system === "buckminsterfullerene") return buckminsterfullerene();
  return system === "ions" ? ionLattice(sitesPerEdge) : randomCharges(particles, key);
}

/** Lattices by assembled vectors, other charges at all nodes. Ranks against the tolerance are drawn. */
async function potentialOf(
  system: ChargedSystem,
  { nodes, tolerance, largestExponent }: Parameters,
  report: Report,
  signal: AbortSignal,
): Promise<ParticlePotentialResult> {
  const build = async (accuracy: number): Promise<ParticlePotentialResult> => {
    const options = { nodes, tolerance: accuracy, domain: system.domain, signal };
    if (!system.lattices) return particlePotential(system, { ...options, largestExponent });
    const separation = separateRanges(newtonGaussians(), largestExponent);
    const canonical = joinCanonical(system.lattices.map((lattice) => latticeCanonical(lattice, separation.longRange)));
    const result = await chebyshevTuckerFromCanonical(canonical, options);
    return { ...result, potential: new ParticlePotential(system, separation, result.approximation) };
  };
  for (const accuracy of [1e-2, 1e-4, 1e-6]) {
    if (accuracy <= tolerance) break;
    report.point(
      "rank at −log₁₀ of the tolerance",
      -Math.log10(accuracy),
      Math.max(...(await build(accuracy)).approximation.ranks),
    );
  }
  const result = await build(tolerance);
  report.point("rank at −log₁₀ of the tolerance", -Math.log10(tolerance), Math.max(...result.approximation.ranks));
  return result;
}

function expectationsOf(
  { system, nodes, tolerance, largestExponent }: Parameters,
  { charges }: ChargedSystem,
): Expectation[] {
  const expectations = [
    atMost("quadratureError", 5e-10, "65 terms in steps of 0.17"),
    atMost("kernelError", 2.2e-9, "long-range kernel, 17 terms, 65 nodes: 1.1e-9"),
    within("kernelRank", 13, 1, "the same"),
    within("kernelCompressedRank", 9, 1, "the same"),
    atMost("rungeError", 4e-6, "65 nodes: 2.0e-6"),
    atMost("latticeError", 1e-12, "paper: assembled vectors are exact"),
  ];
  if (nodes >= 65 && largestExponent <= 8) {
    // In the maximum norm, where the tolerance is one of the norm of the coefficients.
    expectations.push(atMost("longRangeError", Math.max(20 * tolerance, 1e-8), "the tolerance asked for"));
    if (system === "random" && tolerance >= 1e-7 && charges.length >= 50)
      expectations.push(atMost("rank", 41, "paper: ranks hardly depend on the number of particles"));
    expectations.push(atMost("rank", nodes - 10, "paper: far below the number of nodes"));
  }
  // Where there are enough charges for direct summation to be the slower one.
  if (charges.length >= 400) expectations.push(atLeast("speedup", 2, "grids by small matrix products"));
  return expectations;
}
