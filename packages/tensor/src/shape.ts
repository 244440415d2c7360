import { InvalidInputError } from "./errors.ts";

/** Extents, outermost first; `[]` is a scalar. Arrays are row-major and contiguous on every device. */
export type Shape = readonly number[];

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** @throws InvalidInputError unless every extent is an integer ≥ 0 and the size is below 2^31. */
export function checkShape(shape: Shape, argument = "shape"): void {
  if (!Array.isArray(shape) || shape.some((extent) => !Number.isInteger(extent) || extent < 0))
    throw new InvalidInputError(argument, "an array of integers ≥ 0", shape);
  if (sizeOf(shape) >= 2 ** 31) throw new InvalidInputError(argument, "fewer than 2^31 elements", shape);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** NumPy broadcasting of any number of shapes. @throws InvalidInputError naming the operation and both shapes. */
export function broadcastShapes(operation: string, shapes: readonly Shape[]): Shape {
  // What most calls are; shapes are never changed, so that they can be shared.
  if (shapes.length > 0 && shapes.every((shape) => sameShape(shape, shapes[0]))) return shapes[0];
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    for (let axis = 0; axis < shape.length; axis++) {
      const extent = shape[axis];
      if (extent === 1) continue;
      if (result[offset + axis] === 1) result[offset + axis] = extent;
      else if (result[offset + axis] !== extent)
        throw new InvalidInputError(
          `${operation}: shapes`,
          "shapes that broadcast (equal extents, or 1, from the last axis)",
          shapes,
        );
    }
  }
  return result;
}

/** Maps axes (negative ones count from the end) to sorted non-negative ones. @throws InvalidInputError when out of range or repeated. */
export function normalizeAxes(operation: string, rank: number, axes: number | readonly number[] | undefined): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : [...axes];
  const normalized = list.map((axis) => {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      throw new InvalidInputError(`${operation}: axis`, `an integer in [${-rank}, ${rank})`, axis);
    return axis < 0 ? axis + rank : axis;
  });
  if (new Set(normalized).size !== normalized.length)
    throw new InvalidInputError(`${operation}: axis`, "distinct axes", axes);
  return normalized.sort((a, b) => a - b);
}
