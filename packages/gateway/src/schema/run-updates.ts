import { type RunUpdate, watchRun } from "../execution/watch-run.ts";
import type { Builder } from "./builder.ts";
import type { ObservationTypes } from "./observation-types.ts";
import type { UnknownRunType } from "./unknown-run.ts";

type Update<Type extends RunUpdate["type"]> = Extract<RunUpdate, { type: Type }>;

/** The subscription `runUpdates`. */
export function addRunUpdates(builder: Builder, observations: ObservationTypes, unknownRun: UnknownRunType): void {
  const interfaces: ["RunEvent"] = ["RunEvent"];
  const started = builder.objectRef<Update<"RunBegan">>("RunBegan").implement({
    description: "The run has left the queue.",
    interfaces,
    fields: (t) => ({ run: t.expose("run", { type: "Run" }) }),
  });
  const progressed = builder.objectRef<Update<"RunProgressed">>("RunProgressed").implement({
    interfaces,
    fields: (t) => ({ progress: t.expose("progress", { type: observations.progress }) }),
  });
  const points = builder.objectRef<Update<"PointsAdded">>("PointsAdded").implement({
    description: "New points, collected over a tenth of a second.",
    interfaces,
    fields: (t) => ({
      series: t.expose("series", { type: [observations.series], description: "Only the new points; append them." }),
    }),
  });
  const table = builder.objectRef<Update<"TableAdded">>("TableAdded").implement({
    interfaces,
    fields: (t) => ({ table: t.expose("table", { type: observations.table }) }),
  });
  const image = builder.objectRef<Update<"ImageAdded">>("ImageAdded").implement({
    interfaces,
    fields: (t) => ({ image: t.expose("image", { type: observations.image }) }),
  });
  const heatmap = builder.objectRef<Update<"HeatmapAdded">>("HeatmapAdded").implement({
    interfaces,
    fields: (t) => ({ heatmap: t.expose("heatmap", { type: observations.heatmap }) }),
  });
  const note = builder.objectRef<Update<"NoteAdded">>("NoteAdded").implement({
    interfaces,
    fields: (t) => ({ note: t.expose("note", { type: observations.note }) }),
  });
  const finished = builder.objectRef<Update<"RunFinished">>("RunFinished").implement({
    description: "The run has succeeded, failed or been cancelled. Nothing follows.",
    interfaces,
    fields: (t) => ({ run: t.expose("run", { type: "Run" }) }),
  });
  const update = builder.unionType("RunUpdate", {
    types: [started, progressed, points, table, image, heatmap, note, finished, unknownRun],
    resolveType: ({ type }) => type,
  });
  builder.subscriptionField("runUpdates", (t) =>
    t.field({
      type: update,
      description:
        "What happens in a run: first what has happened since `after`, then the rest as it comes, until the run ends. Sent as server-sent events.",
      args: {
        id: t.arg.id({ required: true }),
        after: t.arg.int({
          required: true,
          defaultValue: 0,
          description: "The newest `sequence` already known; 0 for the whole run.",
        }),
      },
      subscribe: (_root, { id, after }, { runs, doorbells, signal }) => watchRun(runs, doorbells, id, after, signal),
      resolve: (update) => update,
    }),
  );
}
