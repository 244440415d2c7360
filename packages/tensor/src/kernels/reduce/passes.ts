import { type Shape, sizeOf } from "../../shape.ts";

/**
 * A reduction of the middle axis of [outer, reduced, inner] to [outer, parts, inner]: part p covers the rows [p · part, (p + 1) · part).
 */
export interface Pass {
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
  /** Rows of a part; the last may have fewer. */
  readonly part: number;
  readonly parts: number;
}

/** How many rows of a middle axis one part may cover; all of them when it need not be cut. */
export type PartRule = (outer: number, reduced: number, inner: number) => number;

/**
 * The passes, to run one after the other, that reduce `axes` (sorted, non-negative) of `shape`. Neighbouring reduced axes are one; the innermost come first; where the rule
 * cuts an axis into parts, another pass reduces the parts. There is always one, also where nothing is to be reduced (one row) or nothing is there (no rows).
 */
export function passesOf(shape: Shape, axes: readonly number[], rule: PartRule): Pass[] {
  if (sizeOf(shape) === 0) return cut(sizeOf(shape.filter((_, axis) => !axes.includes(axis))), 0, 1, rule);
  const passes: Pass[] = [];
  let reduced = 1;
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.includes(axis)) reduced *= shape[axis];
    else if (shape[axis] > 1) {
      if (reduced > 1) passes.push(...cut(sizeOf(shape.slice(0, axis + 1)), reduced, inner, rule));
      reduced = 1;
      inner *= shape[axis];
    }
  }
  if (reduced > 1 || passes.length === 0) passes.push(...cut(1, reduced, inner, rule));
  return passes;
}

function cut(outer: number, reduced: number, inner: number, rule: PartRule): Pass[] {
  const part = Math.min(reduced, rule(outer, reduced, inner));
  const parts = part < reduced ? Math.ceil(reduced / part) : 1;
  const pass = { outer, reduced, inner, part, parts };
  return parts === 1 ? [pass] : [pass, ...cut(outer, parts, inner, rule)];
}
