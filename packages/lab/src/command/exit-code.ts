/** What the command says to the shell; of several, the largest counts. */
export const EXIT = {
  ok: 0,
  /** A run failed, an expectation was not met, a benchmark was wrong, something got worse. */
  notMet: 1,
  /** Bad usage, invalid input, a device that is not there, nothing to do, a defect. */
  refused: 2,
  /** The host is too noisy to say. */
  tooNoisy: 3,
  /** Ctrl-C, as shells have it: 128 + SIGINT. */
  interrupted: 130,
} as const;
