import { describe, expect, it } from "vitest";
import { type Flag, parseArguments, positionalsOf, UsageError } from "./arguments.ts";

const FLAGS: readonly Flag[] = [
  { name: "device", type: "value", repeatable: true, description: "" },
  { name: "shift", type: "value", description: "" },
  { name: "json", type: "switch", description: "" },
  { name: "quiet", type: "switch", short: "q", description: "" },
  { name: "warm-start", type: "switch", negatable: true, description: "" },
];

function parse(...line: string[]) {
  const { positionals, flags } = parseArguments(line, FLAGS);
  return { positionals, flags: Object.fromEntries(flags) };
}

describe("parseArguments", () => {
  it("reads values with a space or an equals sign, switches, short forms and positionals", () => {
    expect(parse("run", "--shift=3", "-q", "--json", "ot/sinkhorn")).toEqual({
      positionals: ["run", "ot/sinkhorn"],
      flags: { shift: ["3"], quiet: ["true"], json: ["true"] },
    });
    expect(parse("--shift", "3").flags).toEqual({ shift: ["3"] });
  });

  it("takes a value that begins with a dash", () => {
    expect(parse("--shift", "-5").flags).toEqual({ shift: ["-5"] });
    expect(parse("--shift=-1e-3").flags).toEqual({ shift: ["-1e-3"] });
  });

  it("collects a repeatable flag and refuses another given twice", () => {
    expect(parse("--device", "cpu", "--device", "webgpu").flags).toEqual({ device: ["cpu", "webgpu"] });
    expect(() => parse("--shift", "1", "--shift", "2")).toThrow("--shift was given twice");
  });

  it("turns a negatable switch off, and no other", () => {
    expect(parse("--no-warm-start").flags).toEqual({ "warm-start": ["false"] });
    expect(() => parse("--no-json")).toThrow(UsageError);
  });

  it("suggests the nearest flag for an unknown one", () => {
    expect(() => parse("--devcie", "cpu")).toThrow("unknown flag --devcie; did you mean --device?");
    expect(() => parse("--temperature", "3")).toThrow(/^unknown flag --temperature$/);
    expect(() => parse("-x")).toThrow(UsageError);
  });

  it("refuses a missing and an unwanted value", () => {
    expect(() => parse("--shift")).toThrow("--shift needs a value");
    expect(() => parse("--json=yes")).toThrow('--json takes no value, got "yes"');
  });

  it("takes everything after -- as positional", () => {
    expect(parse("--", "--json").positionals).toEqual(["--json"]);
  });
});

describe("positionalsOf", () => {
  it("does not mind flags it does not know", () => {
    expect(positionalsOf(["--points", "5", "--device", "cpu", "ot/sinkhorn"], FLAGS)).toEqual(["5", "ot/sinkhorn"]);
  });
});
