import { cpuModule } from "#kernels/log-bessel";
import type { CpuArray, CpuCall } from "../../device/cpu/call.ts";
import type { CpuImplementation } from "../../kernel.ts";
import { type BlockArgument, callBlock } from "../map/call-block.ts";
import { slopeCoefficients, uniformCoefficients } from "./coefficients.ts";
import type { BesselFunction, LogBesselOptions, LogBesselPairOptions } from "./options.ts";

/** As in cpu.as.ts: scratch memory per element. */
const ELEMENT_BYTES = 64;

/** Elements that share scratch memory; 2 ms of work. */
const SLAB = 1 << 16;

/** Elements worth a thread: 50 µs. */
const GRAIN = 1 << 11;

const MEMORY_GRAIN = 1 << 15;

/** As in fallback.as.ts. */
const STEP = 1 / 8;
const MOST_NODES = 288;
const MOST_HANKEL_TERMS = 20;

let table: Float64Array<ArrayBuffer> | undefined;

/** What functions.as.ts says: 104 coefficients, 104 of slopes, 1/k for k ≤ 20, cosh t − 1. */
function expressionTable(): Float64Array<ArrayBuffer> {
  table ??= Float64Array.from([
    ...uniformCoefficients().flat(),
    ...slopeCoefficients().flat(),
    ...Array.from({ length: MOST_HANKEL_TERMS + 1 }, (_, k) => 1 / Math.max(1, k)),
    ...Array.from({ length: MOST_NODES }, (_, node) => 2 * Math.sinh((node * STEP) / 2) ** 2),
  ]);
  return table;
}

export const logBesselCpu: CpuImplementation<LogBesselOptions> = {
  module: cpuModule,
  run(call, { function: name, order, guards = true }) {
    const [y] = call.outputs;
    const x = call.inputs[call.inputs.length - 1];
    const orders: BlockArgument = order === undefined ? call.inputs[0] : { shape: [], constant: order };
    runLogBessel(call, name, guards, orders, x, y);
  },
};

/** Logarithms or ratios of broadcast orders and arguments, all of the dtype of y. */
function runLogBessel(
  call: CpuCall,
  name: BesselFunction,
  guards: boolean,
  orders: BlockArgument,
  x: BlockArgument,
  y: Pick<CpuArray, "pointer" | "shape" | "size" | "dtype">,
): void {
  if (y.size === 0) return;
  const block = callBlock(call, [orders, x], y.dtype, y);
  const uploaded = call.upload(expressionTable());
  const length = Math.min(y.size, SLAB);
  const scratch = call.scratch((length + 16) * ELEMENT_BYTES);
  const suffix = y.dtype === "float32" ? "f32" : "f64";
  for (let first = 0; first < y.size; first += SLAB) {
    const parameters = [block, uploaded, scratch, first, guards ? 1 : 0];
    call.parallel(`log_bessel_${name}_${suffix}`, parameters, Math.min(SLAB, y.size - first), GRAIN);
  }
}

/** Pairs of float32 by way of float64. */
export const logBesselPairCpu: CpuImplementation<LogBesselPairOptions> = {
  module: cpuModule,
  run(call, { function: name }) {
    const [high, low] = call.outputs;
    if (high.size === 0) return;
    const [orders, x] = [0, 2].map((first): BlockArgument => {
      const { shape, size, pointer } = call.inputs[first];
      const sums = call.scratch(8 * size);
      call.parallel("log_bessel_join", [pointer, call.inputs[first + 1].pointer, sums], size, MEMORY_GRAIN);
      return { shape, pointer: sums };
    });
    const values = call.scratch(8 * high.size);
    const { shape, size } = high;
    runLogBessel(call, name, true, orders, x, { pointer: values, shape, size, dtype: "float64" });
    call.parallel("log_bessel_split", [values, high.pointer, low.pointer], size, MEMORY_GRAIN);
  },
};
