import type { WebGpuImplementation } from "@ansatz/tensor";
import { tuckerPointsShader } from "#kernels/tucker-points";
import type { TuckerPointsOptions } from "./options.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 64;

/** Points whose univariate factors are held at a time. */
const CHUNK = 1 << 16;

export const tuckerPointsWebGpu: WebGpuImplementation<TuckerPointsOptions> = {
  dtypes: ["float32"],
  run(call, { lower, upper }) {
    const [points, ...factors] = call.inputs;
    const [values] = call.outputs;
    const [count] = points.shape;
    const ranks = factors[3].shape;
    const rows = ranks[0] + ranks[1] + ranks[2];
    const columns = call.scratch(4 * rows * Math.max(1, Math.min(CHUNK, count)));
    for (let first = 0; first < count; first += CHUNK) {
      const size = Math.min(CHUNK, count - first);
      const uniforms = new ArrayBuffer(80);
      new Float32Array(uniforms).set([...lower, 0, ...upper, 0]);
      const degrees = factors.slice(0, 3).map(({ shape }) => shape[0]);
      new Uint32Array(uniforms).set([...degrees, 0, ...ranks, 0, first, size], 8);
      const groups = Math.ceil(size / WORKGROUP_SIZE);
      const step = (entryPoint: string, y: number) =>
        call.dispatch({
          code: tuckerPointsShader,
          entryPoint,
          bindings: [points, ...factors, columns, values],
          uniforms: new Uint32Array(uniforms),
          workgroups: [groups, y],
        });
      step("univariate", rows);
      step("contract", 1);
    }
  },
};
