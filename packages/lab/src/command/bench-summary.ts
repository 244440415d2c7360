import type { Benchmark } from "../benchmark.ts";
import type { BenchmarkResult, CaseResult, PeerResult, Throughput, Timing } from "../benchmarking/benchmark-result.ts";
import { type Output, print } from "./terminal.ts";
import { formatNumber, formatSeconds, textTable } from "./text-table.ts";

const HEAD = ["", "median", "±", "minimum", "GB/s", "of copy", "GFLOP/s", "of peak", "calls", "ratio"];

/** Prints a benchmark for people: one row per case, its peers below it with how many times longer they take, and below why numbers are missing. */
export function showBenchmark(result: BenchmarkResult, { title, isolates }: Benchmark, out: Output): void {
  print(out, `${result.benchmark}: ${title}, on ${result.device.name}`);
  print(out, isolates);
  print(out, textTable(HEAD, result.cases.flatMap(caseRows)));
  const gpuRows = result.cases.flatMap(gpuRow);
  if (gpuRows.length > 0) print(out, textTable(["", "GPU time", "±", "minimum"], gpuRows));
  for (const reason of new Set(result.cases.flatMap(reasonsOf))) print(out, reason);
  print(out);
}

function caseRows(result: CaseResult): string[][] {
  if (result.status !== "measured") return [[result.name, result.status]];
  return [[result.name, ...numbers(result.timing, result.throughput), ""], ...result.peers.map(peerRow)];
}

function gpuRow(result: CaseResult): string[][] {
  if (result.status !== "measured" || result.gpuTiming === undefined) return [];
  return [[result.name, ...times(result.gpuTiming)]];
}

function peerRow(peer: PeerResult): string[] {
  if (peer.status !== "measured") return [`  ${peer.name}`, peer.status];
  const ratio = `${formatNumber(peer.ratio)}× (${peer.ratioRange.map(formatNumber).join(" … ")})`;
  return [`  ${peer.name} ${peer.version}`, ...numbers(peer.timing, peer.throughput), ratio];
}

function reasonsOf(result: CaseResult): string[] {
  if (result.status !== "measured") return [`${result.name} ${result.status}: ${result.reason}`];
  return result.peers.flatMap((peer) =>
    peer.status === "measured" ? [] : [`${peer.name} ${peer.status}: ${peer.reason}`],
  );
}

function times({ medianSeconds, deviationSeconds, minimumSeconds }: Timing): string[] {
  const spread = `${((100 * deviationSeconds) / medianSeconds).toFixed(1)} %`;
  return [formatSeconds(medianSeconds), spread, formatSeconds(minimumSeconds)];
}

function numbers(timing: Timing, throughput: Throughput): string[] {
  return [
    ...times(timing),
    formatNumber(throughput.gigabytesPerSecond),
    percent(throughput.shareOfBandwidth),
    formatNumber(throughput.gigaflopsPerSecond),
    percent(throughput.shareOfPeak),
    String(timing.iterations),
  ];
}

function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(100 * share)} %`;
}
