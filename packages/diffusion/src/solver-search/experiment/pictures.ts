import type { Report } from "@ansatz/lab";
import type { NoiseSchedule } from "../../noise-schedules/index.ts";
import type { DerivativeScaling, SolverGenome } from "../genome.ts";
import type { SolverSearchResult } from "../search-solver.ts";

const WIDTH = 320;
const ROW = 16;

const BACKGROUND = [255, 255, 255] as const;
const NOISE_COLOURS = [
  [198, 219, 239],
  [107, 174, 214],
  [33, 113, 181],
  [8, 48, 107],
] as const;
const DATA_COLOURS = [
  [253, 208, 162],
  [253, 141, 60],
  [217, 72, 1],
  [127, 39, 4],
] as const;
const CORRECTOR_COLOUR = [35, 139, 69] as const;
const BORDER = [80, 80, 80] as const;

/** A solver as a picture and a table: λ from left to right, a bar for each step. */
export function reportSchedule(report: Report, name: string, genome: SolverGenome, schedule: NoiseSchedule): void {
  const { times, steps } = genome;
  const lambdas = times.map((time) => schedule.halfLogSnr(time));
  const [from, to] = [lambdas[0], lambdas.at(-1)!];
  const column = (lambda: number) => Math.round(((lambda - from) / (to - from)) * (WIDTH - 1));
  const pixels = new Uint8Array(WIDTH * 2 * ROW * 3);
  const paint = (x: number, y: number, colour: readonly number[]) => pixels.set(colour, 3 * (y * WIDTH + x));
  for (let y = 0; y < 2 * ROW; y++) for (let x = 0; x < WIDTH; x++) paint(x, y, BACKGROUND);
  for (const [index, { prediction, order, corrector }] of steps.entries()) {
    const colour = (prediction === "noise" ? NOISE_COLOURS : DATA_COLOURS)[order - 1];
    const end = column(lambdas[index + 1]);
    for (let x = column(lambdas[index]); x <= end; x++) {
      for (let y = 0; y < ROW; y++) paint(x, y, x === end ? BORDER : colour);
      if (corrector) for (let y = ROW + 2; y < 2 * ROW - 2; y++) paint(x, y, x === end ? BORDER : CORRECTOR_COLOUR);
    }
  }
  report.image(name, {
    ...{ width: WIDTH, height: 2 * ROW, channels: 3, pixels },
    caption:
      "steps from noise (left) to data (right) in log signal-to-noise: blue expands the noise, orange the data, darker is of higher order; below, green where a corrector follows",
  });
  report.table(
    name,
    [
      ...[{ name: "step" }, { name: "until time" }, { name: "prediction" }, { name: "order" }, { name: "start" }],
      ...[{ name: "active points" }, { name: "scaling" }, { name: "corrector" }],
    ],
    steps.map(({ prediction, order, start, active, derivatives, scaling, corrector }, index) => [
      ...[index + 1, times[index + 1], prediction, order, start],
      `${active.join(", ")}${derivatives === "low" ? " (low)" : ""}`,
      printed(scaling),
      corrector ? `${corrector.kind}, order ${corrector.order}` : "none",
    ]),
  );
}

function printed(scaling: DerivativeScaling): string {
  return typeof scaling === "object" ? `1 + ${scaling.linear.toPrecision(3)}·h` : scaling;
}

const SQUARE = 160;

/** Errors of all that was measured as a curve, and predicted against true ranks of the last stage as a picture. */
export function reportFinalists(report: Report, { state, finalists }: SolverSearchResult): void {
  report.table(
    "finalists",
    [{ name: "place" }, { name: "error in the search" }, { name: "error on other noise" }, { name: "made by hand" }],
    finalists.map(({ genome, quality, finalQuality }, index) => [index + 1, quality, finalQuality, genome.name ?? ""]),
  );
  const { predicted, measured } = state;
  if (!predicted || predicted.length === 0 || measured.length < predicted.length) return;
  const truth = measured.slice(-predicted.length).map(({ quality }) => quality);
  const [across, up] = [ranks(predicted), ranks(truth)];
  const pixels = new Float32Array(SQUARE * SQUARE).fill(1);
  const place = (rank: number) => 4 + Math.round((rank / Math.max(1, predicted.length - 1)) * (SQUARE - 9));
  for (const [index, rank] of across.entries()) {
    const [x, y] = [place(rank), SQUARE - 1 - place(up[index])];
    for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) pixels[(y + dy) * SQUARE + x + dx] = 0;
  }
  report.image("predicted and true rank", {
    ...{ width: SQUARE, height: SQUARE, channels: 1, pixels },
    caption:
      "solvers measured in the last stage: predicted rank from left to right, true rank upwards, best at the lower left",
  });
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a] - values[b] || a - b);
  const result = new Array<number>(values.length);
  for (const [rank, index] of order.entries()) result[index] = rank;
  return result;
}
