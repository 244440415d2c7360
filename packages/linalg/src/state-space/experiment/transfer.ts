import type { Report } from "@ansatz/lab";
import { type Device, type Key, split } from "@ansatz/tensor";
import { hippoLegs, hippoTransferFunction } from "../hippo.ts";
import { normalDiagonalisation, type Perturbation, perturbThenDiagonalise, spectralNorm } from "../index.ts";
import { revealingFrequencies, transferFunction } from "../transfer-function.ts";
import { resolvent } from "./resolvent.ts";

/** The readout of all comparisons: cos j², counted from 1, of norm 1; over ‖b‖ = n, so that the input has norm 1 too. */
export function exampleReadout(states: number): Float64Array {
  const values = Float64Array.from({ length: states }, (_, j) => Math.cos((j + 1) ** 2));
  const norm = Math.hypot(...values) * states;
  return values.map((value) => value / norm);
}

/** Frequencies of the spikes of the normal part, falling. */
export function spikesOf({ poles }: { readonly poles: Float64Array }): number[] {
  return Array.from(poles.filter((_, index) => index % 2 === 1)).sort((a, b) => b - a);
}

export interface Deviations {
  /** sup |G̃ − G| / sup |G| of S4D. */
  readonly diagonal: number;
  /** sup |G̃ − G| / |G| of the perturbed system. */
  readonly perturbed: number;
}

/** Transfer functions as curves over the logarithm of the frequency. */
export async function compareTransferFunctions(
  device: Device,
  states: number,
  share: number,
  report: Report,
): Promise<Deviations> {
  const normal = await normalDiagonalisation(states, { device });
  const perturbed = await perturbThenDiagonalise(states, { share, device });
  const frequencies = revealingFrequencies(spikesOf(normal), { least: 0.1, most: 1e4, perDecade: 30 });
  const readout = exampleReadout(states);
  const exact = hippoTransferFunction(readout, frequencies);
  const curves = {
    HiPPO: exact,
    S4D: transferFunction(normal, readout, frequencies),
    PTD: transferFunction(perturbed, readout, frequencies),
  };
  for (const [name, values] of Object.entries(curves))
    for (const [at, frequency] of frequencies.entries())
      report.point(`|G| over log10 of the frequency, ${name}`, Math.log10(frequency), sizeAt(values, at));
  const top = Math.max(...frequencies.map((_, at) => sizeAt(exact, at)));
  return {
    diagonal: Math.max(...frequencies.map((_, at) => distanceAt(curves.S4D, exact, at))) / top,
    perturbed: Math.max(...frequencies.map((_, at) => distanceAt(curves.PTD, exact, at) / sizeAt(exact, at))),
  };
}

/** Relative deviations over frequencies and numbers of states: the spikes that move on, and the uniform bound. Returns how those of S4D at ω = 10 go down. */
export async function mapConvergence(device: Device, share: number, report: Report): Promise<number> {
  const sizes = [8, 16, 32, 64, 128];
  const columns = 240;
  const frequencies = Float64Array.from({ length: columns }, (_, k) => 10 ** (-1 + (5 * k) / (columns - 1)));
  const maps = { S4D: new Float64Array(sizes.length * columns), PTD: new Float64Array(sizes.length * columns) };
  const atTen: number[] = [];
  for (const [row, states] of sizes.entries()) {
    const readout = exampleReadout(states);
    const exact = hippoTransferFunction(readout, frequencies);
    const normal = await normalDiagonalisation(states, { device });
    const systems = { S4D: normal, PTD: await perturbThenDiagonalise(states, { share, device }) };
    for (const name of ["S4D", "PTD"] as const) {
      const values = transferFunction(systems[name], readout, frequencies);
      for (let at = 0; at < columns; at++)
        maps[name][row * columns + at] = distanceAt(values, exact, at) / sizeAt(exact, at);
    }
    const [mine, theirs] = [hippoTransferFunction(readout, [10]), transferFunction(normal, readout, [10])];
    atTen.push(distanceAt(mine, theirs, 0) / sizeAt(theirs, 0));
  }
  for (const name of ["S4D", "PTD"] as const)
    report.heatmap(`relative deviation of ${name} from HiPPO`, {
      ...{ rows: sizes.length, columns, values: maps[name], scale: "log" },
      rowLabel: `states, ${sizes.join(", ")}`,
      columnLabel: "frequency, 0.1 to 10000, logarithmic",
      caption:
        name === "S4D"
          ? "Small below n, and not beyond: spikes move on to higher frequencies and grow."
          : `Within τ/(1 − τ) = ${(share / (1 - share)).toFixed(3)} at every frequency, for every n.`,
    });
  return atTen[4] / atTen[3];
}

