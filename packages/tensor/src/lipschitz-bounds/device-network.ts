import type { Device } from "../device/device.ts";
import type { FloatDType } from "../dtype.ts";
import { AbortedError } from "../errors.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add, maximum, minimum, multiply } from "../kernels/map/binary.ts";
import { sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";
import { AffineMap, unitOf } from "./affine-map.ts";
import type { StagedNetwork } from "./network.ts";
import type { Values } from "./values.ts";

/** Elements that the coefficients of one batch of rows have at most. */
const LARGEST_BATCH = 2 ** 22;

/** Of each coefficient the part that belongs to it: positive ones meet what is above, negative ones what is below. */
export const select = fuse((rows: Tensor, above: Tensor, below: Tensor) =>
  add(multiply(maximum(rows, 0), above), multiply(minimum(rows, 0), below)),
);

/** The sum of that over the last axis. */
export function selectSum(rows: Tensor, above: Tensor, below: Tensor): Tensor {
  return sum(select(rows, above, below), { axes: 2 });
}

/** A network on a device, whose tensors it owns. */
export class DeviceNetwork {
  readonly network: StagedNetwork;
  readonly maps: readonly AffineMap[];
  readonly device: Device;
  readonly dtype: FloatDType;
  /** Half an ulp of 1. */
  readonly unit: number;
  readonly signal: AbortSignal | undefined;

  private constructor(
    network: StagedNetwork,
    maps: readonly AffineMap[],
    device: Device,
    dtype: FloatDType,
    signal: AbortSignal | undefined,
  ) {
    this.network = network;
    this.maps = maps;
    this.device = device;
    this.dtype = dtype;
    this.unit = unitOf(dtype);
    this.signal = signal;
  }

  static async open(
    network: StagedNetwork,
    device: Device,
    dtype: FloatDType,
    signal?: AbortSignal,
  ): Promise<DeviceNetwork> {
    const maps: AffineMap[] = [];
    for (const stage of network.stages) maps.push(await AffineMap.open(device, dtype, stage));
    return new DeviceNetwork(network, maps, device, dtype, signal);
  }

  /** Stages with an activation. */
  get hidden(): number {
    return this.maps.length - 1;
  }

  /** Relative rounding of a sum of so many products of coefficients and constants, added up over all stages. */
  sumRounding(terms: number): number {
    return 1.01 * this.unit * (terms + 2 * this.maps.length + 8);
  }

  /** Host values as [boxes, 1, neurons], to meet rows [boxes or 1, rows, neurons]. */
  perBox(values: Values, boxes: number): Tensor {
    return this.device.tensor(values, [boxes, 1, values.length / boxes], this.dtype);
  }

  /** Rows `first` to `first + count` of the identity, [1, count, size]. */
  unitRows(size: number, first: number, count: number): Tensor {
    const values = new Float64Array(count * size);
    for (let row = 0; row < count; row++) values[row * size + first + row] = 1;
    return this.device.tensor(values, [1, count, size], this.dtype);
  }

  /** The values of what a function makes; everything else it makes is freed. */
  async read(make: () => Tensor): Promise<Values> {
    this.throwIfAborted();
    using result = this.device.scope(make);
    return Float64Array.from((await result.data()) as Float64Array);
  }

  throwIfAborted(): void {
    if (this.signal?.aborted) throw new AbortedError("bound propagation", this.signal.reason);
  }

  /** Splits rows into batches whose coefficients fit, for so many boxes. */
  batches(rows: number, boxes: number): { readonly first: number; readonly count: number }[] {
    const width = this.network.stages.reduce((most, { inputs, outputs }) => Math.max(most, inputs, outputs), 1);
    const most = Math.max(1, Math.floor(LARGEST_BATCH / (2 * boxes * width)));
    return Array.from({ length: Math.ceil(rows / most) }, (_, batch) => ({
      first: batch * most,
      count: Math.min(most, rows - batch * most),
    }));
  }

  dispose(): void {
    for (const map of this.maps) map.dispose();
  }
}
