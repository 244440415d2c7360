import { atLeast, atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { child, type Device, type Key, openDevice } from "@ansatz/tensor";
import { z } from "zod";
import { boundsOf, type Frame, framesImage, hue } from "../pictures/point-pictures.ts";
import type { PointArray } from "../point-set.ts";
import { earthMoversDistance, trajectoriesAt } from "./earth-movers.ts";
import { multiMarginalBridge, type Trajectories } from "./index.ts";
import { LOTKA_VOLTERRA, peltSnapshots, populationSnapshots, REPRESSILATOR } from "./population-data.ts";
import { lotkaVolterra, type ReferenceFamily, repressilator } from "./reference-family.ts";

const parameters = z.object({
  data: z
    .enum(["lotka-volterra", "repressilator", "lynx-hare"])
    .default("lotka-volterra")
    .describe("Simulated predators and prey, three simulated genes, or the pelts of lynxes and hares of 1900 to 1920"),
  solver: z
    .enum(["transition-kernel", "proportional-fitting"])
    .default("transition-kernel")
    .describe(
      "How bridges are found: from the reference's transition kernel, or by learning the drifts of half-bridges, as in the paper (some twenty times the work: take steps of 0.1 and 4 iterations)",
    ),
  sweeps: z.int().min(1).max(50).default(6).describe("Pairs of half-bridges, in proportional fitting"),
  particles: z.int().min(5).max(500).default(50).describe("Individuals per snapshot"),
  stepSize: z
    .number()
    .min(0.005)
    .max(1)
    .default(0.05)
    .describe(
      "Δ of the trajectories at most, in units of time (years for pelts); snapshots held out are half way of an interval",
    ),
  outerIterations: z.int().min(1).max(100).default(10).describe("Bridges and fits in turn"),
  censusError: z
    .number()
    .min(0.01)
    .max(0.5)
    .default(0.1)
    .describe("How far off, relatively, a census of pelts is taken to be"),
});

type Parameters = z.output<typeof parameters>;

interface PopulationData {
  readonly reference: ReferenceFamily;
  readonly times: readonly number[];
  readonly diffusion: number;
  /** What the population was made with, where that is known. */
  readonly truth?: readonly number[];
  /** Snapshots of all times: to fit (even ones) and to hold against, and another draw of the latter. */
  readonly given: readonly PointArray[];
  readonly heldOut: readonly PointArray[];
  readonly again: readonly PointArray[];
}

export default defineExperiment({
  id: "ot/multi-marginal-bridge",
  title: "Trajectories through snapshots of a population, and the dynamics behind them",
  summary:
    "Individuals that are measured once and lost leave snapshots of a population. Bridges between these and a fit of the dynamics to the bridges, in turn, find trajectories that pass through all of them, and what moves them.",
  paper: {
    title: "Multi-marginal Schrödinger Bridges with Iterative Reference Refinement",
    section: "experiments: Lotka–Volterra, repressilator",
  },
  parameters,
  metrics: {
    seconds: { label: "all outer iterations", unit: "s", better: "lower" },
    largestParameterError: { label: "largest error of a parameter", unit: "%", better: "lower" },
    heldOutDistance: { label: "earth mover's distance to held-out snapshots, median", better: "lower" },
    brownianDistance: { label: "the same for bridges of Brownian motion, median" },
    samplingFloor: { label: "the same between two draws of the truth, median" },
    distanceOverFloor: { label: "distance over sampling floor, median", better: "lower" },
    brownianOverDistance: { label: "Brownian distance over distance, median", better: "higher" },
    firstBrownianOverDistance: { label: "the same at the first held-out time", better: "higher" },
    largestMismatchRise: {
      label: "largest rise of the drift mismatch from one iteration to the next",
      unit: "%",
      better: "lower",
    },
    conditionNumber: { label: "condition of the fit" },
    endDistance: {
      label: "proportional fitting: how far half-bridges are from meeting, worst interval",
      better: "lower",
    },
  },
  async run({ parameters, key, signal, report, device }) {
    const data = await populationOf(parameters, child(key, 0));
    const host = device.kind === "cpu" ? device : await openDevice("cpu");
    try {
      return await compare(parameters, data, { host, randomKey: key, signal, report });
    } finally {
      if (host !== device) await host.dispose();
    }
  },
});

async function populationOf({ data, particles, censusError }: Parameters, randomKey: Key): Promise<PopulationData> {
  if (data === "lynx-hare") {
    const draws = await Promise.all(
      [0, 1, 2].map((stream) => peltSnapshots(child(randomKey, stream), particles, censusError)),
    );
    const times = draws[0].map((_, year) => year);
    return {
      reference: lotkaVolterra(),
      times,
      diffusion: PELT_DIFFUSION,
      given: draws[0],
      heldOut: draws[1],
      again: draws[2],
    };
  }
  const { parameters: truth, diffusion, start, times } = data === "repressilator" ? REPRESSILATOR : LOTKA_VOLTERRA;
  const reference = data === "repressilator" ? repressilator() : lotkaVolterra();
  const draw = (stream: number) =>
    populationSnapshots({
      reference,
      parameters: truth,
      diffusion,
      start: [start[0], start[1]],
      times,
      count: particles,
      key: child(randomKey, stream),
    });
  const [given, heldOut, again] = await Promise.all([draw(0), draw(1), draw(2)]);
  return { reference, times, diffusion, truth, given, heldOut, again };
}

/** σ for pelts in ten thousands: what two-year predictions of Lotka's and Volterra's equations are off by, per root of a year. */
const PELT_DIFFUSION = 1;

interface Context {
  readonly host: Device;
  readonly randomKey: Key;
  readonly signal: AbortSignal;
  readonly report: Report;
}

async function compare(parameters: Parameters, data: PopulationData, { host, randomKey, signal, report }: Context) {
  const { reference, times, diffusion, truth } = data;
  const fitted = times.map((_, index) => index).filter((index) => index % 2 === 0);
  const problem = {
    snapshots: fitted.map((index) => data.given[index]),
    times: fitted.map((index) => times[index]),
    diffusion,
    reference,
  };
  const { solver, sweeps } = parameters;
  // An even number of steps between snapshots, so that trajectories have a state at the time of the one held out.
  const interval = times[2] - times[0];
  const steps = 2 * Math.ceil(interval / (2 * parameters.stepSize) - 1e-9);
  const options = {
    device: host,
    solver,
    proportionalFitting: { sweeps },
    stepSize: interval / steps,
    key: child(randomKey, 1),
    signal,
  };
  const vanilla = await multiMarginalBridge(problem, { ...options, outerIterations: 1 });
  const start = performance.now();
  const result = await multiMarginalBridge(problem, {
    ...options,
    outerIterations: parameters.outerIterations,
    onProgress({ iteration, total, parameters: theta, mismatch, endDistance }) {
      report.point("drift mismatch", iteration, mismatch);
      if (endDistance !== undefined) report.point("distance of half-bridges", iteration, endDistance);
      for (const [p, name] of reference.parameterNames.entries()) report.point(name, iteration, theta[p]);
      report.progress(iteration + 1, total, `drift mismatch ${mismatch.toFixed(4)}`);
    },
  });
  const seconds = (performance.now() - start) / 1000;
  report.note(`${result.reason}: ${result.remedy}`);
  if (!result.trajectories || !vanilla.trajectories) throw signal.reason;
  const theta = result.parameters.map((value) => (reference.affine ? value : Math.abs(value)));
  report.table(
    "parameters",
    [{ name: "parameter" }, { name: "found" }, { name: "true" }],
    reference.parameterNames.map((name, p) => [name, theta[p], truth?.[p] ?? null]),
  );
  const distances = await heldOutDistances(data, result.trajectories, vanilla.trajectories, host, randomKey, report);
  draw(report, data, result.trajectories, "trajectories");
  draw(report, data, vanilla.trajectories, "bridges of Brownian motion");
  const rises = result.history.slice(1).map(({ mismatch }, index) => mismatch / result.history[index].mismatch - 1);
  const column = (of: (row: (typeof distances)[number]) => number) => median(distances.map(of));
  const metrics = {
    seconds,
    largestParameterError: truth ? 100 * Math.max(...truth.map((value, p) => Math.abs(theta[p] / value - 1))) : null,
    heldOutDistance: column(({ reached }) => reached),
    brownianDistance: column(({ brownian }) => brownian),
    samplingFloor: column(({ floor }) => floor),
    distanceOverFloor: column(({ reached, floor }) => reached / floor),
    brownianOverDistance: column(({ reached, brownian }) => brownian / reached),
    firstBrownianOverDistance: distances[0].brownian / distances[0].reached,
    largestMismatchRise: rises.length > 0 ? 100 * Math.max(...rises) : null,
    conditionNumber: result.history.at(-1)?.conditionNumber ?? null,
    endDistance: result.history.at(-1)?.endDistance ?? null,
  };
  return { metrics, expectations: expectationsOf(parameters) };
}

function expectationsOf({ data, solver, particles, outerIterations, stepSize }: Parameters): Expectation[] {
  const isFitted = solver === "proportional-fitting";
  if (outerIterations < (isFitted ? 4 : 5) || particles < 50 || stepSize > 0.1) return [];
  const refined = [
    atMost("largestMismatchRise", 5, "the fit of the reference improves with every iteration, up to noise"),
    ...(isFitted ? [atMost("endDistance", 0.1, "half-bridges meet")] : []),
  ];
  if (data === "lotka-volterra")
    return [
      ...refined,
      isFitted
        ? atMost("largestParameterError", 15, "Lotka–Volterra parameters within 15 %, drifts being learned")
        : atMost("largestParameterError", 5, "Lotka–Volterra parameters within 5 %"),
      atMost("distanceOverFloor", 2, "held-out snapshots at the floor of sampling noise, within a factor of two"),
      atLeast("firstBrownianOverDistance", 5, "Brownian bridges at t = 1 at least five times farther"),
    ];
  if (data === "repressilator")
    return [
      ...refined,
      atLeast("brownianOverDistance", 2, "repressilator: half of the Brownian distance at most, median of five times"),
    ];
  return [atLeast("brownianOverDistance", 1.05, "pelts: closer to the years left out than Brownian bridges")];
}

async function heldOutDistances(
  { times, heldOut, again }: PopulationData,
  trajectories: Trajectories,
  vanilla: Trajectories,
  host: Device,
  randomKey: Key,
  report: Report,
) {
  const rows: { time: number; reached: number; brownian: number; floor: number }[] = [];
  for (const [index, time] of times.entries()) {
    if (index % 2 === 0) continue;
    const sample = { count: heldOut[index].shape[0], key: child(randomKey, 2) };
    const to = async (of: Trajectories) =>
      earthMoversDistance(await trajectoriesAt(of, time, sample), heldOut[index], { device: host });
    const floor = await earthMoversDistance(again[index], heldOut[index], { device: host });
    rows.push({ time, reached: await to(trajectories), brownian: await to(vanilla), floor });
  }
  report.table(
    "earth mover's distances to held-out snapshots",
    [
      { name: "time" },
      { name: "refined reference" },
      { name: "Brownian reference" },
      { name: "two draws of the truth" },
    ],
    rows.map(({ time, reached, brownian, floor }) => [time, reached, brownian, floor]),
  );
  return rows;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Trajectories that are drawn. */
const DRAWN = 60;

/** The first two coordinates: trajectories, snapshots that were given in colours of their times, and those that were held out in grey. */
function draw(report: Report, { given, heldOut }: PopulationData, trajectories: Trajectories, name: string): void {
  const { data, shape } = trajectories;
  const [count, length, dimension] = shape;
  const plane = (points: ArrayLike<number>, first: number, states: number) =>
    Float64Array.from({ length: 2 * states }, (_, index) => points[first + (index >> 1) * dimension + (index % 2)]);
  const lines = Array.from({ length: Math.min(DRAWN, count) }, (_, b) => ({
    points: plane(data, Math.floor((b * count) / Math.min(DRAWN, count)) * length * dimension, length),
    colour: [90, 90, 160] as const,
  }));
  const dots = given.map(({ data: points, shape: [size] }, index) => ({
    points: plane(index % 2 === 0 ? points : heldOut[index].data, 0, size),
    colour: index % 2 === 0 ? hue(index / given.length) : ([150, 150, 150] as const),
  }));
  const frame: Frame = { lines, dots };
  const bounds = boundsOf(dots.map(({ points }) => points));
  report.image(
    name,
    framesImage([frame], bounds, 420, "lines: trajectories; colours: snapshots given; grey: snapshots held out"),
  );
}
