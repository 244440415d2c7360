import { parseArgs } from "node:util";
import { nearestName } from "../nearest-name.ts";

/** A flag of a command. */
export interface Flag {
  /** Long name without dashes, kebab-case. */
  readonly name: string;
  /** A switch takes no value and has a `--no-` form when `negatable`. */
  readonly type: "value" | "switch";
  readonly negatable?: boolean;
  /** May be given more than once. */
  readonly repeatable?: boolean;
  readonly short?: string;
  /** What the value is, in the help: `"<dir>"`. */
  readonly placeholder?: string;
  readonly description: string;
}

/** What was typed after the command's name. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** Flag name to its values in the order given; a switch is `"true"` or `"false"`. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

/** The command line was wrong; the program ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Sorts a command line into flags and positionals. Values may begin with a dash (`--shift -5`).
 * @throws UsageError naming an unknown flag and the nearest known one, a missing or unwanted value, or a flag given twice.
 */
export function parseArguments(line: readonly string[], flags: readonly Flag[]): Arguments {
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  const { tokens } = tokenize(line, flags);
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const [name, value] = interpret(token, known);
    const earlier = values.get(name) ?? [];
    if (earlier.length > 0 && !known.get(name)?.repeatable) throw new UsageError(`--${name} was given twice`);
    values.set(name, [...earlier, value]);
  }
  return { positionals, flags: values };
}

/** The positionals of a line some of whose flags are not known yet; the value of an unknown flag may be among them. */
export function positionalsOf(line: readonly string[], flags: readonly Flag[]): string[] {
  return tokenize(line, flags).tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
}

/** Whether a switch was given. */
export function isOn({ flags }: Arguments, name: string): boolean {
  return flags.get(name)?.[0] === "true";
}

/** The value of a flag, or undefined when it was not given. */
export function flagValue({ flags }: Arguments, name: string): string | undefined {
  return flags.get(name)?.[0];
}

function tokenize(line: readonly string[], flags: readonly Flag[]) {
  const options = flags.map((flag) => [
    flag.name,
    {
      type: flag.type === "value" ? ("string" as const) : ("boolean" as const),
      ...(flag.short && { short: flag.short }),
    },
  ]);
  // Not strict: its own complaints suggest nothing, and it refuses values that begin with a dash.
  return parseArgs({
    args: [...line],
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
}

function interpret(
  token: { readonly name: string; readonly rawName: string; readonly value?: string | undefined },
  known: ReadonlyMap<string, Flag>,
): [name: string, value: string] {
  const { name, rawName, value } = token;
  const positive = name.startsWith("no-") ? known.get(name.slice(3)) : undefined;
  const flag = known.get(name) ?? (positive?.negatable ? positive : undefined);
  if (flag === undefined) throw new UsageError(`unknown flag ${rawName}${suggestion(name, known.keys())}`);
  if (flag.type === "switch") {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value, got ${JSON.stringify(value)}`);
    return [flag.name, flag.name === name ? "true" : "false"];
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value`);
  return [flag.name, value];
}

function suggestion(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : `; did you mean --${nearest}?`;
}
