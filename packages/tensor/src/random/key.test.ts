import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../errors.ts";
import { child, key, split } from "./key.ts";

describe("key", () => {
  it("takes every integer seed up to 2^53 and tells them apart", () => {
    expect(key(5)).toEqual({ seed: [5, 0], stream: [0, 0] });
    expect(key(2 ** 32 + 7).seed).toEqual([7, 1]);
    expect(key(2 ** 53 - 1).seed).toEqual([0xffffffff, 0x1fffff]);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("refuses the seed %d", (seed) => {
    expect(() => key(seed)).toThrow(InvalidInputError);
  });

  it("is plain data", () => {
    const [, second] = split(key(3));
    expect(structuredClone(second)).toEqual(second);
    expect(JSON.parse(JSON.stringify(second))).toEqual(second);
  });
});

describe("split", () => {
  it("gives the children that `child` gives, the first ones independent of how many there are", () => {
    const parent = key(1);
    expect(split(parent, 4).slice(0, 2)).toEqual(split(parent));
    expect(split(parent, 4)[3]).toEqual(child(parent, 3));
    expect(split(parent, 0)).toEqual([]);
  });

  it("gives streams that differ for every path and keeps the seed", () => {
    const streams = new Set<string>();
    for (const first of split(key(9), 50))
      for (const second of [first, ...split(first, 50)]) streams.add(second.stream.join());
    expect(streams.size).toBe(50 * 51);
    expect(child(key(9), 1).seed).toEqual([9, 0]);
  });

  it("depends on the seed", () => {
    expect(child(key(1), 0).stream).not.toEqual(child(key(2), 0).stream);
  });

  it.each([-1, 0.5, 2 ** 32])("refuses %d children and the child of that number", (number) => {
    expect(() => split(key(0), number)).toThrow(InvalidInputError);
    expect(() => child(key(0), number)).toThrow(InvalidInputError);
  });
});
