import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { type FloatDType, isFloat } from "../dtype.ts";
import { InvalidInputError, UnsupportedError } from "../errors.ts";
import { DeviceNetwork } from "./device-network.ts";
import { type Network, stageNetwork } from "./network.ts";

/** Where bounds are computed. */
export interface SessionOptions {
  /** Default: a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Floats to compute in; bounds hold in either, and are a little wider in float32. Default: the widest the device has. */
  readonly dtype?: FloatDType;
  /** Stops the work at the next layer with an AbortedError, unless the method says otherwise. */
  readonly signal?: AbortSignal;
}

/** Calls a method with the network on a device, and frees it. */
export async function withNetwork<Result>(
  network: Network,
  { device, dtype, signal }: SessionOptions,
  method: (on: DeviceNetwork) => Promise<Result>,
): Promise<Result> {
  const staged = stageNetwork(network);
  if (dtype !== undefined && !isFloat(dtype)) throw new InvalidInputError("options.dtype", "float32 or float64", dtype);
  if (device && dtype && !device.description.dtypes.includes(dtype))
    throw new UnsupportedError(device.kind, `dtype ${dtype}`, `it holds ${device.description.dtypes.join(", ")}`);
  const own = device ? undefined : await openDevice("cpu");
  const used = device ?? own!;
  let on: DeviceNetwork | undefined;
  try {
    on = await DeviceNetwork.open(staged, used, dtype ?? used.defaultFloat, signal);
    return await method(on);
  } finally {
    on?.dispose();
    await own?.dispose();
  }
}

/** The outputs that are asked for. @throws InvalidInputError unless they are outputs of the network. */
export function outputsOf(on: DeviceNetwork, outputs: readonly number[] | undefined): readonly number[] {
  const all = on.network.outputs;
  const asked = outputs ?? Array.from({ length: all }, (_, index) => index);
  if (asked.length === 0 || !asked.every((output) => Number.isInteger(output) && output >= 0 && output < all))
    throw new InvalidInputError("options.outputs", `some of 0 to ${all - 1}`, asked);
  return asked;
}
