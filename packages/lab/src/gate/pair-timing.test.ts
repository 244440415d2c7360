import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type PairOptions,
  type PairRatio,
  type PairTiming,
  ratioOf,
  type Side,
  SideError,
  timePair,
} from "./pair-timing.ts";

// The clock stands still but for what workloads add to it: numbers come out exactly.
beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

function side(name: Side["name"], run: () => void): Side {
  const workload = { run, validate: async () => {}, cost: { flops: 0, bytes: 0 }, dispose() {} };
  return { name, workload, settle: async () => {} };
}

const taking = (name: Side["name"], milliseconds: () => number) =>
  side(name, () => void vi.advanceTimersByTime(milliseconds()));

async function time(
  base: Side,
  head: Side,
  { allocating = false, ...options }: Partial<PairOptions> & { allocating?: boolean } = {},
): Promise<PairTiming & PairRatio> {
  const { signal } = new AbortController();
  const timing = await timePair(base, head, { milliseconds: 100, headFirst: false, signal, ...options });
  return { ...timing, ...ratioOf(timing, allocating) };
}

describe("timePair", () => {
  it("gives the logarithm of the ratio of the times", async () => {
    const timing = await time(
      taking("base", () => 0.5),
      taking("head", () => 0.6),
    );
    expect(timing.logRatio).toBeCloseTo(Math.log(1.2), 12);
    expect(timing.statistic).toBe("minimum");
    expect(timing.baseSeconds).toBeCloseTo(0.5e-3, 12);
    expect(timing.base.length).toBe(timing.head.length);
    expect(timing.callsPerBatch).toBe(2);
  });

  it("alternates the order of the batches, from the side that is first", async () => {
    for (const headFirst of [false, true]) {
      const order: string[] = [];
      const noting = (name: Side["name"]) =>
        side(name, () => {
          order.push(name[0]);
          vi.advanceTimersByTime(1);
        });
      const timing = await time(noting("base"), noting("head"), { headFirst, milliseconds: 20 });
      const batches = 2 * timing.base.length;
      const expected = headFirst ? "hbbh" : "bhhb";
      expect(order.slice(-batches).join("")).toBe(expected.repeat(batches / 4));
    }
  });

  it("is not moved by interruptions that hit some batches", async () => {
    let call = 0;
    const disturbed = () => (call++ % 7 === 0 ? 50 : 1);
    const timing = await time(
      taking("base", () => 1),
      taking("head", disturbed),
      { milliseconds: 400 },
    );
    expect(timing.logRatio).toBeCloseTo(0, 12);
  });

  it("is not moved by a machine that slows down meanwhile", async () => {
    let speed = 1;
    const drifting = () => (speed *= 1.001);
    const timing = await time(taking("base", drifting), taking("head", drifting));
    expect(Math.abs(timing.logRatio)).toBeLessThan(0.005);
  });

  it("goes on, up to three times as long, while the fastest batches have not settled", async () => {
    const quietAfter = (milliseconds: number) => {
      const start = performance.now();
      let call = 0;
      return () => (performance.now() - start < milliseconds ? 2 + 0.5 * (call++ % 4) : 1);
    };
    const lasted = async (quiet: number) => {
      const start = performance.now();
      const durations = quietAfter(quiet);
      const { logRatio } = await time(taking("base", durations), taking("head", durations));
      return { logRatio, milliseconds: performance.now() - start };
    };
    const settled = await lasted(230);
    expect(settled.logRatio).toBeCloseTo(0, 12);
    expect(settled.milliseconds).toBeGreaterThan(220);
    expect(settled.milliseconds).toBeLessThan(280);
    const never = await lasted(Number.POSITIVE_INFINITY);
    expect(never.milliseconds).toBeGreaterThan(300);
    expect(never.milliseconds).toBeLessThan(380);
  });

  it("takes medians for work that allocates", async () => {
    let call = 0;
    const timing = await time(
      taking("base", () => 1),
      taking("head", () => (call++ % 3 === 0 ? 1 : 2)),
      { allocating: true, milliseconds: 300 },
    );
    expect(timing.statistic).toBe("median");
    expect(timing.logRatio).toBeCloseTo(Math.log(2), 12);
  });

  it("slows the head down by exactly what is asked, with more calls", async () => {
    for (const extraEvery of [50, 20, 10, 5]) {
      const timing = await time(
        taking("base", () => 0.1),
        taking("head", () => 0.1),
        { extraEvery },
      );
      expect(timing.callsPerBatch % extraEvery).toBe(0);
      expect(timing.logRatio).toBeCloseTo(Math.log1p(1 / extraEvery), 12);
    }
  });

  it("says which side failed", async () => {
    const failing = side("head", () => {
      throw new Error("broke");
    });
    const running = time(
      taking("base", () => 1),
      failing,
    );
    await expect(running).rejects.toThrow(SideError);
    await expect(running).rejects.toMatchObject({ side: "head", message: "broke" });
  });

  it("stops when the signal fires", async () => {
    const controller = new AbortController();
    const running = time(
      taking("base", () => 1),
      side("head", () => {
        vi.advanceTimersByTime(1);
        controller.abort(new Error("enough"));
      }),
      { signal: controller.signal },
    );
    await expect(running).rejects.toThrow("enough");
  });
});
