import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";

export interface AlongAxisOptions {
  /** Axis that the indices run along; a negative one counts from the end. */
  readonly axis: number;
}

/** x as [outer, extent, inner] and indices as [outer, count, inner]. */
export interface AlongAxisGeometry {
  readonly outer: number;
  /** Values an index may have. */
  readonly extent: number;
  readonly count: number;
  readonly inner: number;
}

export function alongAxisGeometry(x: Shape, indices: Shape, axis: number): AlongAxisGeometry {
  const [position] = normalizeAxes("along axis", x.length, axis);
  return {
    outer: sizeOf(x.slice(0, position)),
    extent: x[position],
    count: indices[position],
    inner: sizeOf(x.slice(position + 1)),
  };
}

/** @throws InvalidInputError unless indices are int32, have the shape of x but for the axis, and something to point at. */
export function checkAlongAxis(operation: string, x: TensorSpec, indices: TensorSpec, axis: number): void {
  if (indices.dtype !== "int32") throw new InvalidInputError(`${operation}: indices`, "an int32 tensor", indices.dtype);
  if (x.shape.length === 0) throw new InvalidInputError(`${operation}: x`, "a tensor of rank 1 or more", "a scalar");
  const [position] = normalizeAxes(operation, x.shape.length, axis);
  const fits =
    indices.shape.length === x.shape.length &&
    indices.shape.every((extent, each) => each === position || extent === x.shape[each]);
  if (!fits)
    throw new InvalidInputError(
      `${operation}: indices`,
      `the shape of x, [${x.shape}], but for axis ${position}`,
      `shape [${indices.shape}]`,
    );
  if (x.shape[position] === 0 && sizeOf(indices.shape) > 0)
    throw new InvalidInputError(
      `${operation}: indices`,
      `no indices, since x of shape [${x.shape}] has nothing along axis ${position}`,
      `indices of shape [${indices.shape}]`,
    );
}
