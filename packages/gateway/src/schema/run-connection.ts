import { resolveCursorConnection } from "@pothos/plugin-relay";
import type { InputFieldBuilder } from "@pothos/core";
import type { RunStatus } from "@ansatz/lab";
import type { DeviceKind } from "@ansatz/tensor";
import type { StoredRun } from "../storage/tables.ts";
import type { Builder, GraphQLContext } from "./builder.ts";

