import { add, multiply } from "../kernels/map/binary.ts";
import { greater } from "../kernels/map/comparison.ts";
import { neg, sigmoid, square, tanh } from "../kernels/map/unary.ts";
import { where } from "../kernels/map/where.ts";
import type { Tensor } from "../tensor.ts";
import type { DeviceNetwork } from "./device-network.ts";
import type { Activation } from "./network.ts";
import type { Values } from "./values.ts";

/** Numbers that one batch of points has at most in a layer, for all outputs. */
const LARGEST_BATCH = 2 ** 21;

/**
 * Jacobians at points: derivatives of outputs in inputs, [points, outputs asked for, inputs]. At the kink of a ReLU its slope is that of negative numbers.
 *
 * @param points [points, inputs].
 */
export async function jacobiansAt(on: DeviceNetwork, points: Values, outputs: readonly number[]): Promise<Values> {
  const { inputs } = on.network;
  const count = points.length / inputs;
  const widest = on.network.stages.reduce((most, stage) => Math.max(most, stage.inputs, stage.outputs), 1);
  const batch = Math.max(1, Math.floor(LARGEST_BATCH / (widest * outputs.length)));
  const found = new Float64Array(count * outputs.length * inputs);
  for (let first = 0; first < count; first += batch) {
    const some = points.subarray(first * inputs, Math.min(count, first + batch) * inputs);
    found.set(await on.read(() => jacobians(on, some, outputs)), first * outputs.length * inputs);
  }
  return found;
}

function jacobians(on: DeviceNetwork, points: Values, outputs: readonly number[]): Tensor {
  const count = points.length / on.network.inputs;
  const slopes: Tensor[] = [];
  let values: Tensor = on.device.tensor(points, [count, on.network.inputs], on.dtype);
  for (const map of on.maps.slice(0, -1)) {
    const z = add(map.apply(values), on.device.tensor(map.bias, [1, map.bias.length], on.dtype));
    const both = activate(on, map.stage.activation!, z);
    values = both.value;
    slopes.push(both.slope.reshape([count, 1, map.stage.outputs]));
  }
  const last = on.maps.at(-1)!;
  const all = last.stage.outputs;
  const units = new Float64Array(outputs.length * all);
  for (const [row, output] of outputs.entries()) units[row * all + output] = 1;
  let gradients = last.applyTransposed(on.device.tensor(units, [1, outputs.length, all], on.dtype));
  for (let stage = on.hidden - 1; stage >= 0; stage--)
    gradients = on.maps[stage].applyTransposed(multiply(gradients, slopes[stage]));
  return on.hidden === 0 ? add(gradients, on.device.zeros([count, 1, 1], on.dtype)) : gradients;
}

function activate(
  on: DeviceNetwork,
  activation: Activation,
  z: Tensor,
): { readonly value: Tensor; readonly slope: Tensor } {
  if (activation.kind === "piecewise-linear") {
    const negative = on.device.tensor(activation.slopes, [1, activation.slopes.length], on.dtype);
    const slope = where(greater(z, 0), 1, negative) as Tensor;
    return { value: multiply(z, slope), slope };
  }
  if (activation.kind === "tanh") {
    const value = tanh(z);
    return { value, slope: add(neg(square(value)), 1) };
  }
  const value = sigmoid(z);
  return { value, slope: multiply(value, add(neg(value), 1)) };
}
