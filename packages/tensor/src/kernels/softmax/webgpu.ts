import {
  softmaxCollectShader,
  softmaxExponentialShader,
  softmaxHeldShader,
  softmaxMergeShader,
  softmaxWriteShader,
} from "#kernels/softmax";
import { type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type LineGeometry, lineGeometry } from "../arg-extremum/geometry.ts";
import { nextPowerOfTwo } from "../reduce/webgpu.ts";
import type { SoftmaxAlgorithm, SoftmaxKernelOptions } from "./options.ts";

/** As in held.wgsl and collect.wgsl. */
const WORKGROUP_SIZE = 256;
const HELD_ITEMS = 16;

/** Neighbouring lines that a workgroup takes side by side where they do not lie along memory: at least so many as fill a cache line, at most two. */
const NEIGHBOURS = { least: 16, most: 32 };

/** Elements that an invocation goes through; longer lines are cut into parts. */
const ITEMS = 16;

/** Elements that make another invocation worth it. */
const WORTHWHILE_ITEMS = 4;

/** Bytes of a state in a storage buffer. */
const STATE_BYTES = 12;

/** The passes of collect.wgsl, one after the other, and what write.wgsl makes of the last. */
interface Plan {
  readonly passes: readonly number[];
  readonly result: number;
}

const PASS = { maximum: 0, sum: 1, sumAndStore: 2, extendedSum: 3, onlineSum: 4, repair: 5 };
const RESULT = { fromExponent: 0, fromMaximum: 1, fromTerm: 2, logarithm: 3 };

const PLANS: Readonly<Record<SoftmaxAlgorithm, Plan>> = {
  "two-pass": { passes: [PASS.extendedSum, PASS.repair], result: RESULT.fromExponent },
  "three-pass-recompute": { passes: [PASS.maximum, PASS.sum], result: RESULT.fromMaximum },
  "three-pass-reload": { passes: [PASS.maximum, PASS.sumAndStore], result: RESULT.fromTerm },
  online: { passes: [PASS.onlineSum], result: RESULT.fromMaximum },
};

export const softmaxWebGpu: WebGpuImplementation<SoftmaxKernelOptions> = {
  dtypes: ["float32"],
  run(call, { axis, algorithm, logarithm }) {
    const [x] = call.inputs;
    if (x.size === 0) return;
    const geometry = lineGeometry("softmax", x.shape, axis);
    const columns = heldColumns(geometry);
    if (columns > 0) hold(call, geometry, columns, logarithm);
    else {
      const plan = PLANS[algorithm === "auto" ? "online" : algorithm];
      passOver(call, geometry, logarithm ? { ...plan, result: RESULT.logarithm } : plan);
    }
  },
};

/** Lines of a workgroup that holds them in registers; 0 where they are too long. */
function heldColumns({ length, inner }: LineGeometry): number {
  if (inner === 1) {
    const lanes = Math.min(WORKGROUP_SIZE, nextPowerOfTwo(length / WORTHWHILE_ITEMS));
    return length <= HELD_ITEMS * lanes ? WORKGROUP_SIZE / lanes : 0;
  }
  let columns = Math.min(NEIGHBOURS.most, nextPowerOfTwo(inner));
  while (columns > NEIGHBOURS.least && length > (HELD_ITEMS * WORKGROUP_SIZE) / columns) columns /= 2;
  return length <= (HELD_ITEMS * WORKGROUP_SIZE) / columns ? columns : 0;
}

function hold(call: WebGpuCall, { outer, length, inner }: LineGeometry, columns: number, logarithm: boolean): void {
  const lines = outer * inner;
  call.dispatch({
    code: softmaxExponentialShader + softmaxHeldShader,
    constants: { logarithm: logarithm ? 1 : 0 },
    bindings: [call.inputs[0], call.outputs[0]],
    uniforms: Uint32Array.of(length, inner, lines, columns),
    workgroups: workgroupsFor(lines, columns),
  });
}

function passOver(call: WebGpuCall, geometry: LineGeometry, { passes, result }: Plan): void {
  const [x] = call.inputs;
  const [y] = call.outputs;
  const { outer, length, inner } = geometry;
  let states = call.scratch(STATE_BYTES);
  let first = states;
  for (const [index, pass] of passes.entries()) {
    states = collect(call, geometry, pass, states);
    if (index === 0) first = states;
  }
  // The two-pass algorithm's own states, and those repaired; else the last ones, which there is no need to repair.
  const isExtended = result === RESULT.fromExponent;
  call.dispatch({
    code: softmaxExponentialShader + softmaxWriteShader,
    constants: { result },
    bindings: [x, isExtended ? first : states, isExtended ? states : call.scratch(STATE_BYTES), y],
    uniforms: Uint32Array.of(length, inner, outer * length * inner),
    workgroups: workgroupsFor(outer * length * inner, WORKGROUP_SIZE),
  });
}

/** One pass over all elements; returns the states of lines. */
function collect(call: WebGpuCall, { outer, length, inner }: LineGeometry, pass: number, bases: GPUBuffer): GPUBuffer {
  const columns = inner === 1 ? 1 : Math.min(NEIGHBOURS.most, nextPowerOfTwo(inner));
  const part = (ITEMS * WORKGROUP_SIZE) / columns;
  const parts = Math.ceil(length / part);
  const size = outer * parts * inner;
  const states = call.scratch(size * STATE_BYTES);
  call.dispatch({
    code: softmaxExponentialShader + softmaxCollectShader,
    constants: { purpose: pass },
    bindings: [call.inputs[0], bases, states, call.outputs[0]],
    uniforms: Uint32Array.of(length, inner, part, parts, size, columns),
    workgroups: workgroupsFor(size, columns),
  });
  if (parts === 1) return states;
  const lines = call.scratch(outer * inner * STATE_BYTES);
  call.dispatch({
    code: softmaxExponentialShader + softmaxMergeShader,
    constants: { to_exponent: pass === PASS.extendedSum ? 1 : 0 },
    bindings: [states, lines],
    uniforms: Uint32Array.of(parts, inner, outer * inner),
    workgroups: workgroupsFor(outer * inner, 1),
  });
  return lines;
}
