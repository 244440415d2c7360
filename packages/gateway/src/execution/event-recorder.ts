import type { NewArtefact, NewEvent, RunWriter } from "../storage/run-writer.ts";
import type { EncodedEvent } from "./event-encoding.ts";

/** Events are stored, and thereby told to watchers, ten times a second. */
const FLUSH_INTERVAL_MS = 100;

/** Collects the events of one run and stores them in batches. */
export class EventRecorder {
  readonly #runId: string;
  readonly #writer: RunWriter;
  #lastSequence = 1;
  #events: NewEvent[] = [];
  #artefacts: NewArtefact[] = [];
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(runId: string, writer: RunWriter) {
    this.#runId = runId;
    this.#writer = writer;
  }

  add({ event, artefacts }: EncodedEvent): void {
    this.#lastSequence = event.sequence;
    this.#events.push(event);
    this.#artefacts.push(...artefacts);
    this.#timer ??= setTimeout(() => this.#writeBatch(), FLUSH_INTERVAL_MS);
  }

  /** Adds a line to the log of the run, after everything else. */
  addNote(message: string): void {
    const payload = { message, at: new Date().toISOString() };
    const event: NewEvent = {
      sequence: this.#lastSequence + 1,
      type: "note",
      name: null,
      step: null,
      value: null,
      payload,
    };
    this.add({ event, artefacts: [] });
  }

  /** Stores what is still held back. Rejects when anything of the run could not be stored. */
  async flush(): Promise<void> {
    this.#writeBatch();
    await this.#written;
  }

  #writeBatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const newestProgress = this.#events.findLast(({ type }) => type === "progress");
    const events = this.#events.filter((event) => event.type !== "progress" || event === newestProgress);
    const artefacts = this.#artefacts;
    this.#events = [];
    this.#artefacts = [];
    this.#written = this.#written.then(() => this.#writer.append(this.#runId, events, artefacts));
    // Told by `flush`; unobserved until then.
    this.#written.catch(() => {});
  }
}
