import { InvalidInputError } from "@ansatz/tensor";
import type { BenchmarkResult } from "../benchmarking/benchmark-result.ts";
import type { GateResult } from "../gate/gate-result.ts";
import { FOREIGN_READERS } from "./foreign-formats.ts";
import type { Results } from "./measurement.ts";
import { benchmarkMeasurements, gateMeasurements } from "./own-formats.ts";

const KNOWN =
  "the JSON of `ansatz gate` or `ansatz bench`, of tinybench's tasks, of `vitest bench`, mitata, hyperfine or asv";

/**
 * Reads benchmark results, of this program or of another, telling by its content whose they are.
 *
 * @throws InvalidInputError when the text is of none of them.
 */
export function readResults(text: string): Results {
  const json = parseJson(text);
  if (isGateResult(json)) return gateMeasurements(revived(json));
  if (isBenchmarkResults(json)) return benchmarkMeasurements(json);
  for (const read of FOREIGN_READERS) {
    const results = read(json);
    if (results) return results;
  }
  throw new InvalidInputError("results", KNOWN, text.slice(0, 60));
}

/** The gate's result in the JSON that `ansatz gate --json` printed; undefined where the JSON is of another kind. @throws InvalidInputError when it is no JSON. */
export function readGateResult(text: string): GateResult | undefined {
  const json = parseJson(text);
  return isGateResult(json) ? revived(json) : undefined;
}

/** JSON has no infinity: what could not be bounded is null in it. */
function revived(result: GateResult): GateResult {
  const bound = (value: number | null) => value ?? Number.POSITIVE_INFINITY;
  return {
    ...result,
    workloads: result.workloads.map((each) => {
      if (each.status !== "measured") return each;
      const { upper, minimumDetectable } = each.decision;
      return {
        ...each,
        decision: { ...each.decision, upper: bound(upper), minimumDetectable: bound(minimumDetectable) },
      };
    }),
  };
}

function isGateResult(json: unknown): json is GateResult {
  return typeof json === "object" && json !== null && "verdict" in json && "workloads" in json;
}

function isBenchmarkResults(json: unknown): json is BenchmarkResult[] {
  return Array.isArray(json) && json.length > 0 && json.every((each) => each && "benchmark" in each && "cases" in each);
}

/** JSON, and what Python adds to it: asv writes infinite bounds by their names. */
function parseJson(text: string): unknown {
  const withoutNames = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:Infinity|NaN)\b/g, (token) =>
    token.startsWith('"') ? token : "null",
  );
  try {
    return JSON.parse(withoutNames);
  } catch {
    throw new InvalidInputError("results", KNOWN, text.slice(0, 60));
  }
}
