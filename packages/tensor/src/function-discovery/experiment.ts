import { atLeast, atMost, defineExperiment, type Expectation } from "@ansatz/lab";
import { z } from "zod";
import { type Baseline, baselines } from "./baselines.ts";
import { type DiscoveredProgram, type DiscoveryOptions, type DiscoveryResult, discoverFunction } from "./discover.ts";
import type { ErrorMeasure } from "./error-measure.ts";
import { type FrontRow, reportErrors, reportFront, reportGeneration, reportSources } from "./experiment/reporting.ts";
import { loadSearch, saveSearch, searchPath } from "./experiment/saved-search.ts";
import { timePrograms } from "./kernel-time.ts";
import type { Program } from "./program.ts";
import { anchoredExp2, hornerProgram } from "./skeletons.ts";
import { type Target, targets } from "./targets.ts";
import { verifyEveryFloat32, verifyExactly } from "./verify.ts";

const parameters = z.object({
  target: z
    .enum(Object.keys(targets) as [keyof typeof targets, ...(keyof typeof targets)[]])
    .default("exp2")
    .describe("Function and interval to approximate"),
  format: z
    .enum(["float64", "float32"])
    .default("float64")
    .describe(
      "float64 stands for the reals; in float32 every operation rounds, and kernel time takes the place of operations",
    ),
  operations: z
    .enum(["polynomial", "rational", "all"])
    .default("polynomial")
    .describe("What programs are made of: + and ×; also − and ÷; also fma and square roots"),
  maximumOperations: z.int().min(1).max(40).default(8).describe("Operations beyond which no program grows"),
  generations: z.int().min(1).max(100_000).default(80).describe("Generations of the evolution"),
  parents: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe("Programs that are selected in a generation; twice as many are made of them"),
  fit: z
    .enum(["least-squares", "evolution-strategy"])
    .default("least-squares")
    .describe(
      "How coefficients are fitted: by least squares, or by CMA-ES as in the paper, which takes a hundred times as long",
    ),
  threads: z.int().min(0).max(1024).default(0).describe("Threads that fit programs; 0 for all of the machine"),
  verifySamples: z
    .int()
    .min(100)
    .max(10_000_000)
    .default(20_000)
    .describe("Random arguments on which the front is verified in double-double arithmetic"),
  everyFloat32: z
    .boolean()
    .default(false)
    .describe("Verify the fastest float32 program over all 2·10⁸ arguments, which takes a minute"),
  keep: z
    .boolean()
    .default(false)
    .describe("Save the search in the data folder after every generation, and go on from there the next time"),
});

type Parameters = z.output<typeof parameters>;

/** Operations counts at which the specification compares with Horner's rule. */
const COMPARED = [5, 6, 7, 8];

/** Of a float32 result: less than one unit in the last place is what the paper asks for. */
const LARGEST_ULP = 1;

