import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/tucker-points";
import { SUFFIX, workspace } from "../../workspace.ts";
import type { TuckerPointsOptions } from "./options.ts";

/** Bytes of a row of a table, as in the AssemblyScript. */
const ROW_BYTES = 64;

export const tuckerPointsCpu: CpuImplementation<TuckerPointsOptions> = {
  module: cpuModule,
  run(call, { lower, upper }) {
    const [points, ...factors] = call.inputs;
    const [values] = call.outputs;
    const [count] = points.shape;
    if (count === 0) return;
    const ranks = factors[3].shape;
    const degrees = factors.slice(0, 3).map(({ shape }) => shape[0]);
    const rows = Math.max(...degrees) + ranks[0] + ranks[1] + ranks[2] + ranks[0] * ranks[1];
    const perPoint = degrees.reduce((sum, m, axis) => sum + 2 * m * ranks[axis], 2 * ranks[0] * ranks[1] * ranks[2]);
    const flops = count * perPoint;
    const space = workspace(call, flops, rows * ROW_BYTES);
    const slots = space.slotsFor(Math.ceil(count / 8), flops);
    const problem = call.upload(
      Uint32Array.of(
        ...[points, ...factors, values].map(({ pointer }) => pointer),
        call.upload(Float64Array.of(...lower, ...upper)),
        count,
        ...degrees,
        ...ranks,
        space.scratch,
        space.slotBytes,
      ),
    );
    call.parallel(`tucker_points_${SUFFIX[values.dtype as FloatDType]}`, [problem, slots], slots, 1);
  },
};
