import { isComplex } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { Tensor } from "../../tensor.ts";
import { complexOperation } from "../complex-map/functions.ts";
import { mapKernel } from "./index.ts";
import { type MapOperation, operationNamed } from "./operations.ts";

/** Runs an operation on tensors and numbers. @throws InvalidInputError for an argument that is neither, and when all are numbers. */
export function mapOperands(operation: MapOperation, operands: readonly (Tensor | number)[]): Tensor {
  const { arguments: names } = operationNamed(operation);
  for (const [position, operand] of operands.entries())
    if (!(operand instanceof Tensor) && typeof operand !== "number")
      throw new InvalidInputError(`${operation}: ${names[position]}`, "a tensor or a number", operand);
  const tensors = operands.filter((operand) => operand instanceof Tensor);
  if (tensors.length === 0)
    throw new InvalidInputError(`${operation}: ${names[0]}`, `a tensor as ${names.join(" or ")}`, operands[0]);
  const complexOperand = tensors.find(({ dtype }) => isComplex(dtype));
  if (complexOperand) return complexOperation(operation, operands, complexOperand);
  const constants = operands.map((operand) => (typeof operand === "number" ? operand : undefined));
  return mapKernel.run(tensors, { operation, constants })[0];
}
