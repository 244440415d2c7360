import { alignedExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type FloatDType, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { broadcastTo } from "../../movement/axes.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { cast } from "../cast/index.ts";
import { mapKernel } from "../map/index.ts";
import { operationNamed } from "../map/operations.ts";
import { fusedCases, randomFusedCase } from "./cases.ts";
import { fusedCpu } from "./cpu.ts";
import { fusedDerivatives } from "./derivatives.ts";
import { type FusedOptions, patternOf } from "./patterns.ts";
import type { Program } from "./program.ts";
import { type TracedFunction, traceFunction } from "./symbolic-device.ts";
import { fusedWebGpu } from "./webgpu.ts";

export type { FusedOptions } from "./patterns.ts";
export type { Program, Step } from "./program.ts";

/** A whole program of elementwise operations in one pass over the elements, compiled when it is first used; see `fuse`. */
export const fusedKernel = defineKernel<FusedOptions>({
  name: "fused",
  summary: "Several elementwise operations in one pass over the elements.",
  infer,
  cost(inputs, options) {
    const outputs = infer(inputs, options);
    const bytesOf = ({ shape, dtype }: TensorSpec) => sizeOf(shape) * bytesPerElement(dtype);
    return {
      flops: options.program.steps.length * sizeOf(outputs[0].shape),
      bytes: [...inputs, ...outputs].reduce((total, spec) => total + bytesOf(spec), 0),
    };
  },
  reference,
  cpu: fusedCpu,
  webgpu: fusedWebGpu,
  tensorflow: "its engines compile nothing: there the operations run one by one",
  batch: (context) => {
    const inputs = alignedExamples(context);
    const shape = broadcastShapes(
      "fused",
      inputs.map((input) => input.shape),
    );
    return runProgram(context.options.program, inputs, shape, inputs[0]);
  },
  derivatives: () => fusedDerivatives,
  cases: fusedCases,
  randomCase: randomFusedCase,
  // The largest error of an elementary function (map), times a condition number of at most 16 of the programs in cases.ts.
  tolerance: (dtype) =>
    dtype === "float32"
      ? { relative: 80 * 2 ** -23, absolute: 2 ** -20 }
      : { relative: 48 * 2 ** -52, absolute: 2 ** -48 },
});

/**
 * One kernel from a function of elementwise operations: it reads its arguments once and writes its results once, however many operations there are between.
 * The function is traced at its first call, and compiled to WebAssembly SIMD (cpu) or WGSL (webgpu) for each dtype and way of broadcasting;
 * on tensorflow, and where a GPU cannot bind as many buffers, its operations run one by one. Results on cpu are the same bits either way.
 * Derivatives of any order are fused in the same way.
 *
 * @param f takes float tensors of one dtype whose shapes broadcast, uses only elementwise operations and numbers that never change, and returns a tensor or a list of them.
 *   Numbers that change (a learning rate) are arguments of one element.
 * @returns a function like `f`; its results all have the broadcast shape.
 * @throws UnsupportedError, at the first call, when `f` uses anything else; InvalidInputError as the operations would.
 */
export function fuse<Result extends Tensor | readonly Tensor[]>(
  f: (...inputs: Tensor[]) => Result,
): (...inputs: Tensor[]) => Result {
  const traces = new Map<number, TracedFunction>();
  let isList = false;
  const trace = (count: number): TracedFunction => {
    const traced = traceFunction(count, (symbols) => {
      const result = f(...symbols);
      isList = Array.isArray(result);
      return checkFloats((isList ? result : [result]) as Tensor[]);
    })!;
    traces.set(count, traced);
    return traced;
  };
  return (...inputs) => {
    if (inputs.length === 0) throw new InvalidInputError("fuse: arguments", "one tensor or more", "none");
    const { program, used } = traces.get(inputs.length) ?? trace(inputs.length);
    const shape = broadcastShapes(
      "fuse",
      inputs.map((input) => input.shape),
    );
    const given = used.map((index) => inputs[index]);
    const outputs = runProgram(program, given, shape, inputs[0]);
    return (isList ? outputs : outputs[0]) as Result;
  };
}

function checkFloats(results: readonly Tensor[]): readonly Tensor[] {
  for (const { dtype } of results)
    if (!isFloat(dtype)) throw new InvalidInputError("fuse: result", "float tensors", dtype);
  return results;
}

/**
 * Runs a program on tensors that broadcast to `shape`; results have that shape.
 *
 * @param like decides device and dtype where the program has no inputs.
 */
export function runProgram(program: Program, inputs: readonly Tensor[], shape: Shape, like: Tensor): Tensor[] {
  const { device } = like;
  const tensors = inputs.length + program.outputs.length;
  const isFused = inputs.length > 0 && device.kind !== "tensorflow" && tensors <= device.tensorsPerCall;
  if (!isFused) return runSteps(program, inputs, like).map((output) => broadcastTo(output, shape));
  const isFull = inputs.some((input) => sameShape(input.shape, shape));
  // One input at least must have the shape of the results.
  const repeated = inputs.map((input, index) =>
    (index > 0 || isFull) && patternOf(input.shape, shape) ? input : broadcastTo(input, shape),
  );
  return fusedKernel.run(repeated, { program });
}

/** Runs a program operation by operation. */
export function runSteps(
  { inputs: count, steps, outputs }: Program,
  inputs: readonly Tensor[],
  like: Tensor,
): Tensor[] {
  const { device } = like;
  const dtype = like.dtype as FloatDType;
  const values: Tensor[] = [...inputs];
  const constantOf = (value: number) => (value < count ? undefined : steps[value - count].constant);
  const isConstant = (value: number) => value >= count && steps[value - count].operation === "constant";
  for (const { operation, arguments: own, kind, constant } of steps) {
    if (operation === "constant") values.push(device.full([], constant!, kind === "float" ? dtype : "bool"));
    else if (operation === "cast") values.push(cast(values[own[0]], kind === "float" ? dtype : "bool"));
    else {
      // Of two numbers to choose from, one must be a tensor, to have a dtype.
      const isTensor = own.map(
        (value, position) => !isConstant(value) || (operation === "where" && position === 1 && isConstant(own[2])),
      );
      const constants = own.map((value, position) => (isTensor[position] ? undefined : constantOf(value)));
      const tensors = own.filter((_, position) => isTensor[position]).map((value) => values[value]);
      values.push(mapKernel.run(tensors, { operation, constants })[0]);
    }
  }
  return outputs.map((output) => values[output]);
}

function infer(inputs: readonly TensorSpec[], { program }: FusedOptions): readonly TensorSpec[] {
  if (inputs.length !== program.inputs)
    throw new InvalidInputError("fused: inputs", `${program.inputs} tensors`, inputs.length);
  const { dtype } = inputs[0];
  if (!isFloat(dtype)) throw new InvalidInputError("fused: inputs", "float32 or float64", dtype);
  for (const input of inputs)
    if (input.dtype !== dtype) throw new InvalidInputError("fused: inputs", `tensors of ${dtype}`, input.dtype);
  const shapes = inputs.map((input) => input.shape);
  const shape = broadcastShapes("fused", shapes);
  if (!shapes.every((each) => patternOf(each, shape)))
    throw new InvalidInputError(
      "fused: inputs",
      "tensors of the result's shape, of one element, or of rows of it",
      shapes,
    );
  return program.outputs.map(() => ({ shape, dtype }));
}

function reference(inputs: readonly ReferenceArray[], options: FusedOptions): readonly ReferenceArray[] {
  const { steps, outputs } = options.program;
  const specs = infer(inputs, options);
  const results = specs.map(() => [] as number[]);
  for (let position = 0; position < sizeOf(specs[0].shape); position++) {
    const values = inputs.map(({ data }) => data[position % data.length]);
    for (const { operation, arguments: own, kind, constant } of steps) {
      const given = own.map((argument) => values[argument]);
      if (operation === "constant") values.push(constant!);
      else if (operation === "cast") values.push(kind === "bool" ? Number(given[0] !== 0) : given[0]);
      else values.push(operationNamed(operation).evaluate(...given));
    }
    for (const [k, output] of outputs.entries()) results[k].push(values[output]);
  }
  return specs.map(({ dtype, shape }, k) => referenceArray(dtype, shape, results[k]));
}
