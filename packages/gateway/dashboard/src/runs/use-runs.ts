import { useEffect, useState } from "react";
import { type FollowedRun, followRun } from "./follow-run.ts";

const LOADING: FollowedRun = { state: "loading" };

/** Follows runs as long as the component is mounted; one state per id, in the order of `ids`. */
export function useRuns(ids: readonly string[]): readonly FollowedRun[] {
  const [runs, setRuns] = useState<ReadonlyMap<string, FollowedRun>>(new Map());
  const key = JSON.stringify(ids);

  useEffect(() => {
    const controller = new AbortController();
    const latest = new Map<string, FollowedRun>();
    let frame = 0;
    // Updates may come faster than a screen shows them; one render per frame is enough.
    const show = () => {
      frame = 0;
      setRuns((known) => new Map([...known, ...latest]));
    };
    for (const id of JSON.parse(key) as string[])
      void followRun(
        id,
        (run) => {
          if (controller.signal.aborted) return;
          latest.set(id, run);
          if (frame === 0) frame = requestAnimationFrame(show);
        },
        controller.signal,
      );
    return () => {
      controller.abort();
      cancelAnimationFrame(frame);
    };
  }, [key]);

  return ids.map((id) => runs.get(id) ?? LOADING);
}
