import { type Device, exp, InvalidInputError, multiply, real, sum } from "@ansatz/tensor";
import { type Discretisation, discretisePoles } from "@ansatz/tensor/layers";
import { diagonalScan } from "../kernels/diagonal-scan/index.ts";
import { withDevice } from "../with-device.ts";
import { asComplex, polesOf, weightsOf } from "./dynamics.ts";
import type { DiagonalSystem } from "./index.ts";
import { readoutOfModes } from "./modal-form.ts";

export interface ResponseOptions {
  /** Time between samples. */
  readonly step: number;
  /** Default: `"hold"`, exact for inputs that stay between samples. */
  readonly discretisation?: Discretisation;
  /** A device with float64. Default: a cpu of its own. */
  readonly device?: Device;
}

/**
 * Output y = C x of a system in its modes for a sampled input, from the state 0, in float64.
 *
 * @param readout C in the original basis, real [states].
 * @param samples the input.
 * @returns y after each sample.
 * @throws InvalidInputError when the readout does not fit, or the step is not positive.
 */
export async function response(
  system: DiagonalSystem,
  readout: ArrayLike<number>,
  samples: Float64Array<ArrayBuffer>,
  { step, discretisation = "hold", device: given }: ResponseOptions,
): Promise<Float64Array<ArrayBuffer>> {
  if (readout.length !== system.states)
    throw new InvalidInputError("response: readout", `${system.states} numbers`, readout.length);
  if (!(step > 0 && step < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("response: options.step", "a number > 0", step);
  return withDevice(given, async (device) => {
    using y = device.scope(() => {
      const { modes } = system;
      const { logDecay, frequency } = polesOf(system);
      const poles = {
        logDecay: device.tensor(logDecay),
        frequency: device.tensor(frequency),
        logStep: device.full([1], Math.log(step), "float64"),
      };
      const { logFactor, input } = discretisePoles(poles, discretisation);
      const entering = multiply(input, device.tensor(system.input, [modes], "complex128"));
      const terms = multiply(asComplex(device.tensor(samples, [samples.length, 1])), entering);
      const leaving = device.tensor(readoutOfModes(system, readout), [modes], "complex128");
      const states = diagonalScan(exp(logFactor), terms);
      return sum(real(multiply(states, multiply(leaving, weightsOf(system, poles.logDecay)))), { axes: -1 });
    });
    return (await y.data()) as Float64Array<ArrayBuffer>;
  });
}
