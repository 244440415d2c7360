import { type Output, print } from "./terminal.ts";

/** Shows how far something has come. */
export interface ProgressDisplay {
  update(done: number, total: number, message?: string): void;
  /** Prints a line without disturbing the bar. */
  note(line: string): void;
  /** Leaves the terminal clean. */
  finish(): void;
}

/** Redraws of a bar, and lines where there is no terminal, come no faster than this. */
const BAR_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 1000;

const BAR_WIDTH = 30;

/** A live bar on a terminal, plain lines at most once a second elsewhere, nothing when `quiet`. */
export function progressDisplay(output: Output, label: string, quiet: boolean): ProgressDisplay {
  if (quiet) return { update() {}, note() {}, finish() {} };
  return output.isTTY ? liveBar(output, label) : plainLines(output, label);
}

function liveBar(output: Output, label: string): ProgressDisplay {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let line = "";
  const clear = () => output.write("\r\x1b[K");
  return {
    update(done, total, message = "") {
      const fraction = fractionOf(done, total);
      const filled = Math.round(fraction * BAR_WIDTH);
      const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
      line = `${label} ${bar} ${percent(fraction)} ${message}`.slice(0, (output.columns ?? 80) - 1);
      const now = performance.now();
      if (now - drawnAt < BAR_INTERVAL_MS) return;
      drawnAt = now;
      clear();
      output.write(line);
    },
    note(text) {
      clear();
      print(output, text);
      output.write(line);
    },
    finish: clear,
  };
}

function plainLines(output: Output, label: string): ProgressDisplay {
  let printedAt = Number.NEGATIVE_INFINITY;
  return {
    update(done, total, message = "") {
      const now = performance.now();
      if (now - printedAt < LINE_INTERVAL_MS) return;
      printedAt = now;
      print(output, `${label} ${percent(fractionOf(done, total))} ${message}`.trimEnd());
    },
    note(text) {
      print(output, text);
    },
    finish() {},
  };
}

function fractionOf(done: number, total: number): number {
  return total > 0 ? Math.min(1, done / total) : 0;
}

function percent(fraction: number): string {
  return `${Math.round(100 * fraction)} %`.padStart(5);
}
