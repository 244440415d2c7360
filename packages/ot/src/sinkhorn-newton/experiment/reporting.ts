import type { Report } from "@ansatz/lab";
import { displacementInterpolation, type GreyImage } from "../../images/index.ts";
import type { HistoryEntry, TransportResult } from "../../transport-result.ts";
import type { ExperimentProblem } from "./problem.ts";

/** Newton steps that progress is measured against before it is known how many there will be. */
const EXPECTED_NEWTON_STEPS = 12;

/** Frames of the picture that shows the mass on its way. */
const FRAMES = 5;

/** Pixels between frames. */
const GAP = 2;

/** Rows and columns that a drawn plan has at most; larger ones are summed into blocks. */
const LARGEST_HEATMAP = 512;

export function reportProblem(report: Report, { images, densities }: ExperimentProblem): void {
  if (images) {
    report.image("source", drawn(images[0], "where the mass comes from"));
    report.image("target", drawn(images[1], "where the mass goes to"));
  }
  if (densities)
    for (const [name, density] of [
      ["source density", densities[0]] as const,
      ["target density", densities[1]] as const,
    ])
      for (const [index, mass] of density.entries()) report.point(name, index, mass);
}

/** One iteration of the solve: live curves and progress. */
export function reportIteration(
  report: Report,
  entry: HistoryEntry,
  { size }: ExperimentProblem,
  warmUpSweeps: number,
): void {
  const { iteration, error, kind, keptEntries, conjugateGradientIterations } = entry;
  report.point("marginal error", iteration, error);
  if (keptEntries !== undefined) report.point("entries kept per row", iteration, keptEntries / size);
  if (conjugateGradientIterations !== undefined)
    report.point("conjugate gradient iterations", iteration, conjugateGradientIterations);
  const total = Math.max(warmUpSweeps + EXPECTED_NEWTON_STEPS, iteration + 1);
  const what = kind === "newton" ? "Newton step" : "Sinkhorn sweep";
  report.progress(iteration, total, `${what}, marginal error ${error.toExponential(1)}`);
}

export function reportTable(report: Report, { history }: TransportResult, { size }: ExperimentProblem): void {
  report.table(
    "iterations",
    [
      { name: "iteration" },
      { name: "kind" },
      { name: "inverse regularization" },
      { name: "marginal error" },
      { name: "entries kept per row" },
      { name: "conjugate gradient iterations" },
      { name: "step size" },
    ],
    history.map((entry) => [
      entry.iteration,
      entry.kind === "newton" ? "Newton step" : "Sinkhorn sweep",
      1 / entry.regularization,
      entry.error,
      entry.keptEntries === undefined ? null : entry.keptEntries / size,
      entry.conjugateGradientIterations ?? null,
      entry.stepSize ?? null,
    ]),
  );
}

export function reportPlan(report: Report, result: TransportResult, { images, size }: ExperimentProblem): void {
  const block = Math.ceil(size / LARGEST_HEATMAP);
  report.heatmap("transport plan", {
    ...summedBlocks(result.plan().data, size, block),
    rowLabel: images ? "source pixel" : "source point",
    columnLabel: images ? "target pixel" : "target point",
    scale: "log",
    caption: "how much mass goes from where to where",
  });
  if (images) report.image("mass on its way", movie(result, images[0]));
}

/** Masses below this share of the largest are drawn as empty. */
const FAINTEST = 1e-10;

function summedBlocks(plan: Float64Array, size: number, block: number) {
  const extent = Math.ceil(size / block);
  const values = new Float64Array(extent * extent);
  for (const [index, mass] of plan.entries()) {
    const row = Math.floor(Math.floor(index / size) / block);
    values[row * extent + Math.floor((index % size) / block)] += mass;
  }
  // A logarithmic scale down to the smallest double would leave its colours to masses nobody can tell from nothing.
  const faintest = FAINTEST * values.reduce((a, b) => Math.max(a, b), 0);
  return { rows: extent, columns: extent, values: values.map((mass) => (mass < faintest ? 0 : mass)) };
}

function drawn({ width, height, pixels }: GreyImage, caption: string) {
  const largest = Array.from(pixels).reduce((a, b) => Math.max(a, b), 0);
  return {
    width,
    height,
    channels: 1 as const,
    pixels: Float64Array.from(pixels, (pixel) => pixel / largest),
    caption,
  };
}

/** Frames side by side of every bit of mass travelling along the straight line of the plan. */
function movie(result: TransportResult, { width, height }: GreyImage) {
  const plan = result.sparsePlan();
  const total = FRAMES * width + (FRAMES - 1) * GAP;
  const pixels = new Float64Array(total * height).fill(1);
  for (let frame = 0; frame < FRAMES; frame++) {
    const image = displacementInterpolation(plan, { width, height }, frame / (FRAMES - 1));
    const largest = image.reduce((a, b) => Math.max(a, b), 0);
    for (const [index, mass] of image.entries()) {
      const column = frame * (width + GAP) + (index % width);
      pixels[Math.floor(index / width) * total + column] = mass / largest;
    }
  }
  const caption = "from source to target, each bit of mass along the straight line that the plan sends it";
  return { width: total, height, channels: 1 as const, pixels, caption };
}
