import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Device, type FloatDType, isFloat, type Kernel, type Tensor } from "@ansatz/tensor";
import { writeFileAtomically } from "../atomic-write.ts";
import type { Workload } from "../benchmark.ts";
import { dataFolder } from "../data-folder.ts";
import { fingerprint } from "../environment.ts";
import type { Ceilings } from "./benchmark-result.ts";
import { timeContenders } from "./timing.ts";

export interface CeilingsOptions {
  /** Measure even if it was measured before. Default false. */
  readonly fresh?: boolean;
  /** Where measurements are kept, in `ceilings.json`. Default: `dataFolder()`. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/** Elements of the copied array: 128 MiB of float32, beyond any cache, and the largest buffer that every WebGPU device binds. */
const COPIED_ELEMENTS = 2 ** 25;

/** Sizes of matrix products, each tried unless the one before took so long that a larger one would only be slower to measure. */
const PRODUCT_SIZES = [512, 1024, 2048, 4096, 8192];
const LONG_PRODUCT_SECONDS = 0.05;

/** For each measurement; the fastest of its samples counts. */
const MILLISECONDS = 200;

const measured = new Map<string, Ceilings>();

/**
 * The best this device does on this machine: copy bandwidth, and matmul speed per float dtype, as the fastest of repeated measurements.
 * Measured once per machine and device, which takes some seconds, and kept in a file.
 */
export async function measureCeilings(device: Device, options: CeilingsOptions = {}): Promise<Ceilings> {
  const { fresh = false, folder = dataFolder(), signal = new AbortController().signal } = options;
  const path = join(folder, "ceilings.json");
  const identity = `${fingerprint(device.description).id} ${device.description.name}`;
  const known = fresh ? undefined : (measured.get(identity) ?? (await readStored(path))[identity]);
  const ceilings = known ?? (await measure(device, signal));
  measured.set(identity, ceilings);
  if (!known) await store(path, identity, ceilings);
  return ceilings;
}

async function readStored(path: string): Promise<Record<string, Ceilings>> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    // Missing or damaged: it only costs measuring again.
    return {};
  }
}

async function store(path: string, identity: string, ceilings: Ceilings): Promise<void> {
  const all = { ...(await readStored(path)), [identity]: ceilings };
  await writeFileAtomically(path, `${JSON.stringify(all, null, 2)}\n`);
}

async function measure(device: Device, signal: AbortSignal): Promise<Ceilings> {
  const matmulGigaflopsPerSecond: Partial<Record<FloatDType, number>> = {};
  for (const dtype of device.description.dtypes.filter(isFloat))
    matmulGigaflopsPerSecond[dtype] = await measureMatmul(device, dtype, signal);
  return {
    copyGigabytesPerSecond: await measureCopy(device, signal),
    matmulGigaflopsPerSecond,
    measuredAt: new Date().toISOString(),
  };
}

async function measureCopy(device: Device, signal: AbortSignal): Promise<number> {
  const { mapKernel } = await import("@ansatz/tensor");
  using from = device.full([COPIED_ELEMENTS], 1, "float32");
  using to = device.zeros([COPIED_ELEMENTS], "float32");
  // A copy that flips the sign on the way: no device is slower for it, and none can take it for nothing to do.
  const workload = kernelCall(mapKernel, [from], to, { operation: "neg" });
  return workload.cost.bytes / (await fastestSeconds(device, workload, signal)) / 1e9;
}

async function measureMatmul(device: Device, dtype: FloatDType, signal: AbortSignal): Promise<number> {
  const { matmulKernel } = await import("@ansatz/tensor");
  let best = 0;
  for (const size of PRODUCT_SIZES) {
    using a = device.full([size, size], 1, dtype);
    using b = device.full([size, size], 1, dtype);
    using product = device.zeros([size, size], dtype);
    const workload = kernelCall(matmulKernel, [a, b], product, { transposeA: false, transposeB: false });
    const seconds = await fastestSeconds(device, workload, signal);
    best = Math.max(best, workload.cost.flops / seconds / 1e9);
    if (seconds > LONG_PRODUCT_SECONDS) break;
  }
  return best;
}

function kernelCall<Options>(kernel: Kernel<Options>, inputs: Tensor[], output: Tensor, options: Options): Workload {
  return {
    run: () => kernel.runInto(inputs, [output], options),
    // Kernels are validated by their own tests; here only the clock matters.
    validate: async () => {},
    cost: kernel.cost(inputs, options),
    dispose() {},
  };
}

async function fastestSeconds(device: Device, workload: Workload, signal: AbortSignal): Promise<number> {
  const contender = { workload, settle: () => device.synchronize() };
  const [{ timing }] = await timeContenders([contender], { milliseconds: MILLISECONDS, signal });
  return timing.minimumSeconds;
}
