import type { CpuCall, CpuModule } from "./device/cpu/call.ts";
import type { TensorFlowApi, TensorFlowTensor } from "./device/tensorflow/api.ts";
import type { WebGpuCall } from "./device/webgpu/call.ts";
import { apply, type BatchContext, type Primitive, type Rules } from "./differentiation/primitive.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { DisposedError, InvalidInputError, UnsupportedError } from "./errors.ts";
import { type Shape, sameShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Shape and dtype of an input or output. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A host array with a shape: what references compute on. Floats are `Float64Array` whatever the dtype says; complex numbers take two entries each. */
export interface ReferenceArray extends TensorSpec {
  readonly data: Float64Array | Int32Array | Uint32Array | Uint8Array;
}

/** Arithmetic and memory traffic of one call, the floor a perfect implementation would reach. */
export interface Cost {
  /** Floating-point operations; an elementary function (exp, log, …) counts as one. */
  readonly flops: number;
  /** Bytes that must be read and written once. */
  readonly bytes: number;
}

/** WebAssembly implementation: fills `call.outputs`. */
export interface CpuImplementation<Options> {
  readonly module: CpuModule;
  run(call: CpuCall, options: Options): void;
}

/** WGSL implementation: records dispatches that fill `call.outputs`. */
export interface WebGpuImplementation<Options> {
  /** Dtypes this implementation takes, where fewer than the device has. */
  readonly dtypes?: readonly DType[];
  run(call: WebGpuCall, options: Options): void;
}

/** TensorFlow.js implementation: returns one TensorFlow tensor per output, of the inferred shape and dtype. Runs inside `tf.tidy`. */
export interface TensorFlowImplementation<Options> {
  readonly dtypes?: readonly DType[];
  run(
    tf: TensorFlowApi,
    inputs: readonly TensorFlowTensor[],
    options: Options,
    outputs: readonly TensorSpec[],
  ): readonly TensorFlowTensor[];
}

/** A concrete call for tests and benchmarks. */
export interface KernelCase<Options> {
  readonly name: string;
  readonly inputs: readonly ReferenceArray[];
  readonly options: Options;
}

/** Source of reproducible random test data, see `testKernel`. */
export interface CaseRandom {
  /** Integer in [minimum, maximum]. */
  integer(minimum: number, maximum: number): number;
  /** One of the given values. */
  pick<T>(values: readonly T[]): T;
  /** Random array: floats standard normal (times `scale`), integers in [0, `below`), bools fair. */
  array(shape: Shape, dtype: DType, range?: { readonly scale?: number; readonly below?: number }): ReferenceArray;
}

/** How far an implementation may be from the float64 reference: |x − r| ≤ absolute + relative · |r|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Everything there is to know about a kernel. */
export interface KernelDeclaration<Options> {
  /** Unique, kebab-case; also its folder. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /**
   * Shape rule and input check in one: specs of the outputs, or a typed error naming the kernel, the argument and what was expected.
   * @throws InvalidInputError
   */
  infer(inputs: readonly TensorSpec[], options: Options): readonly TensorSpec[];
  cost(inputs: readonly TensorSpec[], options: Options): Cost;
  /** The definition of the kernel, plain float64. Inputs are not modified. */
  reference(inputs: readonly ReferenceArray[], options: Options): readonly ReferenceArray[];
  readonly cpu: CpuImplementation<Options>;
  /** An implementation, or why there is none: `"sequential: …"`. */
  readonly webgpu: WebGpuImplementation<Options> | string;
  readonly tensorflow: TensorFlowImplementation<Options> | string;
  /** Hand-picked cases: zero sizes, single elements, odd sizes, special values. */
  cases(): readonly KernelCase<Options>[];
  /** One random case; called many times with different seeds. */
  randomCase(random: CaseRandom): KernelCase<Options>;
  /** How it does many examples at once, see `vmap`; without it they run one by one. */
  batch?(context: BatchContext<Options>): readonly Tensor[] | undefined;
  /** How it differentiates, in operations; or why it does not. Kernels with integer or boolean results need neither. */
  readonly derivatives?: Rules<Options>;
  /** Allowed error per output dtype, with its reason in a comment at the declaration. */
  tolerance(dtype: DType, inputs: readonly TensorSpec[], options: Options): Tolerance;
}

/** A declared kernel. */
export interface Kernel<Options> extends Omit<KernelDeclaration<Options>, "derivatives">, Primitive<Options> {
  /**
   * Runs on the device the inputs live on and returns new tensors, one per output.
   * @throws InvalidInputError on wrong inputs, mixed devices; DisposedError; UnsupportedError where the device has no implementation.
   */
  run(inputs: readonly Tensor[], options: Options): Tensor[];
  /** Like `run`, into existing tensors of the inferred shapes and dtypes; allocates no device memory. Outputs may be inputs only where the kernel's docstring says so. */
  runInto(inputs: readonly Tensor[], outputs: readonly Tensor[], options: Options): void;
}

/** Declares a kernel once; tests, benchmarks and all devices work from this declaration. */
export function defineKernel<Options>(declaration: KernelDeclaration<Options>): Kernel<Options> {
  const kernel: Kernel<Options> = {
    derivatives: "no rule has been written for it",
    ...declaration,
    evaluate: (inputs, options) => inputs[0].device.runKernel(kernel, inputs, kernel.infer(inputs, options), options),
    run(inputs, options) {
      checkInputs(kernel, inputs);
      return apply(kernel, inputs, options) as Tensor[];
    },
    runInto(inputs, outputs, options) {
      checkInputs(kernel, inputs);
      const specs = kernel.infer(inputs, options);
      if ([...inputs, ...outputs].some(({ link }) => link))
        throw new InvalidInputError(
          `${kernel.name}: outputs`,
          "plain values: writing in place cannot be differentiated",
          "a value of grad, jvp or jet",
        );
      if (outputs.length !== specs.length)
        throw new InvalidInputError(`${kernel.name}: outputs`, `${specs.length} tensors`, outputs.length);
      for (const [index, output] of outputs.entries()) {
        checkUsable(kernel.name, output, inputs[0]);
        if (output.dtype !== specs[index].dtype || !sameShape(output.shape, specs[index].shape))
          throw new InvalidInputError(
            `${kernel.name}: output ${index}`,
            `${specs[index].dtype} [${specs[index].shape}]`,
            `${output.dtype} [${output.shape}]`,
          );
      }
      inputs[0].device.runKernelInto(kernel, inputs, outputs, options);
    },
  };
  return kernel;
}

/** The implementation for a device kind. @throws UnsupportedError with the declared reason, or naming a dtype it does not take. */
export function implementationFor<Options, Kind extends "webgpu" | "tensorflow">(
  kernel: KernelDeclaration<Options>,
  kind: Kind,
  specs: readonly TensorSpec[],
): Exclude<KernelDeclaration<Options>[Kind], string> {
  const implementation = kernel[kind];
  if (typeof implementation === "string") throw new UnsupportedError(kind, kernel.name, implementation);
  const refused = specs.find((spec) => implementation.dtypes && !implementation.dtypes.includes(spec.dtype));
  if (refused) throw new UnsupportedError(kind, `${kernel.name} on ${refused.dtype}`, "not implemented for this dtype");
  return implementation as Exclude<KernelDeclaration<Options>[Kind], string>;
}

/** Builds a reference array; `data` is converted to the host array of the reference (float64 for floats and for the parts of complex numbers). */
export function referenceArray(dtype: DType, shape: Shape, data: ArrayLike<number>): ReferenceArray {
  if (dtype === "int32") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "uint32") return { dtype, shape, data: Uint32Array.from(data) };
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  return { dtype, shape, data: Float64Array.from(data) };
}

/** The reference array's values as the host array of its dtype (rounded to float32 where that is the precision). */
export function toHostArray(array: ReferenceArray): TypedArray {
  const isSingle = array.dtype === "float32" || array.dtype === "complex64";
  return (isSingle ? Float32Array.from(array.data) : array.data.slice()) as TypedArray;
}

function checkInputs(kernel: { readonly name: string }, inputs: readonly Tensor[]): void {
  if (inputs.length === 0) throw new InvalidInputError(`${kernel.name}: inputs`, "at least one tensor", inputs);
  for (const input of inputs) checkUsable(kernel.name, input, inputs[0]);
}

function checkUsable(operation: string, tensor: Tensor, first: Tensor): void {
  if (tensor.disposed) throw new DisposedError(`${operation}: a tensor of shape [${tensor.shape}]`);
  if (tensor.device !== first.device)
    throw new InvalidInputError(
      `${operation}: inputs`,
      "tensors of one device",
      `tensors of ${first.device.kind} and ${tensor.device.kind}${tensor.device.kind === first.device.kind ? " (another instance)" : ""}`,
    );
}