/**
 * sup ‖(iω − A)⁻¹‖₂² along the imaginary axis: to first order the largest |ΔG| / ‖E‖ that any E, and any input and readout of norm 1, can bring. The paper bounds it by 2 ln n + 4; returns the
 * share of that.
 */
export async function largestResolvent(device: Device, states: number, report: Report): Promise<number> {
  let top = 0;
  for (let exponent = -2; exponent <= 3; exponent += 0.1) {
    const squared = (await spectralNorm(resolvent(states, 10 ** exponent), 2 * states, device)) ** 2;
    report.point("largest |ΔG| / ‖E‖ over log10 of the frequency", exponent, squared);
    report.point("the paper's bound over log10 of the frequency", exponent, 2 * Math.log(states) + 4);
    top = Math.max(top, squared);
  }
  return top / (2 * Math.log(states) + 4);
}

interface Trade {
  readonly method: string;
  readonly parameter: number;
  readonly backwardError: number;
  readonly condition: number;
  readonly residual: number;
  readonly deviation: number;
  readonly bound: number | null;
}

/** Backward error, condition and deviation of the three ways to choose E. Returns the largest residual of the structured ones (those of others grow with the condition), and the largest share of the paper's bound that small random E use up. */
export async function tradePerturbations(
  device: Device,
  states: number,
  key: Key,
  signal: AbortSignal,
  report: Report,
): Promise<{ readonly residual: number; readonly bound: number }> {
  const [forRandom, forOptimised] = split(key, 2);
  const choices: (Perturbation & { readonly parameter: number })[] = [
    ...[0.003, 0.01, 0.03, 0.1, 0.3, 0.9].map((share) => ({ method: "structured" as const, share, parameter: share })),
    ...[1e-6, 1e-5, 1e-4, 1e-3].map((size) => ({ method: "random" as const, key: forRandom, size, parameter: size })),
    ...[300, 100, 30, 10].map((penalty) => ({
      ...{ method: "optimised" as const, key: forOptimised, penalty, maxIterations: 100, signal },
      parameter: penalty,
    })),
  ];
  const readout = exampleReadout(states);
  const frequencies = revealingFrequencies(spikesOf(await normalDiagonalisation(states, { device })));
  const exact = hippoTransferFunction(readout, frequencies);
  const top = Math.max(...frequencies.map((_, at) => sizeAt(exact, at)));
  const norm = await spectralNorm(hippoLegs(states).matrix, states, device);
  const rows: Trade[] = [];
  for (const { parameter, ...choice } of choices) {
    signal.throwIfAborted();
    const found = await perturbThenDiagonalise(states, { ...choice, device });
    const values = transferFunction(found, readout, frequencies);
    const deviation = Math.max(...frequencies.map((_, at) => distanceAt(values, exact, at)));
    // ‖E‖₂ = ‖A‖ times the backward error.
    const size = found.backwardError * norm;
    rows.push({
      ...{ method: choice.method!, parameter, deviation: deviation / top },
      ...{ backwardError: found.backwardError, condition: found.condition, residual: found.residual },
      // The paper's bound is of the first order in E.
      bound: choice.method === "random" && size < 1 ? deviation / ((2 * Math.log(states) + 4) * size) : null,
    });
  }
  for (const method of ["structured", "random", "optimised"])
    for (const row of rows.filter((each) => each.method === method).sort((a, b) => a.backwardError - b.backwardError)) {
      report.point(`log10 κ over log10 ‖E‖/‖A‖, ${method}`, Math.log10(row.backwardError), Math.log10(row.condition));
      report.point(
        `log10 deviation over log10 ‖E‖/‖A‖, ${method}`,
        Math.log10(row.backwardError),
        Math.log10(row.deviation),
      );
    }
  report.table(
    "perturbations",
    [
      ...[{ name: "method" }, { name: "τ, ε or γ" }, { name: "‖E‖/‖A‖" }, { name: "κ(V)" }, { name: "residual" }],
      ...[{ name: "sup |ΔG| / sup |G|" }, { name: "share of the paper's bound" }],
    ],
    rows.map((row) => [
      ...[row.method, row.parameter, row.backwardError, row.condition, row.residual],
      ...[row.deviation, row.bound],
    ]),
  );
  return {
    residual: Math.max(...rows.filter(({ method }) => method === "structured").map(({ residual }) => residual)),
    bound: Math.max(...rows.map(({ bound }) => bound ?? 0)),
  };
}

function sizeAt(values: Float64Array, at: number): number {
  return Math.hypot(values[2 * at], values[2 * at + 1]);
}

function distanceAt(a: Float64Array, b: Float64Array, at: number): number {
  return Math.hypot(a[2 * at] - b[2 * at], a[2 * at + 1] - b[2 * at + 1]);
}
