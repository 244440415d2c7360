import { InvalidInputError } from "../errors.ts";
import { finite } from "./network.ts";
import type { Interval } from "./substitution.ts";

/** Boxes that bounds hold in: about points, or between corners. */
export type Region =
  | {
      /** [inputs], or [boxes, inputs] one after the other. */
      readonly center: ArrayLike<number>;
      /** Half the width ε ≥ 0, one for all inputs or one for each. */
      readonly radius: number | ArrayLike<number>;
      /** Values that inputs can have; boxes end there. Default: all. */
      readonly range?: readonly [lowest: number, highest: number];
    }
  | { readonly lower: ArrayLike<number>; readonly upper: ArrayLike<number> };

/** Corners of the boxes, [boxes, inputs]. @throws InvalidInputError naming what is wrong. */
export function boxesOf(region: Region, inputs: number): { readonly input: Interval; readonly boxes: number } {
  const corners = "center" in region ? about(region, inputs) : between(region);
  const boxes = corners.lower.length / inputs;
  if (!Number.isInteger(boxes) || boxes < 1)
    throw new InvalidInputError("region", `a multiple of ${inputs} numbers, [boxes, inputs]`, corners.lower.length);
  for (const [index, lower] of corners.lower.entries())
    if (!(lower <= corners.upper[index]))
      throw new InvalidInputError(`region: input ${index}`, "a lower end ≤ the upper one", [
        lower,
        corners.upper[index],
      ]);
  return { input: corners, boxes };
}

function about({ center, radius, range }: Extract<Region, { readonly center: unknown }>, inputs: number): Interval {
  const centers = finite(center, "region.center");
  const radii = typeof radius === "number" ? new Float64Array(inputs).fill(radius) : Float64Array.from(radius);
  if (radii.length !== inputs)
    throw new InvalidInputError("region.radius", `a number or ${inputs} of them`, radii.length);
  const wrong = radii.find((each) => !(each >= 0 && Number.isFinite(each)));
  if (wrong !== undefined) throw new InvalidInputError("region.radius", "finite numbers ≥ 0", wrong);
  const [lowest, highest] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return {
    lower: centers.map((value, index) => Math.max(value - radii[index % inputs], lowest)),
    upper: centers.map((value, index) => Math.min(value + radii[index % inputs], highest)),
  };
}

function between({ lower, upper }: Extract<Region, { readonly lower: unknown }>): Interval {
  if (lower.length !== upper.length)
    throw new InvalidInputError("region.upper", `${lower.length} numbers, like region.lower`, upper.length);
  return { lower: finite(lower, "region.lower"), upper: finite(upper, "region.upper") };
}
