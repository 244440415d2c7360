import { describe, expect, it } from "vitest";
import { RateLimit } from "./rate-limit.ts";

describe("the rate of requests", () => {
  it("is limited for each caller alone, and says when to come back", () => {
    const limit = new RateLimit(60);
    for (let request = 0; request < 60; request++) expect(limit.take("a", 0)).toBe(0);
    expect(limit.take("a", 0)).toBe(1);
    expect(limit.take("b", 0)).toBe(0);
    expect(limit.take("a", 1000)).toBe(0);
    expect(limit.take("a", 1000)).toBe(1);
  });

  it("saves up a minute's worth and no more", () => {
    const limit = new RateLimit(2);
    expect([limit.take("a", 0), limit.take("a", 0), limit.take("a", 0)]).toEqual([0, 0, 30]);
    const later = 3_600_000;
    expect([limit.take("a", later), limit.take("a", later), limit.take("a", later)]).toEqual([0, 0, 30]);
  });
});
