import { type ReferenceArray, referenceArray } from "../../kernel.ts";
import { sizeOf, stridesOf } from "../../shape.ts";
import { type MapOptions, mapSignature } from "./arguments.ts";
import { operationNamed } from "./operations.ts";

/** Element by element, by the operation's definition. */
export function mapReference(inputs: readonly ReferenceArray[], options: MapOptions): ReferenceArray {
  const { arguments: given, dtype, result } = mapSignature(inputs, options);
  const { evaluate, evaluateInteger } = operationNamed(options.operation);
  const operation = (dtype === "int32" || dtype === "uint32") && evaluateInteger ? evaluateInteger : evaluate;
  const strides = stridesOf(result.shape);
  const valueAt = (position: number) =>
    operation(
      ...given.map((argument) => {
        if ("constant" in argument) return argument.constant;
        const skipped = result.shape.length - argument.shape.length;
        const own = stridesOf(argument.shape);
        let index = 0;
        for (const [axis, extent] of argument.shape.entries()) {
          const coordinate = Math.floor(position / strides[skipped + axis]) % result.shape[skipped + axis];
          if (extent !== 1) index += coordinate * own[axis];
        }
        return inputs[argument.input].data[index];
      }),
    );
  return referenceArray(
    result.dtype,
    result.shape,
    Array.from({ length: sizeOf(result.shape) }, (_, position) => valueAt(position)),
  );
}
