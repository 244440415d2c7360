import { add, multiply } from "../kernels/map/binary.ts";
import { greater } from "../kernels/map/comparison.ts";
import { abs, neg, sigmoid, sqrt, square, tanh } from "../kernels/map/unary.ts";
import { where } from "../kernels/map/where.ts";
import { sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";
import type { DeviceNetwork } from "./device-network.ts";
import type { Activation } from "./network.ts";
import type { PerturbationNorm } from "./norms.ts";
import type { Values } from "./values.ts";

/** Numbers that one batch of points has at most in a layer, for all outputs. */
const LARGEST_BATCH = 2 ** 21;

/**
 * Jacobians at points: derivatives of outputs in inputs, [points, outputs asked for, inputs]. At the kink of a ReLU its slope is that of negative numbers.
 *
 * @param points [points, inputs].
 */
export async function jacobiansAt(on: DeviceNetwork, points: Values, outputs: readonly number[]): Promise<Values> {
  return inBatches(on, points, outputs.length, (some) => jacobians(on, some, outputs));
}

/** Dual norms of the gradients of outputs at points, [points, outputs asked for]. */
export async function dualNormsAt(
  on: DeviceNetwork,
  points: Values,
  outputs: readonly number[],
  norm: PerturbationNorm,
): Promise<Values> {
  return inBatches(on, points, outputs.length, (some) => {
    const gradients = jacobians(on, some, outputs);
    return norm === "infinity" ? sum(abs(gradients), { axes: 2 }) : sqrt(sum(square(gradients), { axes: 2 }));
  });
}

/**
 * What the network gives at points, [points, outputs].
 *
 * @param points [points, inputs].
 */
export async function outputsAt(on: DeviceNetwork, points: Values): Promise<Values> {
  return inBatches(on, points, 1, (some) => forwardPass(on, some).outputs);
}

async function inBatches(
  on: DeviceNetwork,
  points: Values,
  outputs: number,
  at: (points: Values) => Tensor,
): Promise<Values> {
  const { inputs } = on.network;
  const count = points.length / inputs;
  const widest = on.network.stages.reduce((most, stage) => Math.max(most, stage.inputs, stage.outputs), 1);
  const batch = Math.max(1, Math.floor(LARGEST_BATCH / (widest * outputs)));
  const found: Values[] = [];
  for (let first = 0; first < count; first += batch) {
    const some = points.subarray(first * inputs, Math.min(count, first + batch) * inputs);
    found.push(await on.read(() => at(some)));
  }
  const joined = new Float64Array(found.reduce((length, each) => length + each.length, 0));
  let offset = 0;
  for (const each of found) {
    joined.set(each, offset);
    offset += each.length;
  }
  return joined;
}

/** Outputs, and the slopes of each hidden stage. */
function forwardPass(
  on: DeviceNetwork,
  points: Values,
): { readonly outputs: Tensor; readonly slopes: readonly Tensor[] } {
  const slopes: Tensor[] = [];
  let values: Tensor = on.device.tensor(points, [points.length / on.network.inputs, on.network.inputs], on.dtype);
  for (const map of on.maps) {
    values = add(map.apply(values), on.device.tensor(map.bias, [1, map.bias.length], on.dtype));
    if (!map.stage.activation) break;
    const { value, slope } = activate(on, map.stage.activation, values);
    values = value;
    slopes.push(slope);
  }
  return { outputs: values, slopes };
}

function jacobians(on: DeviceNetwork, points: Values, outputs: readonly number[]): Tensor {
  const count = points.length / on.network.inputs;
  const { slopes } = forwardPass(on, points);
  const last = on.maps.at(-1)!;
  const all = last.stage.outputs;
  const units = new Float64Array(outputs.length * all);
  for (const [row, output] of outputs.entries()) units[row * all + output] = 1;
  let gradients = last.applyTransposed(on.device.tensor(units, [1, outputs.length, all], on.dtype));
  for (let stage = on.hidden - 1; stage >= 0; stage--)
    gradients = on.maps[stage].applyTransposed(
      multiply(gradients, slopes[stage].reshape([count, 1, on.maps[stage].stage.outputs])),
    );
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
  const value = activation.kind === "tanh" ? tanh(z) : sigmoid(z);
  const slope = activation.kind === "tanh" ? add(neg(square(value)), 1) : multiply(value, add(neg(value), 1));
  const { identityFrom } = activation;
  const neurons = z.shape[1];
  if (identityFrom === neurons) return { value, slope };
  const isCarried = on.device.tensor(
    Uint8Array.from({ length: neurons }, (_, neuron) => Number(neuron >= identityFrom)),
    [1, neurons],
    "bool",
  );
  return { value: where(isCarried, z, value) as Tensor, slope: where(isCarried, 1, slope) as Tensor };
}
