import { InvalidInputError } from "../../errors.ts";

export type ConvolutionPadding =
  | number
  | "same"
  | "valid"
  | readonly number[]
  | readonly (readonly [before: number, after: number])[];

interface Steps {
  readonly stride?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

/** Stride and dilation per axis. @throws InvalidInputError unless all are integers ≥ 1, one for all or one per axis. */
export function resolveSteps(operation: string, rank: number, { stride = 1, dilation = 1, groups = 1 }: Steps) {
  if (!Number.isInteger(groups) || groups < 1)
    throw new InvalidInputError(`${operation}: options.groups`, "an integer ≥ 1", groups);
  return {
    stride: resolvePerAxis(operation, "stride", rank, stride),
    dilation: resolvePerAxis(operation, "dilation", rank, dilation),
    groups,
  };
}

/** One number for each spatial axis. @throws InvalidInputError unless it is an integer ≥ 1, or one per axis. */
export function resolvePerAxis(
  operation: string,
  name: string,
  rank: number,
  value: number | readonly number[],
): readonly number[] {
  const values = typeof value === "number" ? new Array<number>(Math.max(0, rank)).fill(value) : value;
  if (values.length !== Math.max(0, rank) || !values.every((each) => Number.isInteger(each) && each >= 1))
    throw new InvalidInputError(`${operation}: options.${name}`, "an integer ≥ 1, or one per spatial axis", value);
  return values;
}

/** Padding before and after each axis. @throws InvalidInputError unless it is a name, or integers ≥ 0. */
export function resolvePadding(
  operation: string,
  padding: ConvolutionPadding = 0,
  extents: readonly number[],
  window: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): (readonly [before: number, after: number])[] {
  if (padding === "same")
    return extents.map((extent, axis) => {
      const reach = dilation[axis] * (window[axis] - 1) + 1;
      const total = Math.max(0, (Math.ceil(extent / stride[axis]) - 1) * stride[axis] + reach - extent);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  const given = padding === "valid" ? 0 : padding;
  const list = typeof given === "number" ? extents.map(() => given) : given;
  const pairs = Array.isArray(list)
    ? list.map((each) => (typeof each === "number" ? ([each, each] as const) : each))
    : [];
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((each) => Number.isInteger(each) && each >= 0);
  if (pairs.length !== extents.length || !pairs.every(isPair))
    throw new InvalidInputError(
      `${operation}: options.padding`,
      `"same", "valid", an integer ≥ 0, or one (or a pair) per spatial axis`,
      padding,
    );
  return pairs;
}
