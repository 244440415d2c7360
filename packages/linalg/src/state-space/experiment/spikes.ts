import type { Report } from "@ansatz/lab";
import type { Device } from "@ansatz/tensor";
import { hippoLegs } from "../hippo.ts";
import { type DiagonalSystem, normalDiagonalisation, perturbThenDiagonalise } from "../index.ts";
import { response } from "../response.ts";
import { denseResponse } from "./dense-response.ts";
import { exampleReadout, spikesOf } from "./transfer.ts";

/** Relative errors against HiPPO's response to the input without noise. */
export interface SpikeErrors {
  readonly clean: { readonly S4D: number; readonly PTD: number };
  /** With noise at the highest spike. */
  readonly noisy: { readonly HiPPO: number; readonly S4D: number; readonly PTD: number };
}

const STEP = 1 / 4096;
const DURATION = 4;
const AMPLITUDE = 0.1;

/** A slow cosine, and a tenth of it at a spike of S4D's transfer function on top: what the models make of it, over the second half of four units of time. */
export async function spikeErrors(
  device: Device,
  states: number,
  share: number,
  signal: AbortSignal,
  report: Report,
): Promise<SpikeErrors> {
  const normal = await normalDiagonalisation(states, { device });
  const systems = { S4D: normal, PTD: await perturbThenDiagonalise(states, { share, device }) };
  const readout = exampleReadout(states);
  const count = DURATION / STEP;
  const input = (frequency?: number) =>
    Float64Array.from({ length: count }, (_, k) => {
      const time = (k + 1) * STEP;
      return Math.cos(2 * Math.PI * time) + (frequency ? AMPLITUDE * Math.cos(frequency * time) : 0);
    });
  const exact = await denseResponse(hippoLegs(states), readout, input(), STEP, device);
  const of = async (system: DiagonalSystem, frequency?: number) =>
    errorOf(await response(system, readout, input(frequency), { step: STEP, device }), exact);
  const spikes = spikesOf(normal).slice(0, 4);
  const noisyExact = await denseResponse(hippoLegs(states), readout, input(spikes[0]), STEP, device);
  const rising = [...spikes].reverse();
  // The spikes, and points between and around them.
  const swept = rising.flatMap((spike, k) => [spike, Math.sqrt(spike * (rising[k + 1] ?? 2 * spike))]);
  const rows: [number, number, number][] = [];
  for (const frequency of swept) {
    signal.throwIfAborted();
    const [diagonal, perturbed] = [await of(systems.S4D, frequency), await of(systems.PTD, frequency)];
    report.point("error with noise over its frequency, S4D", frequency, diagonal);
    report.point("error with noise over its frequency, PTD", frequency, perturbed);
    rows.push([frequency, diagonal, perturbed]);
  }
  report.table("errors with noise of a tenth", [{ name: "frequency" }, { name: "S4D" }, { name: "PTD" }], rows);
  const shown = await response(normal, readout, input(spikes[0]), { step: STEP, device });
  const calm = await response(systems.PTD, readout, input(spikes[0]), { step: STEP, device });
  for (let k = count - 256; k < count; k += 2) {
    report.point("output with noise at the spike, HiPPO", k * STEP, noisyExact[k]);
    report.point("output with noise at the spike, S4D", k * STEP, shown[k]);
    report.point("output with noise at the spike, PTD", k * STEP, calm[k]);
  }
  return {
    clean: { S4D: await of(systems.S4D), PTD: await of(systems.PTD) },
    noisy: { HiPPO: errorOf(noisyExact, exact), S4D: errorOf(shown, exact), PTD: errorOf(calm, exact) },
  };
}

function errorOf(y: Float64Array, exact: Float64Array): number {
  const half = exact.length / 2;
  const difference = Math.sqrt(exact.reduce((sum, value, k) => sum + (k < half ? 0 : (y[k] - value) ** 2), 0));
  return difference / Math.sqrt(exact.reduce((sum, value, k) => sum + (k < half ? 0 : value ** 2), 0));
}
