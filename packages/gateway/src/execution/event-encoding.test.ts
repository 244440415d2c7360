import { describe, expect, it } from "vitest";
import { encodeEvent } from "./event-encoding.ts";

describe("encodeEvent", () => {
  it("gives equal images one hash, and bytes that can be handed to another thread", () => {
    const image = { width: 1, height: 1, channels: 1, pixels: new Uint8Array([7]) } as const;
    const [first, second] = [1, 2].map((sequence) => encodeEvent({ type: "image", sequence, name: "dot", image }));
    expect(first.artefacts[0].hash).toBe(second.artefacts[0].hash);
    const buffer = first.artefacts[0].bytes.buffer as ArrayBuffer;
    expect(buffer.byteLength).toBe(first.artefacts[0].bytes.byteLength);
    expect(() => structuredClone(buffer, { transfer: [buffer] })).not.toThrow();
  });

  it("numbers the experiment's events behind the beginning of the run", () => {
    expect(encodeEvent({ type: "note", sequence: 1, message: "first" }).event.sequence).toBe(2);
  });

  it("keeps the extremes of a heat map's finite values, or says that there are none", () => {
    const heatmap = (values: number[]) =>
      encodeEvent({
        type: "heatmap",
        sequence: 1,
        name: "map",
        heatmap: { rows: 1, columns: values.length, values: Float32Array.from(values), scale: "linear" },
      }).event.payload;
    expect(heatmap([3, Number.NaN, -1, Number.POSITIVE_INFINITY])).toMatchObject({ minimum: -1, maximum: 3 });
    expect(heatmap([Number.NaN])).toMatchObject({ minimum: null, maximum: null });
  });

  it("leaves out a heat map of more than 16 MiB and says so in the log of the run", () => {
    const values = new Float32Array(4096 * 1025);
    const { event, artefacts } = encodeEvent({
      type: "heatmap",
      sequence: 4,
      name: "huge",
      heatmap: { rows: 4096, columns: 1025, values, scale: "linear" },
    });
    expect(artefacts).toEqual([]);
    expect(event).toMatchObject({ type: "note", sequence: 5 });
    expect(event.payload).toMatchObject({ message: expect.stringContaining('heatmap "huge" was left out: 16 MiB') });
  });
});