export default defineExperiment({
  id: "tensor/function-discovery",
  title: "Evolution finds programs for elementary functions",
  summary:
    "From f(x) = x, programs of a few additions and multiplications are mutated, fitted and selected by accuracy and cost, until they beat the minimax polynomials of textbooks at the same number of operations.",
  paper: { title: "AutoNumerics-Zero: Automated Discovery of State-of-the-Art Mathematical Functions", year: 2023 },
  parameters,
  metrics: {
    frontSize: { label: "programs of the front" },
    smallestError: { label: "smallest error", better: "lower" },
    countsBetterThanHorner: {
      label: "operation counts from 5 to 8 at which a program beats Horner's rule",
      better: "higher",
    },
    errorAtSeven: { label: "error with at most 7 operations", better: "lower" },
    ratioToHorner: {
      label: "largest ratio of Horner's error to the evolved one at equal operations",
      unit: "×",
      better: "higher",
    },
    verifiedDeviation: { label: "largest deviation of a reported error from the verified one", better: "lower" },
    relativeTime: {
      label: "kernel time of the fastest program below one ulp, over that of Horner's below one ulp",
      better: "lower",
    },
    relativeTimeToPolynomial: { label: "the same, over plain Horner of degree 6", better: "lower" },
    nanosecondsPerElement: { label: "its time per element, one core", unit: "ns", better: "lower" },
    worstUlp: { label: "its largest error over every float32", unit: "ulp", better: "lower" },
    candidates: { label: "programs fitted" },
    candidatesPerSecond: { label: "programs fitted per second", better: "higher" },
    programValuesPerSecond: { label: "program values computed per second", better: "higher" },
    seconds: { label: "time of the search", unit: "s", better: "lower" },
  },
  async run({ parameters: given, key, signal, report }) {
    const target: Target = targets[given.target];
    const measure = measureOf(given);
    const path = given.keep ? searchPath(identityOf(given, key.seed[0])) : undefined;
    const resume = path ? await loadSearch(path) : undefined;
    if (resume) report.note(`goes on from generation ${resume.generation} of ${path}`);
    let saving = Promise.resolve();
    const result = await discoverFunction(target, {
      ...searchOptions(given, measure),
      ...{ key, signal, ...(resume && { resume }) },
      onProgress({ state }) {
        reportGeneration(report, state, given.generations);
        if (path) saving = saving.then(() => saveSearch(path, state));
      },
    });
    await saving;
    report.note(`${result.reason}: ${result.remedy}`);

    const isReal = given.format === "float64";
    const textbook = isReal ? textbookPrograms(target, given, measure) : [];
    const rows = frontRows(result, target, { measure, isReal, samples: given.verifySamples, textbook });
    reportFront(report, rows, textbook);
    reportErrors(report, result, target, { measure, arithmetic: { format: given.format, fma: "separate" } });
    reportSources(report, result, given.format);
    const { candidates, programValues, seconds } = result.statistics;
    const done = candidates - (resume?.candidates ?? 0);
    const isTimed = !isReal && given.target === "exp2";
    const metrics = {
      frontSize: rows.length,
      smallestError: rows.at(-1)?.error ?? null,
      ...comparedWithHorner(rows),
      verifiedDeviation: isReal
        ? Math.max(0, ...rows.map(({ error, verified }) => Math.abs(error / verified - 1)))
        : null,
      ...(isTimed ? await fastestBelowOneUlp(result, target, given, signal) : NOT_TIMED),
      ...{ candidates: done, candidatesPerSecond: done / seconds, seconds },
      programValuesPerSecond: (programValues - (resume?.programValues ?? 0)) / seconds,
    };
    return { metrics, expectations: signal.aborted ? [] : expectationsOf(given) };
  },
});

/** 2^x is measured everywhere by the unit at 1.5, as in the paper; functions with zeros in a way that forgives them. */
function measureOf({ target, format }: Parameters): ErrorMeasure {
  if (format === "float32") return { kind: "ulp", format, ...(target === "exp2" && { at: 1.5 }) };
  return { kind: "relative", epsilon: target === "log2" || target === "erf" ? 1e-3 : 0 };
}

const VOCABULARY = {
  polynomial: ["add", "multiply", "coefficient"],
  rational: ["add", "subtract", "multiply", "divide", "coefficient", "one"],
  all: ["add", "subtract", "multiply", "divide", "fma", "sqrt", "coefficient", "one", "two"],
} as const;

function searchOptions(given: Parameters, measure: ErrorMeasure): DiscoveryOptions {
  const { format, maximumOperations, generations, parents, fit, threads, target } = given;
  const common = {
    ...{ format, measure, maximumOperations, maximumGenerations: generations, parents },
    ...{ operations: VOCABULARY[given.operations], ...(threads > 0 && { threads }) },
    ...(fit === "evolution-strategy" && { fit: { method: fit }, hurdle: 10 }),
  } as const;
  if (format === "float64" || target !== "exp2") return common;
  return {
    ...common,
    operations: ["add", "subtract", "multiply", "coefficient", "one"],
    maximumOperations: Math.max(13, maximumOperations),
    initial: [anchoredExp2("horner", ANCHORED_START), anchoredExp2("nested", ANCHORED_START)],
    cost: { kind: "time", reference: hornerProgram(6) },
    selection: { limits: [[0.5, Number.POSITIVE_INFINITY], undefined] },
    ...{ identityRate: 0.02, ...(fit === "least-squares" && { hurdle: 1.3 }) },
  };
}

const ANCHORED_START = [1e-4, 0.002, 0.01, 0.08, 0.3];

/** Settings that make a search another one; the number of generations only says where it ends. */
function identityOf({ target, format, operations, maximumOperations, parents, fit }: Parameters, seed: number) {
  return { target, format, operations, maximumOperations, parents, fit, seed };
}

function textbookPrograms(
  target: Target,
  { maximumOperations, target: name }: Parameters,
  measure: ErrorMeasure,
): Baseline[] {
  if (name === "log2" || name === "erf") return [];
  return baselines(target, { operations: maximumOperations, measure, squarings: name === "exp2" });
}

