import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";

export interface ArgsortOptions {
  /** Axis to sort along; a negative one counts from the end. */
  readonly axis: number;
  /** Largest first. */
  readonly descending: boolean;
  /** How many positions to keep of each line, from the first. Default: all. */
  readonly count?: number | undefined;
}

/** x as [outer, length, inner], whose lines are sorted each by itself. */
export interface SortGeometry {
  /** outer · inner. */
  readonly lines: number;
  readonly length: number;
  readonly inner: number;
  readonly count: number;
}

export function sortGeometry(x: Shape, { axis, count }: ArgsortOptions): SortGeometry {
  const [position] = normalizeAxes("argsort", x.length, axis);
  const inner = sizeOf(x.slice(position + 1));
  const length = x[position];
  return { lines: sizeOf(x.slice(0, position)) * inner, length, inner, count: count ?? length };
}
