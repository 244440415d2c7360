import { DEVICE_KINDS, type DeviceKind } from "@ansatz/tensor";
import { nearestName } from "../nearest-name.ts";
import { type Arguments, type Flag, UsageError } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";
import { textTable } from "./text-table.ts";

/** One verb of the program. */
export interface Command {
  readonly name: string;
  /** After the program's name: `"run <experiment> [flags]"`. */
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** Does the work of `line` (what follows the command's name) and returns the exit code. */
  run(line: readonly string[], terminal: Terminal): Promise<number>;
}

export const JSON_FLAG: Flag = {
  name: "json",
  type: "switch",
  description: "print one JSON array on stdout, and nothing else there",
};

export const QUIET_FLAG: Flag = { name: "quiet", type: "switch", short: "q", description: "show no progress" };

export const HELP_FLAG: Flag = { name: "help", type: "switch", short: "h", description: "show this" };

export const DEVICE_FLAG: Flag = {
  name: "device",
  type: "value",
  repeatable: true,
  placeholder: DEVICE_KINDS.join("|"),
  description: "where to compute; repeat it to compare (default cpu)",
};

/** The devices asked for, each once; the cpu when none was. @throws UsageError for a kind that does not exist. */
export function devicesFrom({ flags }: Arguments): DeviceKind[] {
  const kinds = new Set(flags.get("device") ?? ["cpu"]);
  return [...kinds].map((kind) => {
    const known = DEVICE_KINDS.find((candidate) => candidate === kind);
    if (known === undefined) throw new UsageError(`unknown device "${kind}"; there are ${DEVICE_KINDS.join(", ")}`);
    return known;
  });
}

/** @throws UsageError when there are more positionals than a command takes. */
export function refuseExtra({ positionals }: Arguments, taken: number): void {
  if (positionals.length > taken) throw new UsageError(`unexpected argument ${JSON.stringify(positionals[taken])}`);
}

/** `"; did you mean x?"`, or the whole list where nothing is close. */
export function hintAt(name: string, candidates: readonly string[]): string {
  const nearest = nearestName(name, candidates);
  if (nearest !== undefined) return `; did you mean ${nearest}?`;
  return candidates.length === 0 ? "" : `; there are ${candidates.join(", ")}`;
}

/** A command's help page. */
export function helpPage({ usage, summary, flags }: Pick<Command, "usage" | "summary" | "flags">): string {
  return `Usage: ansatz ${usage}\n\n${summary}\n\n${flagTable(flags)}`;
}

/** Flags with their descriptions. */
export function flagTable(flags: readonly Flag[]): string {
  const rows = flags.map(({ name, short, type, negatable, placeholder, description }) => {
    const long = negatable ? `--[no-]${name}` : `--${name}`;
    const value = type === "value" ? ` ${placeholder ?? "<value>"}` : "";
    return [`  ${short ? `-${short}, ` : ""}${long}${value}`, description];
  });
  return textTable([], rows);
}
