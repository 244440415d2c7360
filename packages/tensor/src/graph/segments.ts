import { stopGradient } from "../differentiation/transforms.ts";
import { type DType, isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { cast } from "../kernels/cast/index.ts";
import { gather } from "../kernels/gather/index.ts";
import { divide, maximum, multiply, subtract } from "../kernels/map/binary.ts";
import { exp } from "../kernels/map/unary.ts";
import { scatterSum } from "../kernels/scatter/index.ts";
import { type SegmentOptions, segmentMax, segmentShape } from "../kernels/segment-max/index.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Sums by segment: `result[s] = Σ x[k] over all k with segmentIds[k] = s`; 0 for a segment without rows. With one segment per node and one row per edge, the step of message passing that gathers messages:
 * `segmentSum(message(gather(x, sources), gather(x, targets)), targets, nodes)`. Rounding and order as in `scatterAdd`, whose special case it is; the adjoint is `gather(cotangent, segmentIds)`.
 *
 * @param x any dtype but bool, of shape [rows, …].
 * @param segmentIds int32 [rows], in any order; ids outside of [0, segments) are moved to its nearest end, as `gather` does.
 * @param segments number of segments.
 * @returns [segments, …].
 * @throws InvalidInputError when dtypes or shapes do not fit, or there are rows but no segments.
 */
export function segmentSum<D extends DType>(
  x: Tensor<D>,
  segmentIds: Tensor,
  segments: number,
  { sorted = false }: SegmentOptions = {},
): Tensor<D> {
  segmentShape("segmentSum", x, segmentIds, segments);
  return scatterSum(x, segmentIds, segments, 0, sorted);
}

/**
 * Means by segment; 0 for a segment without rows.
 *
 * @param x a float dtype, of shape [rows, …].
 * @param segmentIds as for `segmentSum`.
 * @returns [segments, …].
 * @throws as `segmentSum`; InvalidInputError for other dtypes.
 */
export function segmentMean<D extends DType>(
  x: Tensor<D>,
  segmentIds: Tensor,
  segments: number,
  { sorted = false }: SegmentOptions = {},
): Tensor<D> {
  segmentShape("segmentMean", x, segmentIds, segments);
  checkFloat("segmentMean", x);
  const { device } = x;
  return device.scope(() => {
    const ones = device.full([x.shape[0]], 1, "int32");
    const counts = maximum(scatterSum(ones, segmentIds, segments, 0, sorted), 1);
    const weights = divide(1, cast(counts, x.dtype)).reshape([segments, ...x.shape.slice(1).map(() => 1)]);
    return multiply(scatterSum(x, segmentIds, segments, 0, sorted), weights);
  });
}

/**
 * Softmax within segments: `result[k] = exp(x[k]) / Σ exp(x[j]) over all j of k's segment`, element by element and without overflow; attention over the edges that meet in a node.
 * Where the largest of a segment is infinite or NaN, its rows are NaN.
 *
 * @param x a float dtype, of shape [rows, …].
 * @param segmentIds as for `segmentSum`.
 * @returns the shape of x.
 * @throws as `segmentSum`; InvalidInputError for other dtypes; UnsupportedError on tensorflow, which has no maximum by segment.
 */
export function segmentSoftmax<D extends DType>(
  x: Tensor<D>,
  segmentIds: Tensor,
  segments: number,
  { sorted = false }: SegmentOptions = {},
): Tensor<D> {
  segmentShape("segmentSoftmax", x, segmentIds, segments);
  checkFloat("segmentSoftmax", x);
  return x.device.scope(() => {
    // Any shift that is the same within a segment gives the same result and the same derivatives: it is a constant to them.
    const largest = segmentMax(stopGradient(x) as Tensor<D>, segmentIds, segments, { sorted });
    const weights = exp(subtract(x, gather(largest, segmentIds)));
    const totals = scatterSum(weights, segmentIds, segments, 0, sorted);
    return divide(weights, gather(totals, segmentIds));
  });
}

function checkFloat(operation: string, x: Tensor): void {
  if (!isFloat(x.dtype)) throw new InvalidInputError(`${operation}: x`, "a tensor of float32 or float64", x.dtype);
}
