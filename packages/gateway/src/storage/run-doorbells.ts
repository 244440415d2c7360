/** Tells those who watch a run that its events have grown. Carries no data: who hears it reads the database. */
export class RunDoorbells {
  readonly #watchers = new Map<string, Set<RunDoorbell>>();

  /** A doorbell of this run; it takes note of rings from now on until it is disposed. */
  watch(runId: string): RunDoorbell {
    const watchers = this.#watchers.get(runId) ?? new Set();
    this.#watchers.set(runId, watchers);
    const doorbell = new RunDoorbell(() => {
      watchers.delete(doorbell);
      if (watchers.size === 0) this.#watchers.delete(runId);
    });
    watchers.add(doorbell);
    return doorbell;
  }

  ring(runId: string): void {
    for (const doorbell of this.#watchers.get(runId) ?? []) doorbell.ring();
  }

  /** How many doorbells there are; for leak checks. */
  get size(): number {
    let total = 0;
    for (const watchers of this.#watchers.values()) total += watchers.size;
    return total;
  }
}

export class RunDoorbell implements Disposable {
  readonly #remove: () => void;
  #rung = Promise.withResolvers<void>();

  constructor(remove: () => void) {
    this.#remove = remove;
  }

  ring(): void {
    this.#rung.resolve();
  }

  /** Resolves at the first ring since the last call, or when `signal` fires. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const aborted = Promise.withResolvers<void>();
    const abort = () => aborted.resolve();
    signal.addEventListener("abort", abort, { once: true });
    await Promise.race([this.#rung.promise, aborted.promise]);
    signal.removeEventListener("abort", abort);
    this.#rung = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.#remove();
  }
}
