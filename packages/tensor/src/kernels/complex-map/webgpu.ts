import { complexMapShader } from "#kernels/complex-map";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { broadcastAxes } from "../map/broadcast.ts";
import type { ComplexOperation } from "./operations.ts";
import type { ComplexMapOptions } from "./options.ts";

const WORKGROUP_SIZE = 256;
const NUMBERS: Readonly<Record<ComplexOperation, number>> = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  where: 4,
  neg: 5,
};

export const complexMapWebGpu: WebGpuImplementation<ComplexMapOptions> = {
  run({ inputs, outputs: [y], dispatch, upload }, { operation }) {
    if (y.size === 0) return;
    // A condition and two numbers; what an operation does not have is the last one again.
    const pair = operation === "where" ? inputs.slice(1) : inputs;
    const all = [inputs[0], pair[0], pair[1] ?? pair[0]];
    const { extents, strides } = broadcastAxes(
      y.shape,
      all.map(({ shape }) => shape),
    );
    const axes = extents.flatMap((extent, axis) => [extent, ...strides.map((list) => list[axis])]);
    dispatch({
      code: complexMapShader,
      constants: { operation: NUMBERS[operation] },
      bindings: [...all, y, upload(Uint32Array.from(axes.length > 0 ? axes : [1, 0, 0, 0]))],
      uniforms: Uint32Array.of(y.size, extents.length),
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
