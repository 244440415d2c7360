/** Where a gateway tells its operator what happens; never where it answers. */
export interface Log {
  info(message: string): void;
  error(message: string, cause?: unknown): void;
}

/** Lines on stderr. */
export const stderrLog: Log = {
  info(message) {
    process.stderr.write(`${message}\n`);
  },
  error(message, cause) {
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : cause;
    process.stderr.write(`${message}${detail === undefined ? "" : `\n${detail}`}\n`);
  },
};
