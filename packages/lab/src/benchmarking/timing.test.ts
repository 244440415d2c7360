import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Workload } from "../benchmark.ts";
import { type Contender, median, timeContenders } from "./timing.ts";

// The clock stands still but for what workloads add to it: numbers come out exactly.
beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** A call, or waiting, that takes this many milliseconds. */
const taking = (milliseconds: number) => () => void vi.advanceTimersByTime(milliseconds);

function contender(run: Workload["run"], settle: () => void = () => {}): Contender {
  const workload = { run, validate: async () => {}, cost: { flops: 1, bytes: 1 }, dispose() {} };
  return { workload, settle: async () => settle() };
}

const signal = new AbortController().signal;

describe("timeContenders", () => {
  it("times a call, in batches long enough for the clock", async () => {
    let calls = 0;
    const run = () => {
      calls++;
      vi.advanceTimersByTime(0.25);
    };
    const [{ timing }] = await timeContenders([contender(run)], { milliseconds: 100, signal });
    expect(timing.callsPerSample).toBe(4);
    expect(timing.iterations).toBe(timing.samples * 4);
    expect(timing.samples).toBeGreaterThanOrEqual(100);
    expect(calls).toBeGreaterThan(timing.iterations);
    expect(timing.medianSeconds).toBeCloseTo(0.25e-3, 9);
    expect(timing.minimumSeconds).toBeCloseTo(0.25e-3, 9);
    expect(timing.deviationSeconds).toBeCloseTo(0, 9);
  });

  it("reports spread between batches", async () => {
    let batch = 0;
    const run = () => vi.advanceTimersByTime([2, 4, 4, 6][batch++ % 4]);
    const [{ timing }] = await timeContenders([contender(() => void run())], { milliseconds: 400, signal });
    expect(timing.medianSeconds).toBeCloseTo(4e-3, 9);
    expect(timing.minimumSeconds).toBeCloseTo(2e-3, 9);
    expect(timing.deviationSeconds).toBeGreaterThan(0.5e-3);
  });

  it("lets all take turns, in alternating order", async () => {
    const order: string[] = [];
    const turn = (name: string) =>
      contender(() => {
        if (order.at(-1) !== name) order.push(name);
        vi.advanceTimersByTime(1);
      });
    const timed = await timeContenders([turn("a"), turn("b")], { milliseconds: 200, signal });
    expect(timed.map(({ rounds }) => rounds.length)).toEqual([10, 10]);
    // Calibration of a and b, then the rounds ab ba ab ba …, with neighbours of one name as one.
    expect(order.join("")).toBe(`ab${"ab".repeat(1)}${"ab".repeat(4)}a`);
  });

  it("compares fairly on a machine whose speed drifts", async () => {
    let slowdown = 1;
    const drifting = (milliseconds: number) =>
      contender(() => {
        slowdown *= 1.002;
        vi.advanceTimersByTime(milliseconds * slowdown);
      });
    const [ours, theirs] = await timeContenders([drifting(1), drifting(3)], { milliseconds: 1000, signal });
    const ratios = theirs.rounds.map((seconds, round) => seconds / ours.rounds[round]);
    // 2 ‰ per call over up to 50 calls of a turn, in turn before and behind.
    expect(Math.abs(median(ratios) / 3 - 1)).toBeLessThan(0.1);
    expect(theirs.rounds.at(-1)! / ours.rounds[0]).toBeGreaterThan(5);
  });

  it("takes fewer rounds when one call takes as long as a turn", async () => {
    const [{ rounds, timing }] = await timeContenders([contender(taking(100))], { milliseconds: 120, signal });
    expect(rounds).toHaveLength(3);
    expect(timing).toMatchObject({ callsPerSample: 1, samples: 3 });
  });

  it("makes batches so long that waiting for the device is a hundredth of them", async () => {
    const [{ timing }] = await timeContenders([contender(taking(0.01), taking(0.1))], { milliseconds: 1000, signal });
    expect(timing.callsPerSample).toBeGreaterThanOrEqual(900);
    expect(timing.medianSeconds).toBeCloseTo(0.01e-3 + 0.1e-3 / timing.callsPerSample, 9);
  });

  it("tells after each round how far it is", async () => {
    const told: string[] = [];
    const onRound = (done: number, total: number) => told.push(`${done}/${total}`);
    await timeContenders([contender(taking(50))], { milliseconds: 50, signal, onRound });
    expect(told).toEqual(["1/3", "2/3", "3/3"]);
  });

  it("stops within a turn when a timer fires the signal", async () => {
    vi.useRealTimers();
    const begin = performance.now();
    const stopping = timeContenders([contender(() => {})], { milliseconds: 60_000, signal: AbortSignal.timeout(20) });
    await expect(stopping).rejects.toThrow(/timeout/i);
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it("passes on what a workload throws", async () => {
    const throwing = contender(() => {
      throw new Error("out of paper");
    });
    await expect(timeContenders([throwing], { milliseconds: 10, signal })).rejects.toThrow("out of paper");
  });
});

describe("median", () => {
  it("is the middle, or the mean of the two middles", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
