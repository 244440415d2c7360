import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/newton-direction";
import type { NewtonDirectionOptions } from "./options.ts";

export const newtonDirectionCpu: CpuImplementation<NewtonDirectionOptions> = {
  module: cpuModule,
  run({ inputs, outputs, invoke, scratch }, { rows, shift, tolerance, maximumIterations }) {
    const [sums, , , indices] = inputs;
    const columns = sums.size - rows;
    const arrays = [...inputs, ...outputs].map(({ pointer }) => pointer);
    const room = scratch((2 * rows + 4 * columns) * 8);
    const type = sums.dtype === "float32" ? "f32" : "f64";
    const capacity = indices.shape[1];
    invoke(`newton_direction_${type}`, ...arrays, room, rows, columns, capacity, shift, tolerance, maximumIterations);
  },
};
