import { type Device, type DeviceKind, type DeviceOptions, openDevice, UnsupportedError } from "@ansatz/tensor";
import type { Benchmark, BenchmarkCase, BenchmarkPeer, Workload } from "../benchmark.ts";
import { describeEnvironment } from "../environment.ts";
import { messageOf } from "../error-message.ts";
import type { AbsentPeer, BenchmarkResult, CaseResult, Ceilings, PeerResult, Throughput } from "./benchmark-result.ts";
import { measureCeilings } from "./ceilings.ts";
import { gpuClockOf } from "./gpu-timing.ts";
import { type Contender, median, type TimedContender, timeContenders, timeOnGpu } from "./timing.ts";

/** Of a case's time, in addition, for its time on the GPU. */
const GPU_SHARE = 0.25;

/** How far a benchmark has come. */
export interface BenchmarkProgress {
  /** Cases finished, with the fraction of the one under way. */
  readonly done: number;
  readonly total: number;
  /** The case under way. */
  readonly message: string;
}

export interface BenchmarkOptions {
  /** A kind is opened for the benchmark and closed after it; an open device stays open. */
  readonly device: DeviceKind | Device;
  /** Passed to `openDevice` when `device` is a kind. */
  readonly deviceOptions?: DeviceOptions[DeviceKind];
  /** Names of the cases to run. Default: all. */
  readonly cases?: readonly string[];
  /** Time for each workload of each case. Default 1000. */
  readonly milliseconds?: number;
  /** What shares are computed from; null: leave them out. Default: `measureCeilings`, which measures once and remembers. */
  readonly ceilings?: Ceilings | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BenchmarkProgress) => void;
}

/**
 * Times every case of a benchmark on a device, beside its peers. Results are validated before and after; a case that is wrong, broken or impossible here is reported as that.
 *
 * @throws DeviceUnavailableError when the device cannot be opened.
 */
export async function runBenchmark(benchmark: Benchmark, options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { device: wanted, deviceOptions } = options;
  if (typeof wanted !== "string") return timeCases(benchmark, wanted, options);
  await using device = await openDevice(wanted, deviceOptions);
  return await timeCases(benchmark, device, options);
}

async function timeCases(benchmark: Benchmark, device: Device, options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { signal = new AbortController().signal, milliseconds = 1000, onProgress = () => {} } = options;
  const environment = await describeEnvironment(device.description, benchmark.origin);
  const ceilings = options.ceilings === undefined ? await measureCeilings(device) : options.ceilings;
  const startedAt = new Date().toISOString();
  const wanted = benchmark.cases.filter(({ name }) => options.cases?.includes(name) ?? true);
  const cases: CaseResult[] = [];
  for (const [index, benchmarkCase] of wanted.entries()) {
    if (signal.aborted) break;
    const tell = (fraction: number) =>
      onProgress({ done: index + fraction, total: wanted.length, message: `${benchmark.id} ${benchmarkCase.name}` });
    tell(0);
    const result = await timeCase(benchmark, benchmarkCase, { device, ceilings, milliseconds, signal, tell });
    if (result) cases.push(result);
    tell(1);
  }
  return {
    benchmark: benchmark.id,
    status: signal.aborted ? "CANCELLED" : "COMPLETE",
    device: { kind: device.kind, name: device.description.name },
    ...environment,
    startedAt,
    finishedAt: new Date().toISOString(),
    ceilings,
    cases,
  };
}

interface CaseContext {
  readonly device: Device;
  readonly ceilings: Ceilings | null;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  tell(fraction: number): void;
}

/** A peer of the case at hand that is ready to run. */
interface ReadyPeer {
  readonly name: string;
  readonly version: string;
  readonly contender: Contender;
}

/** Undefined when the signal fired. */
async function timeCase(
  benchmark: Benchmark,
  benchmarkCase: BenchmarkCase,
  context: CaseContext,
): Promise<CaseResult | undefined> {
  const { device, signal } = context;
  const { name } = benchmarkCase;
  const tensorsBefore = device.memory().tensors;
  let result: CaseResult;
  try {
    result = await timeWorkloads(benchmark, benchmarkCase, context);
  } catch (error) {
    if (signal.aborted) return undefined;
    return { name, status: error instanceof UnsupportedError ? "unsupported" : "failed", reason: messageOf(error) };
  }
  const leaked = device.memory().tensors - tensorsBefore;
  return leaked <= 0 ? result : { name, status: "failed", reason: `its dispose() left ${leaked} tensors alive` };
}

