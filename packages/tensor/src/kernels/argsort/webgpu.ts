import { argsortKeyShader, argsortShader } from "#kernels/argsort";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { DType } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { nextPowerOfTwo } from "../reduce/webgpu.ts";
import { sortPairs } from "./bitonic.ts";
import { type ArgsortOptions, sortGeometry } from "./geometry.ts";

const WORKGROUP_SIZE = 256;

/** Numbers of the kinds of elements in key.wgsl. */
export const SORT_KINDS: Readonly<Partial<Record<DType, number>>> = { float32: 0, int32: 1, uint32: 2, bool: 2 };

const CODE = `${argsortKeyShader}\n${argsortShader}`;

export const argsortWebGpu: WebGpuImplementation<ArgsortOptions> = {
  dtypes: ["float32", "int32", "uint32", "bool"],
  run(call, options) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const { lines, length, inner, count } = sortGeometry(x.shape, options);
    const padded = nextPowerOfTwo(length);
    const total = lines * padded;
    const pairs = call.scratch(8 * total);
    const shared = {
      code: CODE,
      constants: { kind: SORT_KINDS[x.dtype]!, descending: options.descending ? 1 : 0 },
      uniforms: Uint32Array.of(total, padded, length, inner, count, y.size),
    };
    call.dispatch({
      ...shared,
      entryPoint: "keys",
      bindings: [x, pairs],
      workgroups: workgroupsFor(total, WORKGROUP_SIZE),
    });
    sortPairs(call, pairs, lines, padded);
    call.dispatch({
      ...shared,
      entryPoint: "positions_of_pairs",
      bindings: [pairs, y],
      workgroups: workgroupsFor(y.size, WORKGROUP_SIZE),
    });
  },
};
