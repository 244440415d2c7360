import SchemaBuilder from "@pothos/core";
import RelayPlugin from "@pothos/plugin-relay";
import type { DeviceKind, DeviceListing } from "@ansatz/tensor";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { DeviceProbe } from "../execution/device-probe.ts";
import type { RunQueue } from "../execution/run-queue.ts";
import type { RunStore } from "../storage/run-store.ts";
import type { StoredRun } from "../storage/tables.ts";

/** What resolvers reach: the services of one gateway. */
export interface GraphQLServices {
  readonly catalogue: Catalogue;
  readonly devices: DeviceProbe;
  readonly runs: RunStore;
  readonly queue: RunQueue;
}

/** Services, and the request they serve; its signal fires when the client goes away or the gateway stops. */
export interface GraphQLContext extends GraphQLServices {
  readonly signal: AbortSignal;
}

/** A double as it travels in JSON: infinities and NaN by name. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export type SchemaTypes = {
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  Connection: { totalCount: number | (() => Promise<number>) };
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    Real: { Input: never; Output: number };
    SafeInteger: { Input: number; Output: number };
    DateTime: { Input: never; Output: Date };
  };
  Objects: { Run: StoredRun; Device: DeviceListing };
};

export type Builder = ReturnType<typeof createBuilder>;

/** A fresh Pothos builder; every schema gets its own, since the typed mutations depend on the installed packages. */
export function createBuilder() {
  return new SchemaBuilder<SchemaTypes>({
    plugins: [RelayPlugin],
    defaultFieldNullability: false,
    relay: {
      clientMutationId: "omit",
      cursorType: "String",
      nodeQueryOptions: false,
      nodesQueryOptions: false,
      nodesOnConnection: true,
    },
  });
}

export const DEVICE_KIND_VALUES: Readonly<Record<Uppercase<DeviceKind>, { value: DeviceKind }>> = {
  CPU: { value: "cpu" },
  WEBGPU: { value: "webgpu" },
  TENSORFLOW: { value: "tensorflow" },
};
