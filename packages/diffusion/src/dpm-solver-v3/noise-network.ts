import { jvp, mean, square, Tensor, UnsupportedError } from "@ansatz/tensor";
import { linearCombination } from "../kernels/linear-combination/index.ts";
import { conversion, type DenoisingModel } from "../models/prediction.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";

/** A model as a noise predictor that is differentiated. */
export interface NoiseNetwork {
  noise(x: Tensor, time: number): Promise<Tensor>;
  /** J v, v of the size of 1. */
  product(x: Tensor, time: number, direction: Tensor): Promise<Tensor>;
  /** dε/dλ along a path through (x, λ) with slope dx/dλ. */
  pathDerivative(x: Tensor, time: number, slope: Tensor): Promise<Tensor>;
}

export interface NetworkOptions {
  readonly schedule: NoiseSchedule;
  readonly derivatives: "forward" | "difference";
  /** λ between which differences in time must stay. */
  readonly bounds: readonly [from: number, to: number];
}

/** Steps of central differences: the cube root of the rounding error, about. */
const STEPS = { float32: 1e-2, float64: 1e-5 } as const;
/** Of differences in the state, relative to its root mean square. */
const STATE_STEPS = { float32: 1e-3, float64: 1e-5 } as const;

export function noiseNetwork(model: DenoisingModel, { schedule, derivatives, bounds }: NetworkOptions): NoiseNetwork {
  const toNoise = (x: Tensor, output: Tensor, time: number) => {
    const levels = { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
    const [ofState, ofOutput] = conversion(model.prediction, "noise", levels);
    if (ofState === 0 && ofOutput === 1) return output;
    return x.device.scope(() =>
      ofState === 0 ? linearCombination([ofOutput], [output]) : linearCombination([ofState, ofOutput], [x, output]),
    );
  };
  const noise = async (x: Tensor, time: number) => {
    const output = await model.predict(x, time);
    const result = toNoise(x, output, time);
    if (result !== output) output.dispose();
    return result;
  };
  const synchronous = (x: Tensor, time: number) => {
    const output = model.predict(x, time);
    if (!(output instanceof Tensor))
      throw new UnsupportedError(
        "estimateStatistics",
        "forward derivatives",
        'the model is asynchronous: take derivatives: "difference"',
      );
    return toNoise(x, output, time);
  };
  const forwardProduct = (x: Tensor, time: number, direction: Tensor) =>
    x.device.scope(() => jvp((y: Tensor) => synchronous(y, time), x, direction).tangent);
  /** (ε(x + h v, λ + h) − ε(x − h v, λ − h))/2h, one-sided at the bounds. */
  const difference = async (x: Tensor, time: number, slope: Tensor | undefined) => {
    const step = STEPS[x.dtype as "float32" | "float64"];
    const at = schedule.halfLogSnr(time);
    const [before, after] = [Math.max(bounds[0], at - step), Math.min(bounds[1], at + step)];
    const shifted = (to: number) => (slope ? linearCombination([1, to - at], [x, slope]) : x.alias());
    using x1 = shifted(before);
    using x2 = shifted(after);
    using first = await noise(x1, schedule.timeAt(before));
    using second = await noise(x2, schedule.timeAt(after));
    return linearCombination([1 / (after - before), -1 / (after - before)], [second, first]);
  };
  if (derivatives === "difference")
    return {
      noise,
      async product(x, time, direction) {
        using power = x.device.scope(() => mean(square(x)));
        const step = STATE_STEPS[x.dtype as "float32" | "float64"] * Math.sqrt(await power.item());
        using x1 = linearCombination([1, -step], [x, direction]);
        using x2 = linearCombination([1, step], [x, direction]);
        using first = await noise(x1, time);
        using second = await noise(x2, time);
        return linearCombination([0.5 / step, -0.5 / step], [second, first]);
      },
      pathDerivative: difference,
    };
  return {
    noise,
    product: async (x, time, direction) => forwardProduct(x, time, direction),
    async pathDerivative(x, time, slope) {
      using ofState = forwardProduct(x, time, slope);
      using ofTime = await difference(x, time, undefined);
      return linearCombination([1, 1], [ofState, ofTime]);
    },
  };
}
