import type { Builder } from "./builder.ts";

export type Connections = ReturnType<typeof addConnections>;

/** The Relay connections of the schema, each used by more than one field. */
export function addConnections(builder: Builder) {
  builder.globalConnectionField("totalCount", (t) =>
    t.int({
      description: "How many there are over all pages. Runs are counted up to 10 000, which then means 10 000 or more.",
      resolve: ({ totalCount }) => (typeof totalCount === "function" ? totalCount() : totalCount),
    }),
  );
  return {
    packages: builder.connectionObject({ type: "Package", name: "PackageConnection" }),
    experiments: builder.connectionObject({ type: "Experiment", name: "ExperimentConnection" }),
    runs: builder.connectionObject({ type: "Run", name: "RunConnection" }),
  };
}
