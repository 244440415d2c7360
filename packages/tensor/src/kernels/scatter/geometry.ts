import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import { normalizeAxes, type Shape, sameShape, sizeOf } from "../../shape.ts";

export interface ScatterOptions {
  /** Axis of the result that the indices run along, counted from the first. */
  readonly axis: number;
  /** What an update does to the element it meets. */
  readonly mode: "add" | "set";
  /** Whether there is one index for each element of the updates (`scatterAlongAxis`), or one for each slice (`scatter`, `scatterAdd`). */
  readonly along: boolean;
  /** Extent of the result along the axis, where it starts as zeros: without a third input. */
  readonly extent?: number | undefined;
  /** The caller's word that the indices are in ascending order, where there is one for each slice. Default: false. */
  readonly sorted?: boolean | undefined;
}

/** The result as [outer, extent, inner] and the updates as [outer, count, inner]; indices are [count], or [outer, count, inner] when along. */
export interface ScatterGeometry {
  readonly outer: number;
  readonly extent: number;
  readonly count: number;
  readonly inner: number;
}

/** Shape of the result. @throws InvalidInputError naming `operation` where the inputs do not fit together. */
export function scatterShape(
  operation: string,
  [updates, indices, x]: readonly TensorSpec[],
  { axis, along, extent }: ScatterOptions,
): Shape {
  if (indices.dtype !== "int32") throw new InvalidInputError(`${operation}: indices`, "an int32 tensor", indices.dtype);
  if (x && x.dtype !== updates.dtype)
    throw new InvalidInputError(`${operation}: updates`, `the dtype of x, ${x.dtype}`, updates.dtype);
  const width = along ? 1 : indices.shape.length;
  const rank = x ? x.shape.length : updates.shape.length - width + 1;
  if (rank < 1) throw new InvalidInputError(`${operation}: x`, "a tensor of rank 1 or more", "a scalar");
  const [position] = normalizeAxes(operation, rank, axis);
  const shape = x?.shape ?? [
    ...updates.shape.slice(0, position),
    checkedExtent(operation, extent),
    ...updates.shape.slice(position + width),
  ];
  const wanted = along
    ? shape.with(position, indices.shape[position] ?? 0)
    : [...shape.slice(0, position), ...indices.shape, ...shape.slice(position + 1)];
  if (along && !sameShape(indices.shape, wanted))
    throw new InvalidInputError(
      `${operation}: indices`,
      `the shape of x, [${shape}], but for axis ${position}`,
      `shape [${indices.shape}]`,
    );
  if (!sameShape(updates.shape, wanted))
    throw new InvalidInputError(
      `${operation}: updates`,
      `shape [${wanted}] for indices of shape [${indices.shape}] into [${shape}] along axis ${position}`,
      `shape [${updates.shape}]`,
    );
  if (shape[position] === 0 && sizeOf(indices.shape) > 0)
    throw new InvalidInputError(
      `${operation}: indices`,
      `no indices, since [${shape}] has nothing along axis ${position}`,
      `indices of shape [${indices.shape}]`,
    );
  return shape;
}

function checkedExtent(operation: string, extent: number | undefined): number {
  if (!Number.isInteger(extent) || extent! < 0)
    throw new InvalidInputError(`${operation}: extent`, "an integer ≥ 0", extent);
  return extent!;
}

export function scatterGeometry(result: Shape, indices: Shape, { axis, along }: ScatterOptions): ScatterGeometry {
  const [position] = normalizeAxes("scatter", result.length, axis);
  return {
    outer: sizeOf(result.slice(0, position)),
    extent: result[position],
    count: along ? indices[position] : sizeOf(indices),
    inner: sizeOf(result.slice(position + 1)),
  };
}
