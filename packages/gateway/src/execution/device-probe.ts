import { DEVICE_KINDS, type DeviceListing } from "@ansatz/tensor";
import { startSiblingProcess } from "../sibling-module.ts";

/** A driver may be installed, a GPU unplugged: after this the devices are looked for again. Not sooner, since looking costs a run its processor. */
const FRESH_FOR_MS = 10 * 60_000;
/** Slow drivers take a few seconds; one that takes longer than this has hung. */
const PATIENCE_MS = 30_000;

/** Knows which devices can be opened here. Looking takes a second or two, so what was found is remembered for ten minutes. */
export class DeviceProbe {
  #found: Promise<DeviceListing[]> | undefined;
  #expires = 0;

  list(): Promise<DeviceListing[]> {
    if (!this.#found || Date.now() > this.#expires) {
      this.#found = probe();
      this.#expires = Date.now() + FRESH_FOR_MS;
    }
    return this.#found;
  }
}

/** Opens every device in a process of its own, since a driver may hang, take its process down, or write to the terminal. */
async function probe(): Promise<DeviceListing[]> {
  const child = startSiblingProcess("device-probe-worker", import.meta.url);
  // A gateway that stops meanwhile does not wait.
  child.unref();
  child.channel?.unref();
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS).unref();
  const listing = await new Promise<DeviceListing[] | undefined>((resolve) => {
    child.once("message", (message) => resolve(message as DeviceListing[]));
    child.once("error", () => resolve(undefined));
    child.once("exit", () => resolve(undefined));
  });
  clearTimeout(timer);
  if (listing) return listing;
  const reason = "looking for devices took too long or ended the process that did";
  const remedy = "Run `ansatz devices` to see what happens; most likely a graphics driver is broken.";
  return DEVICE_KINDS.map((kind) => ({ kind, available: false, reason, remedy }));
}
