/** Where a command writes: results to `out`, everything for people's eyes while it runs to `err`. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
}

/** The part of `process.stdout` that is used here. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Writes a line. */
export function print(output: Output, line = ""): void {
  output.write(`${line}\n`);
}

/** Writes a value as the only JSON document on the output. */
export function printJson(output: Output, value: unknown): void {
  print(output, JSON.stringify(value, null, 2));
}