async function timeWorkloads(
  benchmark: Benchmark,
  benchmarkCase: BenchmarkCase,
  context: CaseContext,
): Promise<CaseResult> {
  const { device, ceilings, milliseconds, signal, tell } = context;
  await using stack = new AsyncDisposableStack();
  const keep = (workload: Workload) => stack.adopt(workload, async () => workload.dispose());
  const workload = keep(await benchmark.setup({ case: benchmarkCase, device }));
  const ours: Contender = { workload, settle: () => device.synchronize() };
  const pending = workload.run();
  await pending;
  await workload.validate();
  // Between the awaits of an asynchronous workload, the GPU's time is not its own.
  const clock = pending === undefined ? gpuClockOf(device) : undefined;

  const ready: ReadyPeer[] = [];
  const absent: AbsentPeer[] = [];
  for (const peer of benchmark.peers) {
    if (peer.devices && !peer.devices.includes(device.kind)) continue;
    const prepared = await preparePeer(peer, benchmarkCase, keep);
    if ("contender" in prepared) ready.push(prepared);
    else absent.push(prepared);
  }

  const [timed, ...timedPeers] = await timeContenders([ours, ...ready.map(({ contender }) => contender)], {
    milliseconds,
    signal,
    onRound: (done, total) => tell(done / total),
  });
  const { callsPerSample } = timed.timing;
  const gpuTiming = clock && (await timeOnGpu({ workload, clock }, callsPerSample, GPU_SHARE * milliseconds));
  await workload.validate();
  const peers: PeerResult[] = [...absent];
  for (const [index, peer] of ready.entries()) peers.push(await comparePeer(peer, timedPeers[index], timed, ceilings));
  return {
    name: benchmarkCase.name,
    status: "measured",
    cost: workload.cost,
    timing: timed.timing,
    ...(gpuTiming && { gpuTiming }),
    throughput: throughputOf(workload, timed.timing.medianSeconds, ceilings),
    peers,
  };
}

async function preparePeer(
  peer: BenchmarkPeer,
  benchmarkCase: BenchmarkCase,
  keep: (workload: Workload) => Workload,
): Promise<ReadyPeer | AbsentPeer> {
  let ready: ReadyPeer;
  try {
    const contender: Contender = { workload: keep(await peer.setup(benchmarkCase)), settle: async () => {} };
    ready = { name: peer.name, version: await peer.version(), contender };
  } catch (error) {
    return { name: peer.name, status: "unavailable", reason: messageOf(error) };
  }
  try {
    await ready.contender.workload.run();
    await ready.contender.workload.validate();
    return ready;
  } catch (error) {
    return { name: peer.name, status: "failed", reason: messageOf(error) };
  }
}

async function comparePeer(
  { name, version, contender: { workload } }: ReadyPeer,
  timed: TimedContender,
  ours: TimedContender,
  ceilings: Ceilings | null,
): Promise<PeerResult> {
  try {
    await workload.validate();
  } catch (error) {
    return { name, status: "failed", reason: messageOf(error) };
  }
  const ratios = timed.rounds.map((seconds, round) => seconds / ours.rounds[round]);
  return {
    name,
    version,
    status: "measured",
    timing: timed.timing,
    throughput: throughputOf(workload, timed.timing.medianSeconds, ceilings),
    ratio: median(ratios),
    ratioRange: [Math.min(...ratios), Math.max(...ratios)],
  };
}

function throughputOf({ cost, dtype = "float32" }: Workload, seconds: number, ceilings: Ceilings | null): Throughput {
  const perSecond = (count: number): number => count / seconds / 1e9;
  const share = (count: number, ceiling: number | undefined): number | null =>
    count > 0 && ceiling ? perSecond(count) / ceiling : null;
  return {
    gigabytesPerSecond: perSecond(cost.bytes),
    gigaflopsPerSecond: perSecond(cost.flops),
    shareOfBandwidth: share(cost.bytes, ceilings?.copyGigabytesPerSecond),
    shareOfPeak: share(cost.flops, ceilings?.matmulGigaflopsPerSecond[dtype]),
  };
}
