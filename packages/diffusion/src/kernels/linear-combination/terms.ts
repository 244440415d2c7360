import { InvalidInputError, type TensorSpec } from "@ansatz/tensor";
import { MOST_TERMS } from "./options.ts";

/** The shape and dtype that all terms of a combination have. @throws InvalidInputError */
export function checkTerms(operation: string, tensors: readonly TensorSpec[]): TensorSpec {
  if (tensors.length < 1 || tensors.length > MOST_TERMS)
    throw new InvalidInputError(`${operation}: tensors`, `1 to ${MOST_TERMS}`, tensors.length);
  const [first] = tensors;
  if (first.dtype !== "float32" && first.dtype !== "float64")
    throw new InvalidInputError(`${operation}: tensors`, "float32 or float64", first.dtype);
  for (let term = 1; term < tensors.length; term++) {
    const { shape, dtype } = tensors[term];
    if (dtype !== first.dtype)
      throw new InvalidInputError(`${operation}: tensors[${term}]`, `${first.dtype}, like the first`, dtype);
    if (shape.length !== first.shape.length || shape.some((extent, axis) => extent !== first.shape[axis]))
      throw new InvalidInputError(
        `${operation}: tensors[${term}]`,
        `shape [${first.shape}], like the first`,
        `[${shape}]`,
      );
  }
  return first;
}