function frontRows(
  { front }: DiscoveryResult,
  target: Target,
  given: { measure: ErrorMeasure; isReal: boolean; samples: number; textbook: readonly Baseline[] },
): FrontRow[] {
  const { measure, isReal, samples, textbook } = given;
  const verified = isReal
    ? verifyExactly(
        front.map(({ program }) => program),
        target,
        { measure, samples },
      )
    : [];
  return front.map(({ operations, cost, error, code }, index) => {
    const rivals = textbook.filter((each) => each.name === "minimax polynomial" && each.operations <= operations);
    const horner = rivals.length > 0 ? Math.min(...rivals.map((each) => each.error)) : null;
    return { operations, cost, error, code, horner, verified: verified[index] ?? error };
  });
}

function comparedWithHorner(rows: readonly FrontRow[]) {
  const smallest = (most: number) => {
    const affordable = rows.filter(({ operations }) => operations <= most);
    return affordable.length > 0 ? affordable.reduce((a, b) => (b.error < a.error ? b : a)) : undefined;
  };
  const compared = rows.filter(({ horner }) => horner !== null);
  if (compared.length === 0) return { countsBetterThanHorner: null, errorAtSeven: null, ratioToHorner: null };
  const beats = COMPARED.filter((count) =>
    rows.some(({ operations, error, horner }) => operations === count && error < horner! * 0.999),
  );
  return {
    countsBetterThanHorner: beats.length,
    errorAtSeven: smallest(7)?.error ?? null,
    ratioToHorner: Math.max(...compared.map(({ horner, error }) => horner! / error)),
  };
}

const NOT_TIMED = { relativeTime: null, relativeTimeToPolynomial: null, nanosecondsPerElement: null, worstUlp: null };

/** The fastest program of the front below one unit in the last place beside programs by Horner's rule, timed in turn. */
async function fastestBelowOneUlp({ front }: DiscoveryResult, target: Target, given: Parameters, signal: AbortSignal) {
  const accurate = front.filter(({ error }) => error < LARGEST_ULP);
  if (accurate.length === 0 || signal.aborted) return NOT_TIMED;
  const fastest = accurate.reduce((a: DiscoveredProgram, b) => (b.cost < a.cost ? b : a));
  const horner = await hornerBelowOneUlp(target, given);
  const [own, rival, polynomial] = timePrograms([fastest.program, horner, hornerProgram(6)], "float32", {
    batches: 100,
  });
  const interval = [2 ** -24, 1 - 2 ** -24] as const;
  const measure = { kind: "ulp", format: "float32" } as const;
  const worst = given.everyFloat32
    ? await verifyEveryFloat32(fastest.program, target, { measure, interval, signal })
    : null;
  return {
    relativeTime: own.nanosecondsPerElement / rival.nanosecondsPerElement,
    relativeTimeToPolynomial: own.nanosecondsPerElement / polynomial.nanosecondsPerElement,
    nanosecondsPerElement: own.nanosecondsPerElement,
    worstUlp: worst?.error ?? null,
  };
}

/** Polynomials of degree 6 and 7 as they are, and the one that is exact at both ends: the first whose rounded coefficients can be chosen to stay below one ulp. */
async function hornerBelowOneUlp(target: Target, given: Parameters): Promise<Program> {
  const rivals = [hornerProgram(6), hornerProgram(7), anchoredExp2("horner", ANCHORED_START)];
  for (const program of rivals) {
    const { front } = await discoverFunction(target, {
      ...{ format: "float32", measure: measureOf(given), initial: [program], threads: 1 },
      ...{ parents: 1, children: 4, maximumGenerations: 1, maximumOperations: 20 },
    });
    if (front[0]?.error < LARGEST_ULP) return front[0].program;
  }
  return rivals[2];
}

/** The specification's numbers, where a run is large enough for them. */
function expectationsOf({
  target,
  format,
  operations,
  maximumOperations,
  generations,
  parents,
  everyFloat32,
  fit,
}: Parameters): Expectation[] {
  if (target !== "exp2" || fit !== "least-squares" || generations * parents < 8000) return [];
  if (format === "float32")
    return [
      atMost("relativeTime", 0.9, "specification: faster than Horner's rule below one unit in the last place"),
      ...(everyFloat32 ? [atMost("worstUlp", 1, "paper: below one unit in the last place for every argument")] : []),
    ];
  if (operations !== "polynomial" || maximumOperations < 8) return [];
  return [
    atLeast(
      "countsBetterThanHorner",
      2,
      "specification: better than Horner's rule at two operation counts from 5 to 8",
    ),
    atMost("errorAtSeven", 1.1 * 9.381e-6, "specification: a cubic, squared once, within 10 %"),
    atMost("verifiedDeviation", 0.02, "specification: reported errors hold on other arguments"),
    ...(maximumOperations >= 10 && generations * parents >= 200_000
      ? [atMost("smallestError", 1e-9, "specification: ten operations in ten minutes")]
      : []),
  ];
}
