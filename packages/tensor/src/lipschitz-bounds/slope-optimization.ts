import { vjp } from "../differentiation/transforms.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { clamp } from "../kernels/map/clamp.ts";
import { broadcastTo } from "../movement/axes.ts";
import { adam } from "../optimisers/methods.ts";
import { disposeTree } from "../optimisers/optimiser.ts";
import { exponentialDecay } from "../optimisers/schedules.ts";
import type { Tensor } from "../tensor.ts";
import type { DeviceNetwork } from "./device-network.ts";
import { type DeviceLines, descend, devicesLines, type Interval, intervalOn, type StageLines } from "./substitution.ts";
import type { Values } from "./values.ts";

/** Step size of the ascent, and what it is multiplied with after each step. Source: auto_LiRPA's defaults for α-CROWN. */
const STEP_SIZE = 0.5;
const DECAY = 0.98;

export interface OptimizedBoundsOptions {
  readonly stage: number;
  readonly boxes: number;
  /** Coefficients of the activations below the stage, [1, rowCount, neurons]. */
  rows(): Tensor;
  readonly rowCount: number;
  readonly input: Interval;
  readonly lines: readonly StageLines[];
  readonly iterations: number;
}

type Slopes = Record<string, Tensor>;

/**
 * Upper bounds, [boxes, rowCount], with the lower line of each unstable ReLU turned about 0 to where each row's bound is least (α-CROWN), by projected Adam. Every row has slopes of its own;
 * of all steps, the default slopes first, each row keeps its best.
 */
export async function optimizedBounds(on: DeviceNetwork, options: OptimizedBoundsOptions): Promise<Values> {
  const { stage, boxes, rowCount, input, lines, iterations } = options;
  const free = lines.map((each, index) => freeNeurons(on, index, each));
  const optimiser = adam({ learningRate: exponentialDecay(STEP_SIZE, DECAY) });
  const bound = (slopes: Slopes) => {
    const turned = devicesLines(on, lines, boxes).map((each, index) =>
      turn(on, each, slopes[index], index, free[index]),
    );
    return descend(on, stage - 1, { rows: options.rows(), constant: undefined }, turned, intervalOn(on, input, boxes));
  };
  let slopes: Slopes = on.device.scope(() =>
    Object.fromEntries(lines.map((each, index) => [index, defaultSlopes(on, index, each, boxes, rowCount)])),
  );
  let state = optimiser.init(slopes);
  const best = new Float64Array(boxes * rowCount).fill(Number.POSITIVE_INFINITY);
  try {
    for (let iteration = 0; iteration <= iterations; iteration++) {
      const next = on.device.scope(() => {
        using pullback = vjp(bound, slopes);
        const gradient = pullback.pullback(on.device.full([boxes, rowCount], 1, on.dtype));
        const moved = optimiser.update(gradient, state, slopes);
        const projected = Object.entries(moved.parameters).map(([index, value]) => [
          index,
          project(on, value, Number(index)),
        ]);
        return { bounds: pullback.value.alias(), slopes: Object.fromEntries(projected) as Slopes, state: moved.state };
      });
      disposeTree(slopes, state);
      ({ slopes, state } = next);
      using bounds = next.bounds;
      for (const [index, value] of ((await bounds.data()) as Float64Array).entries())
        best[index] = Math.min(best[index], value);
      on.throwIfAborted();
    }
  } finally {
    disposeTree(slopes, state);
  }
  return best;
}

/** 1 where a neuron's lower line may be turned, [boxes, neurons]. */
function freeNeurons(on: DeviceNetwork, stage: number, { upperSlope, lowerSlope }: StageLines): Values {
  if (on.network.stages[stage].activation?.kind !== "piecewise-linear") return new Float64Array(upperSlope.length);
  return upperSlope.map((slope, index) => Number(slope !== lowerSlope[index]));
}

function defaultSlopes(
  on: DeviceNetwork,
  stage: number,
  { lowerSlope }: StageLines,
  boxes: number,
  rows: number,
): Tensor {
  return broadcastTo(on.perBox(lowerSlope, boxes), [boxes, rows, on.maps[stage].stage.outputs]);
}

/** The lower lines with other slopes, where neurons are free: they go through 0, so that only the bias moves with the slope. */
function turn(on: DeviceNetwork, lines: DeviceLines, slopes: Tensor, stage: number, free: Values): DeviceLines {
  const { bias } = on.maps[stage];
  const boxes = lines.lowerSlope.shape[0];
  const change = multiply(subtract(slopes, lines.lowerSlope), on.perBox(free, boxes));
  const biases = on.perBox(bias, 1);
  return {
    ...lines,
    lowerSlope: add(lines.lowerSlope, change),
    lowerIntercept: add(lines.lowerIntercept, multiply(change, biases)),
  };
}

/** Slopes between those of the two pieces. */
function project(on: DeviceNetwork, slopes: Tensor, stage: number): Tensor {
  const { activation } = on.network.stages[stage];
  if (activation?.kind !== "piecewise-linear") return slopes;
  return clamp(slopes, on.perBox(activation.slopes, 1), 1);
}
