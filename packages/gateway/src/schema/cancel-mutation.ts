import type { CancelOutcome } from "../execution/run-queue.ts";
import type { Builder } from "./builder.ts";
import type { UnknownRunType } from "./unknown-run.ts";

type Outcome<Type extends CancelOutcome["type"]> = Extract<CancelOutcome, { type: Type }>;

/** The mutation `cancelRun`. */
export function addCancelMutation(builder: Builder, unknownRun: UnknownRunType): void {
  const requested = builder.objectRef<Outcome<"CancellationRequested">>("CancellationRequested").implement({
    description:
      "A queued run is cancelled at once. A running one is asked to stop, and its thread is ended if it has not after 5 s; `runUpdates` tells when.",
    fields: (t) => ({ run: t.expose("run", { type: "Run" }) }),
  });
  const finished = builder.objectRef<Outcome<"RunAlreadyFinished">>("RunAlreadyFinished").implement({
    interfaces: ["UserError"],
    fields: (t) => ({ run: t.expose("run", { type: "Run" }) }),
  });
  const result = builder.unionType("CancelRunResult", {
    types: [requested, finished, unknownRun],
    resolveType: ({ type }) => type,
  });
  builder.mutationField("cancelRun", (t) =>
    t.field({
      type: result,
      extensions: { scope: "run" },
      description: "Stops a run. Asking twice changes nothing.",
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }, { queue }) => queue.cancel(id),
    }),
  );
}
