import type { Heatmap, Image, Note, Progress, Series, Table } from "../storage/observations.ts";
import type { Builder } from "./builder.ts";

export type ObservationTypes = ReturnType<typeof addObservationTypes>;

/** What an experiment reports while it runs. */
export function addObservationTypes(builder: Builder) {
  const column = builder.objectRef<Table["columns"][number]>("TableColumn").implement({
    fields: (t) => ({
      name: t.exposeString("name"),
      unit: t.string({ nullable: true, resolve: ({ unit }) => unit }),
    }),
  });
  return {
    progress: builder.objectRef<Progress>("Progress").implement({
      description: "Work done so far.",
      fields: (t) => ({
        done: t.expose("done", { type: "Real" }),
        total: t.expose("total", { type: "Real", description: "In the same unit as `done`; may change." }),
        message: t.exposeString("message", { nullable: true }),
      }),
    }),
    series: builder.objectRef<Series>("Series").implement({
      description: "A curve: `values[i]` was observed at `steps[i]`.",
      fields: (t) => ({
        name: t.exposeString("name"),
        length: t.int({ resolve: ({ steps }) => steps.length }),
        steps: t.field({ type: ["Real"], description: "Never decreasing.", resolve: ({ steps }) => steps }),
        values: t.field({ type: ["Real"], resolve: ({ values }) => values }),
      }),
    }),
    table: builder.objectRef<Table>("Table").implement({
      fields: (t) => ({
        sequence: t.exposeInt("sequence"),
        name: t.exposeString("name", { description: "A later table of the same name replaces an earlier one." }),
        columns: t.field({ type: [column], resolve: ({ columns }) => [...columns] }),
        rows: t.field({
          type: t.listRef(t.listRef("TableCell", { nullable: true })),
          description: "One cell per column; null where a cell is empty.",
          resolve: ({ rows }) => rows,
        }),
      }),
    }),
    image: builder.objectRef<Image>("Image").implement({
      fields: (t) => ({
        sequence: t.exposeInt("sequence"),
        name: t.exposeString("name", { description: "A later image of the same name replaces an earlier one." }),
        caption: t.exposeString("caption", { nullable: true }),
        width: t.exposeInt("width", { description: "Pixels." }),
        height: t.exposeInt("height", { description: "Pixels." }),
        url: t.string({
          description: "Path of the PNG on this server; its content never changes.",
          resolve: ({ hash }) => artefactPath(hash, "png"),
        }),
      }),
    }),
    heatmap: builder.objectRef<Heatmap>("Heatmap").implement({
      description: "A matrix drawn with a colour scale.",
      fields: (t) => ({
        sequence: t.exposeInt("sequence"),
        name: t.exposeString("name", { description: "A later heat map of the same name replaces an earlier one." }),
        caption: t.exposeString("caption", { nullable: true }),
        rows: t.exposeInt("rows"),
        columns: t.exposeInt("columns"),
        rowLabel: t.exposeString("rowLabel", { nullable: true }),
        columnLabel: t.exposeString("columnLabel", { nullable: true }),
        scale: t.field({
          type: builder.enumType("HeatmapScale", {
            values: {
              LINEAR: { value: "linear" },
              LOG: { value: "log", description: "Colours follow log10; values ≤ 0 are empty." },
            } as const,
          }),
          resolve: ({ scale }) => scale,
        }),
        minimum: t.exposeFloat("minimum", {
          nullable: true,
          description: "Smallest finite value; absent where there is none.",
        }),
        maximum: t.exposeFloat("maximum", {
          nullable: true,
          description: "Largest finite value; absent where there is none.",
        }),
        url: t.string({
          description: "Path of the rendered PNG on this server; its content never changes.",
          resolve: ({ hash }) => artefactPath(hash, "png"),
        }),
        valuesUrl: t.string({
          description: "Path of the values: float32, little endian, row-major.",
          resolve: ({ valuesHash }) => artefactPath(valuesHash, "f32"),
        }),
      }),
    }),
    note: builder.objectRef<Note>("Note").implement({
      fields: (t) => ({
        sequence: t.exposeInt("sequence"),
        message: t.exposeString("message"),
        at: t.expose("at", { type: "DateTime" }),
      }),
    }),
  };
}

function artefactPath(hash: string, extension: "png" | "f32"): string {
  return `/artefacts/${hash}.${extension}`;
}
