/** Turns Ctrl-C into an abort while it is in use; a second Ctrl-C ends the process at once. */
export function listenForInterrupt(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Error("interrupted by Ctrl-C"));
  // Once: the second finds the default disposition again, which ends the process.
  process.once("SIGINT", interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", interrupt);
    },
  };
}
