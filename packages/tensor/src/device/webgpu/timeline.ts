interface Failure {
  readonly error: Error;
  /** Its place in the order of causes: a shader that does not compile comes before the batch it spoils, whichever is reported first. */
  readonly order: number;
  /** Writes whose results are lost: the first of the batch that failed, up to the last one recorded when the failure became known. */
  readonly from: number;
  readonly to: number;
  reported: boolean;
}

/**
 * Numbers the batches of work sent to the GPU and the writes in them, and remembers which failed. The GPU reports errors after the calls that cause them,
 * so whatever was written between the failed batch and its report may be wrong, and is refused from then on.
 */
export class Timeline {
  readonly #reports = new Set<Promise<void>>();
  readonly #failures: Failure[] = [];
  #watched = 0;
  #batch = 1;
  #writes = 0;
  #writesBeforeBatch = 0;

  /** The batch being recorded; the first is 1. */
  get batch(): number {
    return this.#batch;
  }

  /** To be called when a batch has been submitted and is being watched. */
  nextBatch(): void {
    this.#batch++;
    this.#writesBeforeBatch = this.#writes;
  }

  /** Numbers a write that has been recorded; the first is 1. */
  nextWrite(): number {
    return ++this.#writes;
  }

  /** Notes the failure of the current batch if `report` brings one. */
  watch(report: Promise<Error | undefined | null>): void {
    const from = this.#writesBeforeBatch + 1;
    const order = this.#watched++;
    const noted = report.then(
      (error) => {
        if (error) this.#note(error, from, order);
      },
      // Reports are withdrawn when the device is lost, which is an error of its own.
      () => {},
    );
    this.#reports.add(noted);
    noted.then(() => this.#reports.delete(noted));
  }

  /** Notes a failure that cannot be traced to a batch: the current one is given up. */
  fail(error: Error): void {
    this.#note(error, this.#writesBeforeBatch + 1, this.#watched++);
  }

  /** Waits for all reports. @throws the first failure, unless it has been thrown before. */
  async settle(): Promise<void> {
    await Promise.all(this.#reports);
    const news = this.#failures.filter(({ reported }) => !reported);
    for (const failure of news) failure.reported = true;
    if (news.length > 0) throw news[0].error;
  }

  /** Why a write cannot be trusted; undefined where it can. Number 0 stands for writes of the host. */
  failureOf(write: number): Error | undefined {
    return this.#failures.find(({ from, to }) => from <= write && write <= to)?.error;
  }

  #note(error: Error, from: number, order: number): void {
    this.#failures.push({ error, order, from, to: this.#writes, reported: false });
    this.#failures.sort((a, b) => a.order - b.order);
  }
}
