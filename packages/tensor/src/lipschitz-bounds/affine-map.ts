import type { Device } from "../device/device.ts";
import type { FloatDType } from "../dtype.ts";
import { convolutionKernel } from "../kernels/convolution/index.ts";
import { add } from "../kernels/map/binary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { LinearStep, Stage } from "./network.ts";
import type { Values } from "./values.ts";

interface DeviceStep {
  readonly map: LinearStep;
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
    this.rounding = 1.01 * unit * steps.reduce((total, { map }) => total + termsOf(map) + 4, 0);
    this.#steps = steps;
  }

  static async open(device: Device, dtype: FloatDType, stage: Stage): Promise<AffineMap> {
    const steps = stage.steps.map(({ map }) => {
      const values = map.kind === "dense" ? map.weights : map.filter;
      const shape = map.kind === "dense" ? [map.outputs, map.inputs] : map.filterShape;
      return {
        map,
        weights: device.tensor(values, shape, dtype),
        magnitudes: device.tensor(values.map(Math.abs), shape, dtype),
      };
    });
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
    for (const { weights, magnitudes } of this.#steps) {
      weights.dispose();
      magnitudes.dispose();
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

/** Terms of the longest sum, of a product with the map or its transpose. */
function termsOf(map: LinearStep): number {
  if (map.kind === "dense") return Math.max(map.inputs, map.outputs);
  const [filters, channels, ...window] = map.filterShape;
  return Math.max(channels, filters / map.groups) * sizeOf(window);
}

function forward({ map, weights, magnitudes }: DeviceStep, rows: Tensor, absolute: boolean): Tensor {
  const factor = absolute ? magnitudes : weights;
  if (map.kind === "dense") return matmul(rows, factor, { transposeB: true });
  const { stride, padding, groups, inputShape, outputShape } = map;
  const settings = { product: "forward", stride, padding, groups, dilation: stride.map(() => 1) } as const;
  const [result] = convolutionKernel.run([rows.reshape([rows.shape[0], ...inputShape]), factor], settings);
  return result.reshape([rows.shape[0], sizeOf(outputShape)]);
}

function transposed({ map, weights, magnitudes }: DeviceStep, rows: Tensor, absolute: boolean): Tensor {
  const factor = absolute ? magnitudes : weights;
  if (map.kind === "dense") return matmul(rows, factor);
  const { stride, padding, groups, inputShape, outputShape } = map;
  const settings = { stride, padding, groups, dilation: stride.map(() => 1), extents: inputShape.slice(1) } as const;
  const cotangent = rows.reshape([rows.shape[0], ...outputShape]);
  const [result] = convolutionKernel.run([cotangent, factor], { product: "inputGradient", ...settings });
  return result.reshape([rows.shape[0], sizeOf(inputShape)]);
}
