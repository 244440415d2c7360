import { setTimeout as sleep } from "node:timers/promises";
import type { RunFailure } from "@ansatz/lab";
import type { DeviceKind } from "@ansatz/tensor";
import type { Log } from "../log.ts";
import type { RunReader } from "../storage/run-reader.ts";
import type { NewRun, RunEnding, RunWriter } from "../storage/run-writer.ts";
import type { StoredRun } from "../storage/tables.ts";
import { DeviceThread, type JobEnding } from "./device-thread.ts";
import { EventRecorder } from "./event-recorder.ts";
import { type UnknownRun, unknownRun } from "./unknown-run.ts";

export type CancelOutcome =
  | { readonly type: "CancellationRequested"; readonly run: StoredRun }
  | {
      readonly type: "RunAlreadyFinished";
      readonly run: StoredRun;
      readonly message: string;
      readonly path: readonly string[];
    }
  | UnknownRun;

export interface RunQueueOptions {
  readonly reader: RunReader;
  readonly writer: RunWriter;
  /** Folder from which packages are found. */
  readonly packagesFrom: string;
  readonly log: Log;
}

/** How long a cancelled experiment may take to notice before its thread is ended. */
const CANCEL_GRACE_MS = 5000;
/** The same when the gateway itself stops. */
const STOP_GRACE_MS = 2000;
/** A database that does not answer is asked again after this long. */
const RETRY_MS = 1000;

/** Executes queued runs, oldest first: one at a time on each kind of device, each kind in its own thread. */
export class RunQueue {
  readonly #options: RunQueueOptions;
  readonly #lanes = new Map<DeviceKind, Lane>();
  #stopped = false;

  constructor(options: RunQueueOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier process has left: its running runs have failed, its queued ones are run. */
  async resume(): Promise<void> {
    await this.#options.writer.endInterrupted();
    for (const device of await this.#options.writer.devicesWithQueuedRuns()) this.#wake(device);
  }

  /** Queues a run, unless its idempotency key is taken: then the run that has it comes back. */
  async submit(run: NewRun): Promise<{ readonly run: StoredRun; readonly created: boolean }> {
    const submitted = await this.#options.writer.create(run);
    if (submitted.created) this.#wake(run.device);
    return submitted;
  }

  /** Cancels a queued run at once; asks a running one to stop. */
  async cancel(id: string): Promise<CancelOutcome> {
    const { reader, writer } = this.#options;
    const found = await reader.find(id);
    if (!found) return unknownRun(id);
    const run = await writer.requestCancel(id);
    if (run) {
      if (run.status === "RUNNING") this.#lanes.get(run.device)?.cancel(id);
      return { type: "CancellationRequested", run };
    }
    const ended = (await reader.find(id))!;
    const message = `Run ${ended.number} has already ended: ${ended.status.toLowerCase()}.`;
    return { type: "RunAlreadyFinished", run: ended, message, path: ["id"] };
  }

  /** Ends the runs in progress as interrupted; queued ones stay queued. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
  }

  #wake(device: DeviceKind): void {
    if (this.#stopped) return;
    let lane = this.#lanes.get(device);
    if (!lane) this.#lanes.set(device, (lane = new Lane(device, this.#options)));
    lane.wake();
  }
}

/** The runs of one kind of device. */
class Lane {
  readonly #device: DeviceKind;
  readonly #options: RunQueueOptions;
  readonly #thread: DeviceThread;
  /** Runs to cancel: the one in progress, or one that is just being fetched. */
  readonly #cancelled = new Set<string>();
  #active: string | undefined;
  #working: Promise<void> | undefined;
  #awake = false;
  readonly #stopping = new AbortController();

  constructor(device: DeviceKind, options: RunQueueOptions) {
    this.#device = device;
    this.#options = options;
    this.#thread = new DeviceThread(options.packagesFrom);
  }

  wake(): void {
    this.#awake = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // Woken between the last look and this moment.
      if (this.#awake && !this.#stopped) this.wake();
    });
  }

  cancel(id: string): void {
    this.#cancelled.add(id);
    if (this.#active === id) this.#thread.cancel(CANCEL_GRACE_MS);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#active) this.#thread.cancel(STOP_GRACE_MS);
    await this.#working;
    await this.#thread.dispose();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #work(): Promise<void> {
    try {
      while (this.#awake) {
        this.#awake = false;
        for (let run = await this.#next(); run; run = await this.#next()) await this.#execute(run);
      }
    } catch (error) {
      this.#options.log.error(`No runs on ${this.#device} for now: the database does not answer.`, error);
      this.#awake = true;
      await sleep(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  async #next(): Promise<StoredRun | undefined> {
    return this.#stopped ? undefined : await this.#options.writer.begin(this.#device);
  }

  async #execute(run: StoredRun): Promise<void> {
    const { writer, log } = this.#options;
    const recorder = new EventRecorder(run.id, writer);
    const { experiment, device, parameters, seed } = run;
    const ended = this.#thread.run({ experiment, device, parameters, seed }, (event) => recorder.add(event));
    this.#active = run.id;
    if (this.#stopped) this.#thread.cancel(STOP_GRACE_MS);
    else if (this.#cancelled.has(run.id)) this.#thread.cancel(CANCEL_GRACE_MS);
    const ending = await ended;
    this.#active = undefined;
    if (ending.type === "ended") recorder.addNote("The experiment did not stop when asked to; its thread was ended.");
    const runEnding = await recorder.flush().then(
      () => this.#judge(run, ending),
      (error: Error): RunEnding => ({ status: "FAILED", failure: { code: "UNSTORED", message: String(error) } }),
    );
    if (runEnding.failure?.stack) log.error(`Run ${run.number} (${run.experiment}) failed: ${runEnding.failure.stack}`);
    await this.#store(run, runEnding);
    this.#cancelled.delete(run.id);
  }

  /** Stores how a run ended, however long the database does not answer: nobody else knows. A gateway that stops tries once. */
  async #store(run: StoredRun, ending: RunEnding): Promise<void> {
    const { writer, log } = this.#options;
    while (true) {
      try {
        return await writer.finish(run.id, ending);
      } catch (error) {
        if (this.#stopped) throw error;
        log.error(`How run ${run.number} ended could not be stored; trying again.`, error);
        await sleep(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      }
    }
  }

  #judge(run: StoredRun, ending: JobEnding): RunEnding {
    switch (ending.type) {
      case "record":
        // A run that stops because the gateway does has not been cancelled by anyone.
        if (ending.record.status !== "CANCELLED" || this.#cancelled.has(run.id)) return ending.record;
        return { ...ending.record, status: "FAILED", failure: STOPPED };
      case "refused":
        return { status: "FAILED", failure: ending.failure };
      case "ended":
        return this.#cancelled.has(run.id) ? { status: "CANCELLED" } : { status: "FAILED", failure: STOPPED };
      case "died": {
        const message = `The experiment took its thread down with it: ${ending.reason}`;
        return { status: "FAILED", failure: { code: "CRASHED", message } };
      }
    }
  }
}

const STOPPED: RunFailure = {
  code: "INTERRUPTED",
  message: "The gateway was stopped while this run was in progress. Start it again.",
};
