import { useSyncExternalStore } from "react";
import { requestHeaders } from "./token.ts";

/** Whether the gateway answers. `generation` grows each time it comes back, so that pages know to ask again. */
export interface ConnectionState {
  readonly reachable: boolean;
  readonly generation: number;
  /** When the next attempt is due, in milliseconds since the epoch; null while one is under way or none is needed. */
  readonly nextAttemptAt: number | null;
}

/** The gateway could not be reached, or something in front of it answered instead. */
export class GatewayUnreachableError extends Error {
  constructor(options?: ErrorOptions) {
    super("The gateway cannot be reached.", options);
    this.name = "GatewayUnreachableError";
  }
}

const RETRY_SECONDS = [1, 1, 2, 3, 5];

let state: ConnectionState = { reachable: true, generation: 0, nextAttemptAt: null };
const listeners = new Set<() => void>();
let attempts = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function change(next: Partial<ConnectionState>): void {
  state = { ...state, ...next };
  for (const listener of [...listeners]) listener();
}

function scheduleAttempt(): void {
  const seconds = RETRY_SECONDS[Math.min(attempts, RETRY_SECONDS.length - 1)];
  attempts += 1;
  timer = setTimeout(() => void attempt(), seconds * 1000);
  change({ reachable: false, nextAttemptAt: Date.now() + seconds * 1000 });
}

async function attempt(): Promise<void> {
  change({ nextAttemptAt: null });
  try {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: requestHeaders("application/json"),
      body: JSON.stringify({ query: "{ __typename }" }),
      signal: AbortSignal.timeout(5000),
    });
    if (!response.ok) throw new GatewayUnreachableError();
    attempts = 0;
    change({ reachable: true, generation: state.generation + 1 });
  } catch {
    scheduleAttempt();
  }
}

/** To be called by whoever finds the gateway gone; starts trying again until it answers. */
export function reportUnreachable(): void {
  if (state.reachable) scheduleAttempt();
}

/** Tries at once instead of waiting for the next attempt. */
export function retryNow(): void {
  if (state.reachable || state.nextAttemptAt === null) return;
  clearTimeout(timer);
  void attempt();
}

/** Resolves when the gateway answers (at once if it does now), rejects when `signal` fires first. */
export function untilReachable(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (state.reachable) return resolve();
    const settle = (act: () => void) => {
      listeners.delete(onChange);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onChange = () => {
      if (state.reachable) settle(resolve);
    };
    const onAbort = () => settle(() => reject(signal.reason));
    listeners.add(onChange);
    signal.addEventListener("abort", onAbort);
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): ConnectionState {
  return useSyncExternalStore(subscribe, () => state);
}
