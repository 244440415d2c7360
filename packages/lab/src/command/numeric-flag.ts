import { type Arguments, flagValue, UsageError } from "./arguments.ts";

/** The value of a flag as a number > 0; undefined when it was not given. @throws UsageError for anything else. */
export function positiveNumber(arguments_: Arguments, name: string): number | undefined {
  const text = flagValue(arguments_, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new UsageError(`--${name}: expected a number > 0, got ${JSON.stringify(text)}`);
  return value;
}
