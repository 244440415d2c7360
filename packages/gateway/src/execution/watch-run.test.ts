import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredEvent, StoredRun } from "../storage/tables.ts";
import { type RunUpdate, toUpdates } from "./watch-run.ts";

const run = { id: "run" } as StoredRun;

function event(type: StoredEvent["type"], sequence: number): StoredEvent {
  const empty = { runId: "run", sequence, type, name: null, step: null, value: null, payload: null };
  switch (type) {
    case "point":
      return { ...empty, name: sequence % 2 ? "odd" : "even", step: sequence, value: sequence };
    case "progress":
      return { ...empty, step: sequence, value: 1000 };
    case "note":
      return { ...empty, payload: { message: `${sequence}`, at: new Date(0).toISOString() } };
    default:
      return empty;
  }
}

/** Sequences of the points and notes that updates carry. */
function carried(updates: readonly RunUpdate[]): number[] {
  return updates.flatMap((update) =>
    update.type === "PointsAdded"
      ? update.series.flatMap(({ steps }) => steps)
      : update.type === "NoteAdded"
        ? [Number(update.note.message)]
        : [],
  );
}

const history = fc
  .array(fc.constantFrom<StoredEvent["type"]>("point", "progress", "note"), { minLength: 1, maxLength: 40 })
  .map((types) => types.map((type, index) => event(type, index + 1)));

describe("the updates of a stretch of events", () => {
  it("carry every point and note once, in an order that a client may leave and enter anywhere", () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, cut) => {
        const updates = [...toUpdates(events, run)];
        const seen = updates.slice(0, cut % (updates.length + 1));
        const last = seen.at(-1)?.sequence ?? 0;
        const rest = toUpdates(
          events.filter(({ sequence }) => sequence > last),
          run,
        );
        const expected = events.filter(({ type }) => type !== "progress").map(({ sequence }) => sequence);
        expect(carried([...seen, ...rest]).sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  it("never go back, end at the newest event, and tell the newest progress", () => {
    fc.assert(
      fc.property(history, (events) => {
        const updates = [...toUpdates(events, run)];
        const sequences = updates.map(({ sequence }) => sequence);
        expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
        expect(sequences.at(-1)).toBe(events.length);
        const newest = events.findLast(({ type }) => type === "progress")?.sequence;
        const told = updates.findLast((update) => update.type === "RunProgressed");
        expect(told?.type === "RunProgressed" ? told.progress.done : undefined).toBe(newest);
      }),
    );
  });

  it("are two at most between two notes", () => {
    fc.assert(
      fc.property(history, (events) => {
        const notes = events.filter(({ type }) => type === "note").length;
        expect([...toUpdates(events, run)].length).toBeLessThanOrEqual(notes + 2 * (notes + 1));
      }),
    );
  });
});
