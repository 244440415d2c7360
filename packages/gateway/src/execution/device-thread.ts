import type { Worker } from "node:worker_threads";
import type { RunFailure, RunRecord } from "@ansatz/lab";
import { startSiblingThread } from "../sibling-module.ts";
import type { EncodedEvent } from "./event-encoding.ts";
import type { RunJob, RunWorkerData, RunWorkerRequest, RunWorkerResponse } from "./run-messages.ts";

/** How a job ended: with its record, or without one. */
export type JobEnding =
  | { readonly type: "record"; readonly record: RunRecord }
  | { readonly type: "refused"; readonly failure: RunFailure }
  /** The thread was ended because the job did not stop. */
  | { readonly type: "ended" }
  /** The thread is gone: out of memory, or by an error nobody caught. */
  | { readonly type: "died"; readonly reason: string };

/** The thread in which a device's runs execute, one after the other. It is kept, with its warm kernels, until it dies. */
export class DeviceThread {
  readonly #packagesFrom: string;
  #worker: Worker | undefined;
  /** The job in progress. */
  #job: { readonly end: (ending: JobEnding) => void; readonly onEvent: (event: EncodedEvent) => void } | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(packagesFrom: string) {
    this.#packagesFrom = packagesFrom;
  }

  /** Runs a job. Only one at a time. */
  async run(job: RunJob, onEvent: (event: EncodedEvent) => void): Promise<JobEnding> {
    this.#worker ??= this.#start();
    const ending = await new Promise<JobEnding>((end) => {
      this.#job = { end, onEvent };
      this.#send({ type: "run", job });
    });
    this.#job = undefined;
    clearTimeout(this.#deadline);
    return ending;
  }

  /** Asks the job in progress to stop, and ends the thread if it has not after `grace` milliseconds. */
  cancel(grace: number): void {
    if (!this.#job) return;
    this.#send({ type: "cancel" });
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.dispose(), grace);
  }

  /** Ends the thread, and with it the job in progress. The next job starts another one. */
  async dispose(): Promise<void> {
    const [worker, job] = [this.#worker, this.#job];
    this.#worker = undefined;
    await worker?.terminate();
    job?.end({ type: "ended" });
  }

  #start(): Worker {
    const workerData: RunWorkerData = { packagesFrom: this.#packagesFrom };
    const worker = startSiblingThread("run-worker", import.meta.url, { workerData });
    worker.on("message", (response: RunWorkerResponse) => {
      if (response.type === "event") this.#job?.onEvent(response);
      else this.#job?.end(response);
    });
    // A thread may also die between two jobs; either way it takes no other one.
    const died = (reason: string) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#job?.end({ type: "died", reason });
    };
    worker.on("error", (error) => died(String(error)));
    worker.on("exit", (code) => died(`its thread ended with exit code ${code}`));
    return worker;
  }

  #send(request: RunWorkerRequest): void {
    this.#worker?.postMessage(request);
  }
}
