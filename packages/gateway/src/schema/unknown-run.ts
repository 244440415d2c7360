import type { UnknownRun } from "../execution/unknown-run.ts";
import type { Builder } from "./builder.ts";

export type UnknownRunType = ReturnType<typeof addUnknownRun>;

/** `UnknownRun`: the answer wherever the id of a run leads nowhere. */
export function addUnknownRun(builder: Builder) {
  return builder.objectRef<UnknownRun>("UnknownRun").implement({
    interfaces: ["UserError"],
    fields: (t) => ({ id: t.exposeID("id") }),
  });
}
