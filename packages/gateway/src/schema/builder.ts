import type { MetricDeclaration, PaperReference, ParameterDescription } from "@ansatz/lab";
import type { DeviceListing } from "@ansatz/tensor";
import SchemaBuilder from "@pothos/core";
import RelayPlugin from "@pothos/plugin-relay";
import type { Caller } from "../access/access.ts";
import type { AuditLog } from "../access/audit-log.ts";
import type { Catalogue, CataloguedExperiment, CataloguedPackage } from "../catalogue/catalogue.ts";
import type { DeviceProbe } from "../execution/device-probe.ts";
import type { RunQueue } from "../execution/run-queue.ts";
import type { RunDoorbells } from "../storage/run-doorbells.ts";
import type { RunReader } from "../storage/run-reader.ts";
import type { StoredRun } from "../storage/tables.ts";

/** What resolvers reach: the services of one gateway, and the request they serve. */
export interface GraphQLContext {
  readonly catalogue: Catalogue;
  readonly devices: DeviceProbe;
  readonly runs: RunReader;
  readonly queue: RunQueue;
  readonly doorbells: RunDoorbells;
  readonly audit: Pick<AuditLog, "record">;
  readonly caller: Caller;
  readonly unfinishedRunLimit: number;
  /** Fires when the client goes away or the gateway stops. */
  readonly signal: AbortSignal;
}

/** A failure the user can act on. `path` leads to the offending input, starting at the argument. */
interface UserErrorShape {
  readonly message: string;
  readonly path: readonly string[];
}

/** What Pothos has to know of the values behind the types; exported because inferred types name it. */
export interface SchemaTypes {
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  Connection: { totalCount: number | (() => Promise<number>) };
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    Real: { Input: never; Output: number };
    TableCell: { Input: never; Output: string | number | boolean };
    SafeInteger: { Input: number; Output: number };
    DateTime: { Input: never; Output: Date };
  };
  Interfaces: {
    UserError: UserErrorShape;
    RunEvent: { readonly sequence: number };
  };
  Objects: {
    Package: CataloguedPackage;
    Experiment: CataloguedExperiment;
    Paper: PaperReference;
    Parameter: ParameterDescription;
    MetricDeclaration: MetricDeclaration & { readonly name: string };
    Device: DeviceListing;
    Run: StoredRun;
  };
}

export type Builder = ReturnType<typeof createBuilder>;

/** A fresh builder; every schema gets its own, since the typed mutations depend on the installed packages. */
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
