import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";

export interface GatherOptions {
  /** Axis of `x` that the indices run along; a negative one counts from the end. */
  readonly axis: number;
}

/** A gather as three loops: result row o · count + k is the block of `inner` elements at x[o, indices[k]]. */
export interface GatherGeometry {
  /** Values an index may have. */
  readonly extent: number;
  /** Number of indices. */
  readonly count: number;
  /** Elements of `x` behind one index. */
  readonly inner: number;
  /** Blocks in the result. */
  readonly rows: number;
}

export function gatherGeometry(x: Shape, indices: Shape, axis: number): GatherGeometry {
  const [position] = normalizeAxes("gather", x.length, axis);
  const count = sizeOf(indices);
  return {
    extent: x[position],
    count,
    inner: sizeOf(x.slice(position + 1)),
    rows: sizeOf(x.slice(0, position)) * count,
  };
}
