import type { WebGpuImplementation } from "@ansatz/tensor";
import { newtonDirectionShader } from "#kernels/newton-direction";
import { packUniforms } from "../log-plan/uniforms.ts";
import type { NewtonDirectionOptions } from "./options.ts";

/** Entries times iterations of one dispatch: some 50 ms on a GPU, far from the two seconds after which systems reset it. */
const DISPATCH_WORK = 1 << 26;

export const newtonDirectionWebGpu: WebGpuImplementation<NewtonDirectionOptions> = {
  dtypes: ["float32", "int32"],
  run({ inputs, outputs, dispatch, scratch }, { rows, shift, tolerance, maximumIterations }) {
    const [sums, , , indices] = inputs;
    const columns = sums.size - rows;
    const capacity = indices.shape[1];
    const chunk = Math.max(16, Math.ceil(DISPATCH_WORK / (2 * capacity + rows + columns)));
    const uniforms = packUniforms([
      ...[rows, columns, capacity, chunk, maximumIterations].map((u32) => ({ u32 })),
      { f32: 1 + shift },
      { f32: tolerance * tolerance },
    ]);
    const room = scratch((2 * rows + 4 * columns + 5) * 4);
    const run = (entryPoint: string) =>
      dispatch({
        code: newtonDirectionShader,
        entryPoint,
        bindings: [...inputs, ...outputs, room],
        uniforms,
        workgroups: [1],
      });
    run("begin_solve");
    for (let done = 0; done < maximumIterations; done += chunk) run("iterate");
    run("finish_solve");
  },
};
