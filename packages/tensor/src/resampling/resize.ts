import { type DType, type FloatDType, hostArray, isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { gather } from "../kernels/gather/index.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { transpose } from "../movement/axes.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

export interface ResizeOptions {
  /** Default: `"linear"` (bilinear over two axes, trilinear over three). */
  readonly method?: "nearest" | "linear";
  /**
   * Of `"linear"`: whether the first and last elements of the input and of the result are at the same places; otherwise their edges are, half a step further out.
   * Default: false.
   */
  readonly alignCorners?: boolean;
}

/**
 * An array of values on a grid at another resolution, PyTorch's `interpolate`. Going down, nothing is averaged: choose `averagePool` for that.
 *
 * Element i of n comes from position i (extent − 1) / (n − 1) with aligned corners, else from (i + ½) extent / n − ½, cut at the ends; `"nearest"` takes
 * element ⌊i extent / n⌋.
 *
 * @param x float32 or float64, [batch, channels, ...one to three spatial axes].
 * @param extents of the spatial axes of the result.
 * @returns [batch, channels, ...extents].
 * @throws InvalidInputError when the rank or dtype is wrong, or an extent is no integer ≥ 1.
 */
export function resize<D extends DType>(
  x: Tensor<D>,
  extents: readonly number[],
  options: ResizeOptions = {},
): Tensor<D> {
  const { method = "linear", alignCorners = false } = options;
  if (!isFloat(x.dtype)) throw new InvalidInputError("resize: x", "float32 or float64", x.dtype);
  if (x.rank < 3 || x.rank > 5)
    throw new InvalidInputError("resize: x", "[batch, channels, ...one to three spatial axes]", `[${x.shape}]`);
  if (extents.length !== x.rank - 2 || !extents.every((extent) => Number.isInteger(extent) && extent >= 1))
    throw new InvalidInputError("resize: extents", `${x.rank - 2} integers ≥ 1`, extents);
  if (x.shape.slice(2).includes(0))
    throw new InvalidInputError("resize: x", "something to interpolate", `[${x.shape}]`);
  return x.device.scope(() =>
    extents.reduce<Tensor>((resized, extent, index) => {
      const axis = index + 2;
      if (resized.shape[axis] === extent) return resized;
      return method === "nearest" ? nearest(resized, axis, extent) : linear(resized, axis, extent, alignCorners);
    }, x.alias() as Tensor),
  ) as Tensor<D>;
}

function nearest(x: Tensor, axis: number, extent: number): Tensor {
  const own = x.shape[axis];
  const indices = Int32Array.from({ length: extent }, (_, index) => Math.floor((index * own) / extent));
  return gather(x, x.device.tensor(indices), { axis });
}

/** By the matrix of the interpolation along one axis, which has two entries in a row. */
function linear(x: Tensor, axis: number, extent: number, alignCorners: boolean): Tensor {
  const matrix = x.device.tensor(weightsOf(x.shape[axis], extent, alignCorners, x.dtype as FloatDType), [
    extent,
    x.shape[axis],
  ]);
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const shape = x.shape.with(axis, extent);
  const planes = x.reshape([outer, x.shape[axis], inner]);
  // With the axis last, one product does all; otherwise one for each of the axes before it.
  if (inner === 1)
    return matmul(planes.reshape([outer, x.shape[axis]]), matrix as Tensor, { transposeB: true }).reshape(shape);
  return matmul(matrix as Tensor, planes).reshape(shape);
}

function weightsOf(own: number, extent: number, alignCorners: boolean, dtype: FloatDType) {
  const weights = hostArray(dtype, extent * own);
  for (let index = 0; index < extent; index++) {
    const aligned = extent === 1 ? 0 : (index * (own - 1)) / (extent - 1);
    const position = alignCorners ? aligned : Math.max(0, ((index + 0.5) * own) / extent - 0.5);
    const low = Math.min(own - 1, Math.floor(position));
    const share = Math.min(1, position - low);
    weights[index * own + low] += 1 - share;
    weights[index * own + Math.min(own - 1, low + 1)] += share;
  }
  return weights;
}

/**
 * Channels to space: [batch, channels · factor², height, width] to [batch, channels, height · factor, width · factor], PyTorch's `pixel_shuffle`.
 *
 * @throws InvalidInputError when the rank is not 4 or the channels are no multiple of factor².
 */
export function pixelShuffle<D extends DType>(x: Tensor<D>, factor: number): Tensor<D> {
  checkFactor("pixelShuffle", x, factor);
  const [batch, channels, height, width] = x.shape;
  const count = channels / factor ** 2;
  if (!Number.isInteger(count))
    throw new InvalidInputError("pixelShuffle: x", `a multiple of ${factor ** 2} channels`, `[${x.shape}]`);
  return x.device.scope(() =>
    transpose(x.reshape([batch, count, factor, factor, height, width]), [0, 1, 4, 2, 5, 3]).reshape([
      batch,
      count,
      height * factor,
      width * factor,
    ]),
  );
}

/**
 * Space to channels, the inverse of `pixelShuffle`.
 *
 * @throws InvalidInputError when the rank is not 4 or height or width are no multiples of the factor.
 */
export function pixelUnshuffle<D extends DType>(x: Tensor<D>, factor: number): Tensor<D> {
  checkFactor("pixelUnshuffle", x, factor);
  const [batch, channels, height, width] = x.shape;
  if (height % factor !== 0 || width % factor !== 0)
    throw new InvalidInputError("pixelUnshuffle: x", `height and width in multiples of ${factor}`, `[${x.shape}]`);
  const [rows, columns] = [height / factor, width / factor];
  return x.device.scope(() =>
    transpose(x.reshape([batch, channels, rows, factor, columns, factor]), [0, 1, 3, 5, 2, 4]).reshape([
      batch,
      channels * factor ** 2,
      rows,
      columns,
    ]),
  );
}

function checkFactor(operation: string, x: Tensor, factor: number): void {
  if (x.rank !== 4) throw new InvalidInputError(`${operation}: x`, "[batch, channels, height, width]", `[${x.shape}]`);
  if (!Number.isInteger(factor) || factor < 1)
    throw new InvalidInputError(`${operation}: factor`, "an integer ≥ 1", factor);
}
