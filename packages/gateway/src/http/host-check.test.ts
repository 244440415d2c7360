import { describe, expect, it } from "vitest";
import { isExpectedHost } from "./host-check.ts";

describe("the Host header", () => {
  it.each([
    ["localhost:4000", "127.0.0.1", [], true],
    ["127.0.0.1:4000", "127.0.0.1", [], true],
    ["[::1]:4000", "::1", [], true],
    ["LOCALHOST", "127.0.0.1", [], true],
    ["evil.example:4000", "127.0.0.1", [], false],
    ["localhost.evil.example", "127.0.0.1", [], false],
    ["127.0.0.1.evil.example", "127.0.0.1", [], false],
    ["", "127.0.0.1", [], false],
    [undefined, "127.0.0.1", [], false],
    ["ansatz.example", "127.0.0.1", ["ansatz.example"], true],
    ["ansatz.example:8443", "0.0.0.0", ["Ansatz.example"], true],
    ["other.example", "0.0.0.0", ["ansatz.example"], false],
    ["other.example", "0.0.0.0", [], true],
  ] as const)("%s, on a gateway that listens on %s and is told %j: %s", (header, listening, allowed, expected) => {
    expect(isExpectedHost(header, listening, allowed)).toBe(expected);
  });
});
