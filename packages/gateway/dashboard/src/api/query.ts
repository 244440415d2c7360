import { useCallback, useEffect, useRef, useState } from "react";
import { type Operation, request } from "./client.ts";
import { GatewayUnreachableError, useConnection } from "./connection.ts";

export interface QueryState<Result> {
  /** The last answer; while `stale`, of the variables before. */
  readonly data: Result | undefined;
  readonly error: Error | undefined;
  /** An answer for the present variables has not arrived yet. */
  readonly stale: boolean;
  refetch(): void;
}

// Going back shows the page as it was while the fresh answer is on its way.
const answers = new Map<string, unknown>();

interface Answer {
  readonly key: string;
  readonly data: unknown;
}

/**
 * Asks the gateway, and again when the variables change, the gateway comes back, the page becomes visible,
 * and every `pollSeconds` (0: never) while it is visible.
 */
export function useQuery<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  pollSeconds = 0,
): QueryState<Result> {
  const key = JSON.stringify([operation.toString(), variables]);
  const { generation } = useConnection();
  const [answer, setAnswer] = useState<Answer | undefined>(() =>
    answers.has(key) ? { key, data: answers.get(key) } : undefined,
  );
  const [failure, setFailure] = useState<{ key: string; error: Error }>();
  const [round, setRound] = useState(0);
  const latest = useRef({ operation, variables });
  latest.current = { operation, variables };
  const refetch = useCallback(() => setRound((count) => count + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `generation` and `round` are reasons to ask again.
  useEffect(() => {
    const controller = new AbortController();
    request(latest.current.operation, latest.current.variables, controller.signal)
      .then((data) => {
        answers.set(key, data);
        setAnswer({ key, data });
        setFailure(undefined);
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted || error instanceof GatewayUnreachableError) return;
        setFailure({ key, error: error as Error });
      });
    return () => controller.abort();
  }, [key, generation, round]);

  useEffect(() => {
    const askIfVisible = () => {
      if (document.visibilityState === "visible") refetch();
    };
    document.addEventListener("visibilitychange", askIfVisible);
    const timer = pollSeconds > 0 ? setInterval(askIfVisible, pollSeconds * 1000) : undefined;
    return () => {
      document.removeEventListener("visibilitychange", askIfVisible);
      clearInterval(timer);
    };
  }, [pollSeconds, refetch]);

  const shown = answer?.key === key ? answer.data : (answers.get(key) ?? answer?.data);
  return {
    data: shown as Result | undefined,
    error: failure?.key === key ? failure.error : undefined,
    stale: answer?.key !== key && !answers.has(key),
    refetch,
  };
}
