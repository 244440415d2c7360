import { atLeast, atMost, defineExperiment, type Report } from "@ansatz/lab";
import { type Device, divide, type Key, split } from "@ansatz/tensor";
import { z } from "zod";
import { sharpenDigits } from "./experiment/digits.ts";
import { selfCalibrate } from "./index.ts";
import { alignedError, calibrationInstance, type InstanceOptions, unknownsOf } from "./instances.ts";

const parameters = z.object({
  model: z
    .enum(["a", "b", "c"])
    .default("b")
    .describe(
      "The paper's model: one signal (a), a signal and a matrix for each measurement (b), one matrix for all (c)",
    ),
  sensors: z.int().min(8).max(256).default(32).describe("Sensors with unknown gains"),
  mostMeasurements: z
    .int()
    .min(2)
    .max(16)
    .default(6)
    .describe("Measurements of the phase transition: from 1 to this many"),
  trials: z.int().min(1).max(100).default(4).describe("Random problems for each point"),
  images: z.int().min(1).max(10).default(3).describe("Handwritten digits that are blurred and sharpened"),
  masks: z.int().min(2).max(10).default(4).describe("Views of each digit, through masks of random signs"),
  decibels: z.number().min(20).max(300).default(300).describe("Signal to noise of the blurred views, in dB; 300: none"),
});

/** An error below this counts as recovery. */
const SUCCESS = 1e-2;

export default defineExperiment({
  id: "linalg/self-calibration",
  title: "Gains of sensors and what they measured, by linear least squares",
  summary:
    "Measurements by sensors with unknown complex gains are a bilinear problem that dividing by the gains makes linear. Where recovery begins, how noise enters, and handwritten digits sharpened after an unknown blur.",
  paper: {
    title: "Self-Calibration and Bilinear Inverse Problems via Linear Least Squares",
    authors: ["Shuyang Ling", "Thomas Strohmer"],
    year: 2018,
    section: "numerical simulations, on a small scale",
  },
  parameters,
  metrics: {
    recovered: { label: "share of determined random problems recovered without noise", better: "higher" },
    slope: { label: "digits of error per 20 dB of noise, spectral method" },
    advantage: {
      label: "error of least squares over that of the spectral method at 20 dB",
      unit: "×",
      better: "higher",
    },
    filterError: { label: "relative error of the blind filter", better: "lower" },
    seconds: { label: "time of the blind deconvolution", unit: "s", better: "lower" },
  },
  async run({ parameters, device, key, signal, report }) {
    const [forPhases, forNoise, forImages] = split(key, 3);
    const recovered = await phaseTransition(device, forPhases, parameters, signal, report);
    const { slope, advantage } = await noiseCurves(device, forNoise, parameters, signal, report);
    const start = performance.now();
    const filterError = await sharpenDigits({ device, key: forImages, ...parameters }, report);
    return {
      metrics: { recovered, slope, advantage, filterError, seconds: (performance.now() - start) / 1000 },
      expectations: [
        atLeast("recovered", 1, "figures 1 to 3: recovery begins where there are as many equations as unknowns"),
        atMost("slope", 1.1, "theorems 3.3 to 3.5: the error is proportional to the noise"),
        atLeast("slope", 0.9, "theorems 3.3 to 3.5: the error is proportional to the noise"),
        atLeast("advantage", 1, "section 4: the spectral method suffers less at strong noise"),
        ...(parameters.decibels === 300 ? [atMost("filterError", 1e-8, "section 2.2: exact without noise")] : []),
      ],
    };
  },
});

type Parameters = z.output<typeof parameters>;

/** Shares of recovered problems over measurements and unknowns; returns that of all that have enough equations. */
async function phaseTransition(
  device: Device,
  key: Key,
  { model, sensors, mostMeasurements, trials }: Parameters,
  signal: AbortSignal | undefined,
  report: Report,
): Promise<number> {
  const unknowns = Array.from({ length: 7 }, (_, k) => Math.round(((k + 1) * sensors) / 8));
  const shares = new Float64Array(unknowns.length * mostMeasurements);
  let [determined, recovered] = [0, 0];
  const total = shares.length;
  for (const [row, n] of unknowns.entries())
    for (let p = 1; p <= mostMeasurements; p++) {
      signal?.throwIfAborted();
      const isDetermined = p * sensors >= sensors + (model === "a" ? n : p * n) - 1;
      const keys = split(split(key, unknowns.length)[row], mostMeasurements * trials);
      for (let trial = 0; isDetermined && trial < trials; trial++) {
        const error = await errorFor(
          { device, key: keys[(p - 1) * trials + trial], model, sensors, unknowns: n, measurements: p },
          "least-squares",
        );
        determined++;
        if (error >= SUCCESS) continue;
        recovered++;
        shares[row * mostMeasurements + p - 1] += 1 / trials;
      }
      report.progress(row * mostMeasurements + p, total, "phase transition");
    }
  report.heatmap("share recovered", {
    rows: unknowns.length,
    columns: mostMeasurements,
    values: shares,
    rowLabel: `unknowns of a signal, ${unknowns[0]} to ${unknowns[unknowns.length - 1]}`,
    columnLabel: `measurements, 1 to ${mostMeasurements}`,
    caption: `Random problems with ${sensors} sensors recovered to 1 %. Where there are fewer equations than unknowns none can be.`,
  });
  return recovered / determined;
}

/** Mean errors over noise, and what follows from them. */
async function noiseCurves(
  device: Device,
  key: Key,
  { model, sensors, trials }: Parameters,
  signal: AbortSignal | undefined,
  report: Report,
): Promise<{ readonly slope: number; readonly advantage: number }> {
  const levels = [20, 30, 40, 50, 60, 80];
  const errors: { readonly leastSquares: number; readonly spectral: number }[] = [];
  for (const decibels of levels) {
    signal?.throwIfAborted();
    const sums = { leastSquares: 0, spectral: 0 };
    for (const each of split(key, trials)) {
      const options = {
        device,
        key: each,
        model,
        sensors,
        unknowns: Math.round(sensors / 4),
        measurements: 4,
        decibels,
      };
      sums.leastSquares += (await errorFor(options, "least-squares")) / trials;
      sums.spectral += (await errorFor(options, "spectral")) / trials;
    }
    errors.push(sums);
    report.point("error, least squares", decibels, sums.leastSquares);
    report.point("error, spectral", decibels, sums.spectral);
  }
  report.table(
    "errors and noise",
    [{ name: "signal to noise", unit: "dB" }, { name: "least squares" }, { name: "spectral" }],
    levels.map((decibels, k) => [decibels, errors[k].leastSquares, errors[k].spectral]),
  );
  return {
    slope: Math.log10(errors[2].spectral / errors[4].spectral),
    advantage: errors[0].leastSquares / errors[0].spectral,
  };
}

async function errorFor(options: InstanceOptions, method: "least-squares" | "spectral"): Promise<number> {
  const instance = calibrationInstance(options);
  const { inverseGains, gains, signals } = await selfCalibrate(instance.problem, { method });
  using exact = instance.gains.device.scope(() =>
    divide(instance.gains.device.full(instance.gains.shape, 1, "complex128"), instance.gains),
  );
  const error = alignedError(
    await unknownsOf({ inverseGains, signals }),
    await unknownsOf({ inverseGains: exact, signals: instance.signals }),
  );
  for (const each of [...instance.tensors, inverseGains, gains, signals]) each.dispose();
  return error;
}
