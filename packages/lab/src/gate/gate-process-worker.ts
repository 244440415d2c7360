/** Loads two builds side by side and measures pairs of their workloads: the process that gives one log-ratio per pair. Started by `measuring-process.ts`. */
import type { Device, DeviceKind } from "@ansatz/tensor";
import type { Workload } from "../benchmark.ts";
import { gpuClockOf } from "../benchmarking/gpu-timing.ts";
import { messageOf } from "../error-message.ts";
import { bytesPerIteration } from "./allocation.ts";
import { LoadedBuild, loadBuiltModules } from "./loaded-build.ts";
import { onSide, ratioOf, type Side, SideError, type SideName, timePair, timePairOnGpu } from "./pair-timing.ts";
import type {
  MeasuringJob,
  PairFailure,
  PairMeasurement,
  ProcessJob,
  ProcessMessage,
  SideMeasurement,
  WorkloadPair,
  WorkloadReference,
} from "./protocol.ts";

const HEARTBEAT_MS = 500;

/**
 * Work that leaves this much garbage spends a good part of its time on collecting it, which the fastest batches would hide. At less, V8's young generation (16 MiB) is collected at most every 160 ms, for a
 * millisecond or so.
 */
const ALLOCATING_BYTES_PER_SECOND = 1e8;

const never = new AbortController().signal;

process.once("message", (job: ProcessJob) => {
  run(job)
    .catch((error) => tell({ kind: "broken", reason: messageOf(error) }))
    // Not left to end by itself: workloads may hold threads, timers and GPUs.
    .finally(() => process.exit());
});
// The parent is gone: nobody wants the numbers.
process.once("disconnect", () => process.exit());

function tell(message: ProcessMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()) ?? resolve());
}

async function run(job: ProcessJob): Promise<void> {
  loadBuiltModules(job.kind === "list" ? [job.directory] : [job.base, job.head]);
  if (job.kind === "list") {
    const build = await LoadedBuild.load(job.directory);
    return tell({ kind: "listed", listing: build.list(job.devices) });
  }
  const folders = job.headFirst ? [job.head, job.base] : [job.base, job.head];
  const builds = new Map<string, LoadedBuild>();
  for (const folder of folders) builds.set(folder, await LoadedBuild.load(folder));
  for (const [index, pair] of job.pairs.entries()) {
    await tell({ kind: "started", pair: index });
    await tell(await measure(job, builds, pair, index));
  }
}

interface PreparedSide extends Side {
  readonly device: Device;
}

type Outcome = ProcessMessage & { readonly kind: "measured" | "failed" };

async function measure(
  job: MeasuringJob,
  builds: ReadonlyMap<string, LoadedBuild>,
  pair: WorkloadPair,
  index: number,
): Promise<Outcome> {
  await using stack = new AsyncDisposableStack();
  try {
    const sides = new Map<SideName, PreparedSide>();
    for (const side of job.headFirst ? (["head", "base"] as const) : (["base", "head"] as const)) {
      const build = builds.get(job[side]) as LoadedBuild;
      sides.set(side, await onSide(side, () => prepare(side, build, pair[side], stack)));
    }
    const [base, head] = [sides.get("base") as PreparedSide, sides.get("head") as PreparedSide];
    return { kind: "measured", pair: index, measurement: await measurePair(job, base, head, pair, index) };
  } catch (error) {
    const side = error instanceof SideError ? error.side : "both";
    const cause = error instanceof SideError ? error.cause : error;
    // By code, not by class: each build has its own copy of the class.
    const status = (cause as { code?: string } | null)?.code === "UNSUPPORTED" ? "unsupported" : "failed";
    const failure: PairFailure = { status, side, reason: messageOf(cause) };
    return { kind: "failed", pair: index, failure };
  }
}

async function prepare(
  name: SideName,
  build: LoadedBuild,
  reference: WorkloadReference,
  stack: AsyncDisposableStack,
): Promise<PreparedSide> {
  const { benchmark, benchmarkCase } = build.find(reference);
  const device = await build.device(benchmark, reference.device as DeviceKind);
  const workload = stack.adopt(await benchmark.setup({ case: benchmarkCase, device }), async (each) => each.dispose());
  const pending = workload.run();
  await pending;
  await workload.validate();
  // Between the awaits of an asynchronous workload, the GPU's time is not its own.
  const clock = pending === undefined ? gpuClockOf(device) : undefined;
  return { name, workload, device, settle: () => device.synchronize(), ...(clock && { clock }) };
}

async function measurePair(
  job: MeasuringJob,
  base: PreparedSide,
  head: PreparedSide,
  pair: WorkloadPair,
  index: number,
): Promise<PairMeasurement> {
  const beat = heartbeat(index);
  const timing = await timePair(base, head, {
    milliseconds: job.milliseconds,
    headFirst: job.headFirst,
    ...(pair.extraEvery && { extraEvery: pair.extraEvery }),
    signal: never,
    onRound: (fraction) => beat("timing", fraction),
  });
  // Samples are for comparing rules on wall time.
  const gpu = job.samples ? null : await timePairOnGpu(base, head, { ...timing, headFirst: job.headFirst });
  const before = await onSide("base", () => describe(base));
  const after = await onSide("head", () => describe(head));
  const bytesPerSecond = Math.max(
    before.bytesPerIteration / Math.min(...timing.base),
    after.bytesPerIteration / Math.min(...timing.head),
  );
  const isAllocating = bytesPerSecond >= ALLOCATING_BYTES_PER_SECOND;
  const { logRatio, statistic, baseSeconds, headSeconds } = ratioOf(timing, isAllocating);
  return {
    logRatio,
    statistic,
    base: { ...before, seconds: baseSeconds, ...(job.samples && { samples: timing.base }) },
    head: { ...after, seconds: headSeconds, ...(job.samples && { samples: timing.head }) },
    callsPerBatch: timing.callsPerBatch,
    batches: timing.base.length,
    gpu,
  };
}

/** What a workload says beside time, once it is warm: while it is being compiled, it allocates more. */
async function describe({ workload, device }: PreparedSide): Promise<Omit<SideMeasurement, "seconds">> {
  const counted = await countWork(workload, device);
  const bytes = await bytesPerIteration(workload);
  await workload.validate();
  return {
    bytesPerIteration: bytes,
    counts: { ...counted, ...(await workload.counts?.()) },
    maximalError: (await workload.maximalError?.()) ?? null,
    dtype: workload.dtype ?? "float32",
    cost: workload.cost,
  };
}

/** What one call has the device do; nothing where the device is of a version that does not count. */
async function countWork(workload: Workload, device: Partial<Device>): Promise<Record<string, number>> {
  const before = device.work?.();
  if (before === undefined) return {};
  await workload.run();
  const { kernels, dispatches, uploadedBytes } = device.work?.() ?? before;
  return {
    kernels: kernels - before.kernels,
    dispatches: dispatches - before.dispatches,
    "uploaded bytes": uploadedBytes - before.uploadedBytes,
  };
}

function heartbeat(pair: number): (doing: string, fraction: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (doing, fraction) => {
    const now = performance.now();
    if (now - last < HEARTBEAT_MS) return;
    last = now;
    void tell({ kind: "heartbeat", pair, doing, fraction });
  };
}
