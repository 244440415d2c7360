import type { DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import { broadcastShapes, type Shape } from "../../shape.ts";
import { type MapOperation, OPERATIONS, operationNamed } from "./operations.ts";

export interface MapOptions {
  readonly operation: MapOperation;
  /** Arguments that are numbers, by position; the tensors fill the other positions in order. Default: all arguments are tensors. */
  readonly constants?: readonly (number | undefined)[];
}

/** An argument of a call: a tensor, or a number of the dtype that the other arguments have. */
export type MapArgument =
  | { readonly input: number; readonly shape: Shape; readonly dtype: DType }
  | { readonly constant: number; readonly shape: readonly []; readonly dtype: DType };

/** A call's arguments in order, and the result they make. */
export interface MapSignature {
  readonly arguments: readonly MapArgument[];
  /** Dtype of the arguments (of `where`: of the two to choose from). */
  readonly dtype: DType;
  readonly result: TensorSpec;
}

/**
 * Checks a call and lays out its arguments.
 * @throws InvalidInputError naming the operation and the argument: unknown operation, wrong dtype, different dtypes, a number that the dtype does not hold,
 * shapes that do not broadcast, no tensor to take the dtype from.
 */
export function mapSignature(inputs: readonly TensorSpec[], { operation, constants = [] }: MapOptions): MapSignature {
  if (!Object.hasOwn(OPERATIONS, operation))
    throw new InvalidInputError("map: operation", `one of ${Object.keys(OPERATIONS).join(", ")}`, operation);
  const { arguments: names, dtypes, result } = operationNamed(operation);
  const positions = names.map((_, position) => position);
  const tensorPositions = positions.filter((position) => constants[position] === undefined);
  if (tensorPositions.length !== inputs.length)
    throw new InvalidInputError(`${operation}: inputs`, `${tensorPositions.length} tensors`, inputs.length);
  const choosing = operation === "where" ? 1 : 0;
  const source = tensorPositions.find((position) => position >= choosing);
  if (source === undefined)
    throw new InvalidInputError(
      `${operation}: ${names[choosing]}`,
      `a tensor as ${names.slice(choosing).join(" or ")}, which decides the dtype`,
      constants[choosing],
    );
  const dtype = inputs[tensorPositions.indexOf(source)].dtype;
  if (!dtypes.includes(dtype))
    throw new InvalidInputError(`${operation}: ${names[source]}`, `a tensor of ${dtypes.join(" or ")}`, dtype);
  const resolved = names.map((name, position): MapArgument => {
    const expected = position < choosing ? "bool" : dtype;
    const constant = constants[position];
    if (constant !== undefined) {
      checkConstant(`${operation}: ${name}`, constant, expected);
      return { constant: expected === "float32" ? Math.fround(constant) : constant, shape: [], dtype: expected };
    }
    const input = tensorPositions.indexOf(position);
    const { shape, dtype: given } = inputs[input];
    if (given !== expected) {
      const why = position < choosing ? "" : `, the dtype of ${names[source]} (use cast)`;
      throw new InvalidInputError(`${operation}: ${name}`, `a tensor of ${expected}${why}`, given);
    }
    return { input, shape, dtype: given };
  });
  const shape = broadcastShapes(
    operation,
    inputs.map((input) => input.shape),
  );
  return { arguments: resolved, dtype, result: { shape, dtype: result === "bool" ? "bool" : dtype } };
}

const RANGES: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  bool: [0, 1],
};

function checkConstant(argument: string, value: number, dtype: DType): void {
  if (typeof value !== "number") throw new InvalidInputError(argument, "a tensor or a number", value);
  const range = RANGES[dtype];
  if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1]))
    throw new InvalidInputError(argument, `an integer in [${range}], to go with ${dtype}`, value);
}
