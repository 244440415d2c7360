import type { CpuArray, CpuCall, CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/linear-combination";
import { type LinearCombinationOptions, MOST_TERMS } from "./options.ts";

/** Where things are in a block of f64, as in cpu.as.ts. */
const FIRST_OUTPUT = MOST_TERMS;
const FIRST_COEFFICIENT = MOST_TERMS + 2;
const BLOCK_LENGTH = FIRST_COEFFICIENT + 2 * MOST_TERMS;

/** Bytes worth a thread: about 30 µs of memory traffic. */
const GRAIN_BYTES = 1 << 19;

/** Coefficients of fewer dimensions are repeated to so many, so that the loop over them is worth its beginning. */
const SHORTEST_RUN = 64;

/** Filled anew by each call; `upload` copies it. */
const block = new Float64Array(BLOCK_LENGTH);

export const linearCombinationCpu: CpuImplementation<LinearCombinationOptions> = {
  module: cpuModule,
  run(call, { coefficients }) {
    const { inputs, outputs } = call;
    const [{ size, dtype }] = outputs;
    describeTensors(inputs, outputs);
    for (let output = 0; output < coefficients.length; output++)
      block.set(coefficients[output], FIRST_COEFFICIENT + output * MOST_TERMS);
    const name = `linear_combination_${outputs.length === 2 ? "two_" : ""}${dtype === "float32" ? "f32" : "f64"}`;
    const address = call.upload(block);
    call.parallel(name, [address, inputs.length], size, grainOf(inputs.length + outputs.length, dtype));
  },
};

export const dimensionCombinationCpu: CpuImplementation<null> = {
  module: cpuModule,
  run(call) {
    const [given, ...tensors] = call.inputs;
    const [{ size, dtype }] = call.outputs;
    if (size === 0) return;
    describeTensors(tensors, call.outputs);
    const { dimensions, pointer } = repeated(call, given);
    call.parallel(
      `linear_combination_dimensions_${dtype === "float32" ? "f32" : "f64"}`,
      [call.upload(block), tensors.length, dimensions, pointer],
      size,
      grainOf(tensors.length + 1, dtype),
    );
  },
};

function describeTensors(tensors: readonly CpuArray[], outputs: readonly CpuArray[]): void {
  for (let term = 0; term < tensors.length; term++) block[term] = tensors[term].pointer;
  for (let output = 0; output < outputs.length; output++) block[FIRST_OUTPUT + output] = outputs[output].pointer;
}

function grainOf(tensors: number, dtype: string): number {
  return Math.ceil(GRAIN_BYTES / (tensors * (dtype === "float32" ? 4 : 8)));
}

/** Coefficients [terms, D], or several times each row one after the other where D is small. */
function repeated(call: CpuCall, given: CpuArray): { readonly dimensions: number; readonly pointer: number } {
  const [terms, dimensions] = given.shape;
  if (dimensions >= SHORTEST_RUN) return { dimensions, pointer: given.pointer };
  const times = Math.ceil(SHORTEST_RUN / dimensions);
  const values =
    given.dtype === "float32"
      ? new Float32Array(terms * dimensions * times)
      : new Float64Array(terms * dimensions * times);
  const rows = given.view();
  for (let index = 0; index < values.length; index++) {
    const term = Math.floor(index / (dimensions * times));
    values[index] = rows[term * dimensions + (index % dimensions)];
  }
  return { dimensions: dimensions * times, pointer: call.upload(values) };
}
