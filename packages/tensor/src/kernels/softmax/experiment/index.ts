import { atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { z } from "zod";
import { normal } from "../../../random/draw.ts";
import { split } from "../../../random/key.ts";
import { SOFTMAX_ALGORITHMS, type SoftmaxAlgorithm } from "../options.ts";
import { shiftError, softmaxErrors } from "./accuracy.ts";
import { type Timed, timeSoftmax } from "./timing.ts";

const parameters = z.object({
  smallest: z.int().min(4).max(24).default(10).describe("Shortest line, as a power of 2 of float32 elements"),
  largest: z.int().min(4).max(26).default(22).describe("Longest line, as a power of 2 of float32 elements"),
  rounds: z.int().min(3).max(1000).default(20).describe("Rounds of timing, of which the median counts"),
  scale: z.number().positive().max(100).default(10).describe("Standard deviation of the values"),
});

/** Streams of memory: how often all elements are read or written. */
const STREAMS: Readonly<Record<SoftmaxAlgorithm, number>> = {
  "two-pass": 3,
  "three-pass-recompute": 4,
  "three-pass-reload": 5,
  online: 3,
};

/** Lengths at which accuracy is looked at. */
const ACCURACY_LENGTHS = [1e3, 1e4, 1e5, 1e6] as const;

const TIMED: readonly Timed[] = [...SOFTMAX_ALGORITHMS, "auto", "copy"];

/** Nanoseconds per element by algorithm, one entry per length. */
type Times = { readonly power: number; readonly nanoseconds: ReadonlyMap<Timed, number> }[];

export default defineExperiment({
  id: "tensor/softmax",
  title: "Softmax in two passes over memory instead of three",
  summary:
    "Four algorithms for exp(x) / Σ exp(x) of one line: how exact they are, and how long they take from lines in the nearest cache to lines in memory, beside a copy.",
  paper: {
    title: "The Two-Pass Softmax Algorithm",
    authors: ["Marat Dukhan", "Artsiom Ablavatski"],
    year: 2020,
    url: "https://arxiv.org/abs/2001.04438",
    section: "algorithms 1–3; figures of time against length",
  },
  parameters,
  metrics: {
    relativeError: { label: "largest relative error of the two-pass algorithm", better: "lower" },
    sumError: { label: "largest |Σ y − 1| of the two-pass algorithm", better: "lower" },
    shiftError: { label: "largest relative change by a shift of ±1000", better: "lower" },
    twoPassGain: { label: "best three-pass time / two-pass time, longest line", better: "higher" },
    automaticLoss: { label: "time of the automatic choice / best time, worst length", better: "lower" },
    nanoseconds: { label: "automatic choice, longest line, per element", unit: "ns", better: "lower" },
  },
  async run({ parameters: { smallest, largest, rounds, scale }, device, key, signal, report }) {
    const [accuracyKey, timingKey] = split(key);
    const accuracyKeys = split(accuracyKey, ACCURACY_LENGTHS.length);
    const last = Math.max(smallest, largest);
    const total = (last - smallest + 1) * rounds + ACCURACY_LENGTHS.length;
    let worked = 0;
    const advance = (message: string) => report.progress(++worked, total, message);

    let relativeError = 0;
    let sumError = 0;
    const rows: (string | number)[][] = [];
    for (const [index, length] of ACCURACY_LENGTHS.entries()) {
      for (const algorithm of SOFTMAX_ALGORITHMS) {
        const errors = await softmaxErrors(device, accuracyKeys[index], length, scale, algorithm);
        rows.push([algorithm, length, errors.relative, errors.sum]);
        if (algorithm !== "two-pass") continue;
        relativeError = Math.max(relativeError, errors.relative);
        sumError = Math.max(sumError, errors.sum);
      }
      advance("accuracy");
    }
    const columns = [{ name: "algorithm" }, { name: "elements" }, { name: "relative error" }, { name: "|Σ y − 1|" }];
    report.table("accuracy", columns, rows);
    const shift = Math.max(
      ...(await Promise.all(SOFTMAX_ALGORITHMS.map((algorithm) => shiftError(device, algorithm)))),
    );

    const times: Times = [];
    for (let power = smallest; power <= last && !signal.aborted; power++) {
      using x = device.scope(() => normal(timingKey, [2 ** power], { device, dtype: "float32" }));
      const seconds = await timeSoftmax(device, x, TIMED, rounds, signal, () => advance(`2^${power} elements`));
      const nanoseconds = new Map(Array.from(seconds, ([what, each]) => [what, (1e9 * each) / 2 ** power]));
      for (const [what, each] of nanoseconds) report.point(`${what}, ns per element`, power, each);
      times.push({ power, nanoseconds });
    }
    reportTimes(report, times);

    const expectations: Expectation[] = [];
    if (scale <= 10) {
      expectations.push(
        device.kind === "cpu"
          ? atMost("relativeError", 1e-6, "results above 1e-37, as in float64 to six digits")
          : atMost(
              "relativeError",
              7e-6,
              "short lines subtract their maximum here, whose rounding counts up to 88 times",
            ),
        device.kind === "tensorflow"
          ? atMost("sumError", 1e-5, "TensorFlow.js adds up one running total in float32")
          : atMost("sumError", 1e-6, "results that add up to 1"),
      );
    }
    expectations.push(atMost("shiftError", 4e-6, "softmax does not change when a number is added to all values"));
    return {
      metrics: { relativeError, sumError, shiftError: shift, ...summary(times) },
      expectations,
    };
  },
});

function summary(times: Times) {
  const longest = times.at(-1)?.nanoseconds;
  if (!longest) return { twoPassGain: null, automaticLoss: null, nanoseconds: null };
  const threePass = Math.min(longest.get("three-pass-recompute")!, longest.get("three-pass-reload")!);
  const losses = times.map(
    ({ nanoseconds }) =>
      nanoseconds.get("auto")! / Math.min(...SOFTMAX_ALGORITHMS.map((each) => nanoseconds.get(each)!)),
  );
  return {
    twoPassGain: threePass / longest.get("two-pass")!,
    automaticLoss: Math.max(...losses),
    nanoseconds: longest.get("auto")!,
  };
}

/** Time by length and algorithm, and how much of a copy's bytes per second each algorithm moves. */
function reportTimes(report: Report, times: Times): void {
  if (times.length === 0) return;
  const timed = [...SOFTMAX_ALGORITHMS, "auto"] as const;
  report.heatmap("ns per element", {
    ...{
      rows: timed.length,
      columns: times.length,
      rowLabel: timed.join(", "),
      columnLabel: `2^${times[0].power} … 2^${times.at(-1)!.power} elements`,
    },
    values: Float64Array.from(timed.flatMap((what) => times.map(({ nanoseconds }) => nanoseconds.get(what)!))),
    caption: "rows from the top: the algorithms in the order named; columns: the length of the line",
  });
  const share = (nanoseconds: ReadonlyMap<Timed, number>, algorithm: SoftmaxAlgorithm) =>
    (STREAMS[algorithm] / nanoseconds.get(algorithm)!) * (nanoseconds.get("copy")! / 2);
  report.table(
    "bytes per second as a share of a copy's",
    [{ name: "elements" }, ...SOFTMAX_ALGORITHMS.map((name) => ({ name }))],
    times.map(({ power, nanoseconds }) => [
      `2^${power}`,
      ...SOFTMAX_ALGORITHMS.map((algorithm) => share(nanoseconds, algorithm)),
    ]),
  );
  const shares = SOFTMAX_ALGORITHMS.map((algorithm) => share(times.at(-1)!.nanoseconds, algorithm));
  report.note(
    Math.max(...shares) > 0.7
      ? "The longest lines are limited by memory: bytes per second come near a copy's."
      : "Even the longest lines are limited by computing: no algorithm moves bytes as fast as a copy, so one exponential per element beats two.",
  );
}
