import type { Device } from "@ansatz/tensor";
import { expm } from "../../matrix-functions/expm.ts";
import type { LinearSystem } from "../hippo.ts";

/** Output of a system for an input that stays between samples, by the exponential of its matrix: what diagonal forms are compared with. */
export async function denseResponse(
  { states, matrix, input }: LinearSystem,
  readout: ArrayLike<number>,
  samples: Float64Array,
  step: number,
  device: Device,
): Promise<Float64Array> {
  // exp of [A b; 0 0] times the step holds both Ā and B̄.
  const size = states + 1;
  const joined = new Float64Array(size * size);
  for (let j = 0; j < states; j++) {
    for (let k = 0; k < states; k++) joined[j * size + k] = step * matrix[j * states + k];
    joined[j * size + states] = step * input[j];
  }
  using exponential = device.scope(() => expm(device.tensor(joined, [size, size])));
  const advance = await exponential.data();
  const output = new Float64Array(samples.length);
  let state = new Float64Array(states);
  for (const [k, sample] of samples.entries()) {
    const next = new Float64Array(states);
    for (let i = 0; i < states; i++) {
      let value = advance[i * size + states] * sample;
      for (let j = 0; j < states; j++) value += advance[i * size + j] * state[j];
      next[i] = value;
      output[k] += readout[i] * value;
    }
    state = next;
  }
  return output;
}
