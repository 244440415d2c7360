import type { Device } from "../device/device.ts";
import type { FloatDType } from "../dtype.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { convolutionKernel } from "../kernels/convolution/index.ts";
import { add } from "../kernels/map/binary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { slice } from "../movement/slices.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { extentOf, type LinearStep, type Stage, type StageStep, type WeightedStep } from "./network.ts";
import type { Values } from "./values.ts";

interface DeviceStep {
  readonly step: StageStep;
  /** None of a fork or a join. */
  readonly weights: DeviceWeights | undefined;
}

interface DeviceWeights {
  readonly weights: Tensor;
  /** |weights|. */
  readonly magnitudes: Tensor;
}

/** The affine map of a stage on a device, with a bound on its rounding errors. */
export class AffineMap {
  readonly stage: Stage;
  /** b. */
  readonly bias: Values;
  /** What |b| becomes when nothing cancels. */
  readonly biasMagnitude: Values;
  /**
   * ρ: a product x W, and one with Wᵀ, differs from the exact one by at most ρ |x| |W|, the rounding of the weights to the dtype included. (terms + 4) u per step, where the
   * library guarantees (terms + 1) u, and a hundredth for what is left out: products of errors.
   */
  readonly rounding: number;
  readonly #steps: readonly DeviceStep[];

  private constructor(stage: Stage, steps: readonly DeviceStep[], biases: readonly [Values, Values], unit: number) {
    this.stage = stage;
    [this.bias, this.biasMagnitude] = biases;
    this.rounding = 1.01 * unit * steps.reduce((total, { step }) => total + termsOf(step.map) + 4, 0);
    this.#steps = steps;
  }

  static async open(device: Device, dtype: FloatDType, stage: Stage): Promise<AffineMap> {
    const steps = stage.steps.map((step) => ({ step, weights: weightsOf(device, dtype, step.map) }));
    const biasWith = async (absolute: boolean) => {
      using result = device.scope(() => {
        let value: Tensor = device.zeros([1, stage.inputs], dtype);
        for (const [index, { bias }] of stage.steps.entries()) {
          value = forward(steps[index], value, absolute);
          if (bias) value = add(value, device.tensor(absolute ? bias.map(Math.abs) : bias, [1, bias.length], dtype));
        }
        return value;
      });
      return Float64Array.from((await result.data()) as Float64Array);
    };
    const biases = [await biasWith(false), await biasWith(true)] as const;
    return new AffineMap(stage, steps, biases, unitOf(dtype));
  }

  /** x Wᵀ over the last axis: [..., inputs] to [..., outputs], without the bias. */
  apply(x: Tensor, absolute = false): Tensor {
    return this.#rows(x, this.stage.outputs, (rows) =>
      this.#steps.reduce((value, step) => forward(step, value, absolute), rows),
    );
  }

  /** x W over the last axis: [..., outputs] to [..., inputs]. */
  applyTransposed(x: Tensor, absolute = false): Tensor {
    return this.#rows(x, this.stage.inputs, (rows) =>
      this.#steps.reduceRight((value, step) => transposed(step, value, absolute), rows),
    );
  }

  dispose(): void {
    for (const { weights } of this.#steps) {
      weights?.weights.dispose();
      weights?.magnitudes.dispose();
    }
  }

  #rows(x: Tensor, extent: number, product: (rows: Tensor) => Tensor): Tensor {
    const before = x.shape.slice(0, -1);
    return product(x.reshape([sizeOf(before), x.shape.at(-1)!])).reshape([...before, extent]);
  }
}

/** Half an ulp of 1. */
export function unitOf(dtype: FloatDType): number {
  return dtype === "float64" ? 2 ** -53 : 2 ** -24;
}

function weightsOf(device: Device, dtype: FloatDType, map: LinearStep): DeviceWeights | undefined {
  if (map.kind === "fork" || map.kind === "join") return undefined;
  const values = map.kind === "dense" ? map.weights : map.filter;
  const shape = map.kind === "dense" ? [map.outputs, map.inputs] : map.filterShape;
  return {
    weights: device.tensor(values, shape, dtype),
    magnitudes: device.tensor(values.map(Math.abs), shape, dtype),
  };
}

/** Terms of the longest sum, of a product with the map or its transpose. */
function termsOf(map: LinearStep): number {
  if (map.kind === "fork" || map.kind === "join") return 2;
  if (map.kind === "dense") return Math.max(map.inputs, map.outputs);
  const [filters, channels, ...window] = map.filterShape;
  return Math.max(channels, filters / map.groups) * sizeOf(window);
}

function forward({ step, weights }: DeviceStep, rows: Tensor, absolute: boolean): Tensor {
  const { map } = step;
  return besides(step, rows, extentOf(map).inputs, (own) => {
    if (map.kind === "fork") return concatenate([own, own], { axis: 1 });
    if (map.kind === "join") return addHalves(own, map.size);
    return product(map, own, absolute ? weights!.magnitudes : weights!.weights);
  });
}

function transposed({ step, weights }: DeviceStep, rows: Tensor, absolute: boolean): Tensor {
  const { map } = step;
  return besides(step, rows, extentOf(map).outputs, (own) => {
    if (map.kind === "fork") return addHalves(own, map.size);
    if (map.kind === "join") return concatenate([own, own], { axis: 1 });
    return transposedProduct(map, own, absolute ? weights!.magnitudes : weights!.weights);
  });
}

/** Applies a map to the columns that are its own. */
function besides({ before, after }: StageStep, rows: Tensor, extent: number, apply: (own: Tensor) => Tensor): Tensor {
  if (before + after === 0) return apply(rows);
  const columns = (start: number, count: number) => slice(rows, [null, [start, start + count]]);
  const parts = [apply(columns(before, extent))];
  if (before > 0) parts.unshift(columns(0, before));
  if (after > 0) parts.push(columns(before + extent, after));
  return concatenate(parts, { axis: 1 });
}

function addHalves(rows: Tensor, size: number): Tensor {
  return add(slice(rows, [null, [0, size]]), slice(rows, [null, [size, 2 * size]]));
}

function product(map: WeightedStep, rows: Tensor, weights: Tensor): Tensor {
  if (map.kind === "dense") return matmul(rows, weights, { transposeB: true });
  const { stride, padding, groups, inputShape, outputShape } = map;
  const settings = { product: "forward", stride, padding, groups, dilation: stride.map(() => 1) } as const;
  const [result] = convolutionKernel.run([rows.reshape([rows.shape[0], ...inputShape]), weights], settings);
  return result.reshape([rows.shape[0], sizeOf(outputShape)]);
}

function transposedProduct(map: WeightedStep, rows: Tensor, weights: Tensor): Tensor {
  if (map.kind === "dense") return matmul(rows, weights);
  const { stride, padding, groups, inputShape, outputShape } = map;
  const settings = { stride, padding, groups, dilation: stride.map(() => 1), extents: inputShape.slice(1) } as const;
  const cotangent = rows.reshape([rows.shape[0], ...outputShape]);
  const [result] = convolutionKernel.run([cotangent, weights], { product: "inputGradient", ...settings });
  return result.reshape([rows.shape[0], sizeOf(inputShape)]);
}
