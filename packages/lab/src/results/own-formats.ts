import type { BenchmarkResult, MeasuredCase, Timing } from "../benchmarking/benchmark-result.ts";
import { median } from "../benchmarking/timing.ts";
import type { ExactChannel } from "../gate/exact-channels.ts";
import type { GateResult, MeasuredWorkload } from "../gate/gate-result.ts";
import { type Measurement, type Results, timeOf } from "./measurement.ts";

/** What a gate measured of its head. */
export function gateMeasurements(result: GateResult): Results {
  const measured = result.workloads.filter((each): each is MeasuredWorkload => each.status === "measured");
  return {
    source: "ansatz gate",
    commit: result.head.commit,
    measuredAt: result.finishedAt,
    hardware: result.hardware.id,
    measurements: [
      ...measured.flatMap(workloadMeasurements),
      ...result.packages.flatMap(({ name, channels }) => channels.map((channel) => channelMeasurement(name, channel))),
    ],
  };
}

function workloadMeasurements({ name, ratios, channels }: MeasuredWorkload): Measurement[] {
  const seconds = ratios.map(({ headSeconds }) => headSeconds);
  return [
    timeOf(name, median(seconds), [Math.min(...seconds), Math.max(...seconds)]),
    ...channels.map((channel) => channelMeasurement(name, channel)),
  ];
}

const BYTE_CHANNELS = new Set(["allocation", "bundle", "webassembly"]);

function channelMeasurement(workload: string, { channel, head }: ExactChannel): Measurement {
  return { workload, metric: channel, unit: BYTE_CHANNELS.has(channel) ? "B" : "", value: head };
}

function timingOf(workload: string, { medianSeconds, minimumSeconds, deviationSeconds }: Timing): Measurement {
  return timeOf(workload, medianSeconds, [minimumSeconds, medianSeconds + deviationSeconds]);
}

/** What `ansatz bench` measured. Results of several devices of one machine belong together; their fingerprint is the first one's. */
export function benchmarkMeasurements(results: readonly BenchmarkResult[]): Results {
  const [first] = results;
  return {
    source: "ansatz bench",
    // A commit with changes is not that commit.
    ...(first.gitCommit && !first.gitCommit.endsWith("+") && { commit: first.gitCommit }),
    measuredAt: first.finishedAt,
    hardware: first.hardware.id,
    measurements: results.flatMap(({ benchmark, device, cases }) =>
      cases
        .filter((each): each is MeasuredCase => each.status === "measured")
        .flatMap(({ name, timing, gpuTiming }) => {
          const workload = `${benchmark} ${name}${device.kind === "cpu" ? "" : ` on ${device.kind}`}`;
          const wall = timingOf(workload, timing);
          return gpuTiming ? [wall, timingOf(`${workload}, GPU time`, gpuTiming)] : [wall];
        }),
    ),
  };
}
