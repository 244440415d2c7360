/** Turns Ctrl-C, or another of these signals, into an abort while it is in use; a second one ends the process at once. */
export function listenForInterrupt(
  signals: readonly NodeJS.Signals[] = ["SIGINT"],
): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Error("interrupted"));
  // Once: the second finds the default disposition again, which ends the process.
  for (const signal of signals) process.once(signal, interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
