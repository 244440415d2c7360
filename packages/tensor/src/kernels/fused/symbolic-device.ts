import { Device, type DeviceDescription } from "../../device/device.ts";
import type { DType, TypedArray } from "../../dtype.ts";
import { UnsupportedError } from "../../errors.ts";
import type { KernelDeclaration, TensorSpec } from "../../kernel.ts";
import { type Storage, Tensor } from "../../tensor.ts";
import type { MapOptions } from "../map/arguments.ts";
import { operationNamed } from "../map/operations.ts";
import type { FusedOptions } from "./patterns.ts";
import { type Program, ProgramBuilder } from "./program.ts";

interface SymbolicStorage extends Storage {
  /** Number in the builder. */
  readonly value: number;
}

/**
 * Tensors that stand for one element each: operations on them are written down instead of done. Functions, and derivative rules of functions, run on it
 * unchanged and leave a program behind.
 */
export class SymbolicDevice extends Device {
  readonly kind = "cpu";
  readonly description: DeviceDescription = { kind: "cpu", name: "symbolic", dtypes: ["float64", "bool"], details: {} };
  readonly builder = new ProgramBuilder();

  input(): Tensor {
    return this.tensorOf(this.builder.input());
  }

  tensorOf(value: number, dtype: DType = "float64"): Tensor {
    return new Tensor(this, [], dtype, storageOf(value));
  }

  numberOf(tensor: Tensor): number {
    return (tensor.storage as SymbolicStorage).value;
  }

  async synchronize(): Promise<void> {}

  async read(): Promise<TypedArray> {
    throw new UnsupportedError("fuse", "reading values", "the function is traced once, before there are any");
  }

  protected upload(values: TypedArray, dtype: DType): Storage {
    if (values.length !== 1)
      throw new UnsupportedError("fuse", "a tensor of several elements inside the function", "make it an argument");
    return storageOf(this.builder.constant(values[0], dtype === "bool" ? "bool" : "float"));
  }

  protected release(): void {}

  protected async close(): Promise<void> {}

  protected execute<Options>(
    kernel: KernelDeclaration<Options>,
    inputs: readonly Tensor[],
    [output]: readonly TensorSpec[],
    options: Options,
  ): Tensor[] {
    const values = inputs.map((input) => this.numberOf(input));
    if (kernel.name === "cast")
      return [this.tensorOf(this.builder.cast(values[0], output.dtype === "bool" ? "bool" : "float"), output.dtype)];
    if (kernel.name === "fused") {
      const { program } = options as FusedOptions;
      return this.builder.inline(program, values).map((value) => this.tensorOf(value));
    }
    if (kernel.name !== "map") throw new UnsupportedError("fuse", kernel.name, "only elementwise operations are fused");
    const { operation, constants = [] } = options as MapOptions;
    let next = 0;
    const all = operationNamed(operation).arguments.map((_, position) => {
      const constant = constants[position];
      return constant === undefined ? values[next++] : this.builder.constant(constant);
    });
    return [this.tensorOf(this.builder.map(operation, all), output.dtype)];
  }

  protected executeInto(): void {
    throw new UnsupportedError("fuse", "writing in place", "values are written down, not computed");
  }
}

/** What a function of elements does, written down. */
export interface TracedFunction {
  readonly program: Program;
  /** Which of the function's arguments the program takes. */
  readonly used: readonly number[];
}

/** Runs a function of `count` elements once, on symbols; null where it returns null. */
export function traceFunction(
  count: number,
  f: (inputs: readonly Tensor[]) => readonly Tensor[] | null,
): TracedFunction | null {
  const device = new SymbolicDevice();
  return device.scope((): TracedFunction | null => {
    const inputs = Array.from({ length: count }, () => device.input());
    const outputs = f(inputs);
    const numbers = (tensors: readonly Tensor[]) => tensors.map((tensor) => device.numberOf(tensor));
    return outputs && device.builder.build(numbers(inputs), numbers(outputs));
  });
}

function storageOf(value: number): SymbolicStorage {
  return { references: 0, bytes: 0, value };
}
