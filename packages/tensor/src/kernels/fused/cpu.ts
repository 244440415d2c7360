import { cpuModule } from "#kernels/fused";
import { bytesPerElement, type FloatDType } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type FusedOptions, patternOf } from "./patterns.ts";
import { blockLayout, compileProgram, UNIT } from "./wasm.ts";

/** Units worth a thread: about 40 µs of a dozen operations. */
const GRAIN = 256;

export const fusedCpu: CpuImplementation<FusedOptions> = {
  module: cpuModule,
  run({ inputs, outputs, upload, parallelGenerated }, { program }) {
    const { shape, size } = outputs[0];
    if (size === 0) return;
    const dtype = outputs[0].dtype as FloatDType;
    const patterns = inputs.map((input) => patternOf(input.shape, shape)!);
    const bytes = bytesPerElement(dtype);
    const layout = blockLayout(program);
    const constants = program.steps.filter(({ operation }) => operation === "constant");
    const words = new Uint32Array(layout.constants / 4 + 2 * constants.length);
    words[0] = size * bytes;
    for (const [index, input] of inputs.entries())
      words.set([input.pointer, input.size * bytes], layout.input(index) / 4);
    for (const [index, output] of outputs.entries()) words[layout.output(index) / 4] = output.pointer;
    const view = new DataView(words.buffer);
    for (const [index, { constant }] of constants.entries())
      if (dtype === "float32") view.setFloat32(layout.constants + 8 * index, constant!, true);
      else view.setFloat64(layout.constants + 8 * index, constant!, true);
    parallelGenerated(
      `${dtype} ${patterns} ${program.structure}`,
      (sharedMemory) => compileProgram(program, patterns, dtype, sharedMemory),
      [upload(words)],
      Math.ceil(size / UNIT),
      GRAIN,
    );
  },
};
