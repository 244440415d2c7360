import type { Builder } from "./builder.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** `Device` and the query that lists them. */
export function addDeviceTypes(builder: Builder, { deviceKind }: Vocabulary): void {
  builder.objectType("Device", {
    description: "A place where experiments can run, or why it is not there.",
    fields: (t) => ({
      kind: t.expose("kind", { type: deviceKind }),
      available: t.exposeBoolean("available"),
      name: t.string({
        nullable: true,
        description: 'For example "cpu: 2 threads, relaxed SIMD"; absent when unavailable.',
        resolve: (device) => (device.available ? device.description.name : null),
      }),
      dtypes: t.stringList({
        description: "The number types it holds; empty when unavailable.",
        resolve: (device) => (device.available ? [...device.description.dtypes] : []),
      }),
      details: t.field({
        type: "JSON",
        nullable: true,
        description:
          "Facts that matter for this kind: SIMD flavour and threads; adapter, limits, features; engine and version.",
        resolve: (device) => (device.available ? device.description.details : null),
      }),
      reason: t.string({
        nullable: true,
        description: "Why it is unavailable.",
        resolve: (device) => (device.available ? null : device.reason),
      }),
      remedy: t.string({
        nullable: true,
        description: "What to install or change to make it available.",
        resolve: (device) => (device.available ? null : device.remedy),
      }),
    }),
  });
  builder.queryField("devices", (t) =>
    t.field({
      type: ["Device"],
      description: "Every kind of device, available or not.",
      resolve: (_root, _args, { devices }) => devices.list(),
    }),
  );
}
