import { request } from "../api/client.ts";
import { GatewayUnreachableError, untilReachable } from "../api/connection.ts";
import { subscribe } from "../api/event-stream.ts";
import { RunDocument, RunUpdatesDocument } from "../generated/operations.ts";
import { applyUpdate, hasEnded, type RunView, viewOf } from "./run-view.ts";

export type FollowedRun =
  | { readonly state: "loading" }
  | { readonly state: "unknown" }
  | { readonly state: "failed"; readonly error: Error }
  | { readonly state: "known"; readonly view: RunView };

// A stream that the gateway completes before the run has ended (it is shutting down) shall not be asked for again in a tight loop.
const PAUSE_MS = 500;

function untilVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (document.visibilityState === "visible") return resolve();
    const settle = (act: () => void) => {
      document.removeEventListener("visibilitychange", onChange);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onChange = () => {
      if (document.visibilityState === "visible") settle(resolve);
    };
    const onAbort = () => settle(() => reject(signal.reason));
    document.addEventListener("visibilitychange", onChange);
    signal.addEventListener("abort", onAbort);
  });
}

/** Fires when the page is hidden; browsers open few connections to one host, and hidden pages need none. */
function hiddenSignal(until: AbortSignal): AbortSignal {
  const controller = new AbortController();
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && controller.abort(), {
    signal: until,
  });
  return controller.signal;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Reads a run and follows it to its end, through lost connections and restarts of the gateway: each time it goes on after the last
 * update it has seen. `publish` gets every new state; it returns when nothing more will come or `signal` has fired.
 */
export async function followRun(id: string, publish: (run: FollowedRun) => void, signal: AbortSignal): Promise<void> {
  let view: RunView | undefined;
  const accept = (next: RunView) => {
    view = next;
    publish({ state: "known", view: next });
  };
  while (!signal.aborted) {
    const round = new AbortController();
    const hidden = hiddenSignal(round.signal);
    try {
      await untilReachable(signal);
      await untilVisible(signal);
      if (view === undefined) {
        const { run } = await request(RunDocument, { id }, signal);
        if (run === null) return publish({ state: "unknown" });
        accept(viewOf(run));
      }
      const known: RunView = view!;
      if (hasEnded(known.facts.status)) return;
      for await (const { runUpdates } of subscribe(
        RunUpdatesDocument,
        { id, after: known.lastSequence },
        AbortSignal.any([signal, hidden]),
      )) {
        if (runUpdates.__typename === "UnknownRun") return publish({ state: "unknown" });
        accept(applyUpdate(view!, runUpdates));
      }
      if (hasEnded(view!.facts.status)) return;
      await pause(PAUSE_MS);
    } catch (error) {
      if (signal.aborted) return;
      if (hidden.aborted || error instanceof GatewayUnreachableError) continue;
      return publish({ state: "failed", error: error as Error });
    } finally {
      round.abort();
    }
  }
}
