import { describe, expect, it } from "vitest";
import { exactChannels, sizeChannels } from "./exact-channels.ts";
import type { PairMeasurement, SideMeasurement } from "./protocol.ts";

function side(values: Partial<SideMeasurement>): SideMeasurement {
  const nothing = { seconds: 1, bytesPerIteration: 0, counts: {}, maximalError: null, cost: { flops: 0, bytes: 0 } };
  return { ...nothing, dtype: "float32", ...values };
}

/** What two processes say. */
function channels(...pairs: [base: Partial<SideMeasurement>, head: Partial<SideMeasurement>][]) {
  const measurements = pairs.map(
    ([base, head]): PairMeasurement => ({
      logRatio: 0,
      statistic: "minimum",
      base: side(base),
      head: side(head),
      callsPerBatch: 1,
      batches: 6,
      gpu: null,
    }),
  );
  return new Map(exactChannels(measurements).map((each) => [each.channel, each]));
}

describe("exact channels", () => {
  it("allow no growth of a count, and praise a smaller one", () => {
    const found = channels([
      { counts: { iterations: 100, dispatches: 7 } },
      { counts: { iterations: 101, dispatches: 6 } },
    ]);
    expect(found.get("iterations")).toEqual({ channel: "iterations", base: 100, head: 101, state: "worse" });
    expect(found.get("dispatches")?.state).toBe("better");
    expect(channels([{ counts: { n: 3 } }, { counts: { n: 3 } }]).get("n")?.state).toBe("same");
  });

  it("do not gate a count that differs from process to process, or is counted on one side only", () => {
    const counts = (n: number) => ({ counts: { n } });
    expect(channels([counts(3), counts(9)], [counts(4), counts(9)]).get("n")?.state).toBe("varies");
    expect(channels([{}, counts(9)]).has("n")).toBe(false);
  });

  it("take the smallest allocation of all processes, and forgive the engine's own words", () => {
    const bytes = (bytesPerIteration: number) => ({ bytesPerIteration });
    expect(channels([bytes(0), bytes(4000)], [bytes(0), bytes(0)]).get("allocation")?.state).toBe("same");
    expect(channels([bytes(0), bytes(64)]).get("allocation")?.state).toBe("same");
    expect(channels([bytes(0), bytes(65)]).get("allocation")?.state).toBe("worse");
    expect(channels([bytes(1e6), bytes(1.02e6)]).get("allocation")?.state).toBe("worse");
    expect(channels([bytes(1e6), bytes(1e5)]).get("allocation")?.state).toBe("better");
  });

  it("call allocation the same where a process of the base has as much as one of the head", () => {
    const bytes = (bytesPerIteration: number) => ({ bytesPerIteration });
    const state = (...pairs: [number, number][]) =>
      channels(...pairs.map(([base, head]) => [bytes(base), bytes(head)] as [object, object])).get("allocation")?.state;
    expect(state([4480, 5512], [5800, 5600])).toBe("same");
    expect(state([4480, 5512], [5000, 5600])).toBe("worse");
    expect(state([5512, 4480], [5600, 5000])).toBe("better");
  });

  it("let an error double, but not more, unless it is rounding", () => {
    const error = (maximalError: number) => ({ maximalError });
    expect(channels([error(1e-5), error(1.9e-5)]).get("accuracy")?.state).toBe("same");
    expect(channels([error(1e-5), error(2.01e-5)]).get("accuracy")?.state).toBe("same");
    expect(channels([error(1e-5), error(2.5e-5)]).get("accuracy")?.state).toBe("worse");
    expect(channels([error(0), error(2 ** -22)]).get("accuracy")?.state).toBe("same");
    expect(channels([error(0), { maximalError: 2 ** -22, dtype: "float64" }]).get("accuracy")?.state).toBe("worse");
    expect(channels([error(1e-5), error(Number.NaN)]).get("accuracy")?.state).toBe("worse");
    expect(channels([error(1e-5), {}]).has("accuracy")).toBe(false);
  });

  it("tell the sizes of a package", () => {
    const built = { name: "toy", directory: "/", hash: "", javascriptBytes: 100, webAssemblyBytes: 50 };
    expect(sizeChannels(built, { ...built, javascriptBytes: 101, webAssemblyBytes: 49 })).toEqual([
      { channel: "bundle", base: 100, head: 101, state: "worse" },
      { channel: "webassembly", base: 50, head: 49, state: "better" },
    ]);
  });
});
