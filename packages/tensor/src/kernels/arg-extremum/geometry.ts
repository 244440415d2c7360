import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";

export interface ArgExtremumOptions {
  readonly operation: "argmax" | "argmin";
  /** Axis to look along; a negative one counts from the end. */
  readonly axis: number;
  /** Whether the axis stays in the shape, with extent 1. */
  readonly keepDimensions: boolean;
}

/** x as [outer, length, inner]. */
export interface LineGeometry {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

export function lineGeometry(operation: string, x: Shape, axis: number): LineGeometry {
  const [position] = normalizeAxes(operation, x.length, axis);
  return { outer: sizeOf(x.slice(0, position)), length: x[position], inner: sizeOf(x.slice(position + 1)) };
}
