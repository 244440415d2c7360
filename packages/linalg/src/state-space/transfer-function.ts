import { InvalidInputError } from "@ansatz/tensor";
import type { DiagonalSystem } from "./index.ts";
import { readoutOfModes } from "./modal-form.ts";

/**
 * G(iω) = C (iω I − Ã)⁻¹ b of a system in its modes, from both eigenvalues of every pair; O(modes) for each frequency.
 *
 * @param readout C in the original basis, real [states].
 * @param frequencies ω.
 * @returns complex values, real and imaginary parts side by side.
 * @throws InvalidInputError when the readout does not fit the system.
 */
export function transferFunction(
  system: DiagonalSystem,
  readout: ArrayLike<number>,
  frequencies: ArrayLike<number>,
): Float64Array<ArrayBuffer> {
  if (readout.length !== system.states)
    throw new InvalidInputError("transferFunction: readout", `${system.states} numbers`, readout.length);
  const { modes, poles, weights, input } = system;
  const c = readoutOfModes(system, readout);
  const values = new Float64Array(2 * frequencies.length);
  for (let at = 0; at < frequencies.length; at++)
    for (let k = 0; k < modes; k++) {
      const re = c[2 * k] * input[2 * k] - c[2 * k + 1] * input[2 * k + 1];
      const im = c[2 * k] * input[2 * k + 1] + c[2 * k + 1] * input[2 * k];
      // r / (iω − λ), and r̄ / (iω − λ̄) for the other of a pair.
      for (let copy = 0; copy < weights[k]; copy++) {
        const sign = copy === 0 ? 1 : -1;
        const gap = frequencies[at] - sign * poles[2 * k + 1];
        const square = poles[2 * k] ** 2 + gap ** 2;
        values[2 * at] += (-re * poles[2 * k] + sign * im * gap) / square;
        values[2 * at + 1] += (-sign * im * poles[2 * k] - re * gap) / square;
      }
    }
  return values;
}

/** Frequencies that show all a diagonal model does: a logarithmic grid, and the spikes with their flanks, rising. */
export function revealingFrequencies(
  spikes: ArrayLike<number>,
  { least = 1e-2, most = 1e5, perDecade = 40 }: { least?: number; most?: number; perDecade?: number } = {},
): Float64Array<ArrayBuffer> {
  const count = Math.round(perDecade * Math.log10(most / least));
  const grid = Array.from({ length: count + 1 }, (_, k) => least * (most / least) ** (k / count));
  const flanks = [-2, -1, -0.5, -0.2, -0.1, 0, 0.1, 0.2, 0.5, 1, 2];
  const near = Array.from(spikes).flatMap((spike) => flanks.map((flank) => spike + flank));
  return Float64Array.from([...grid, ...near].filter((value) => value > 0)).sort();
}
