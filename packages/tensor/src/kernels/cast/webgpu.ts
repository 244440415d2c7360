import { castShader } from "#kernels";
import type { WebGpuImplementation } from "../../kernel.ts";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { CastOptions } from "./index.ts";

export const castWebGpu: WebGpuImplementation<CastOptions> = {
  run({ inputs: [x], outputs: [y], dispatch }) {
    dispatch({ code: castShader, bindings: [x, y], workgroups: workgroupsFor(x.size, 64) });
  },
};
