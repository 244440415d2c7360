import { request } from "../api/client.ts";
import { StartRunDocument, type StartRunInput, type StartRunMutation } from "../generated/operations.ts";

export type StartOutcome =
  | { readonly started: string }
  /** `fields`: parameter name (or `seed`, `device`) to what is wrong with it; `message`: the rest. */
  | { readonly started: null; readonly fields: Readonly<Record<string, string>>; readonly message: string };

/** A key nobody has used. `crypto.randomUUID` is not there on plain http beyond localhost. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `["input", "parameters", "points"]` → `points`; `["input", "seed"]` → `seed`. */
function fieldOf(path: readonly string[]): string | undefined {
  return path[1] === "parameters" ? path[2] : path[1];
}

function outcomeOf(result: StartRunMutation["startRun"]): StartOutcome {
  if (result.__typename === "RunStarted") return { started: result.run.id };
  const fields: Record<string, string> = {};
  if (result.__typename === "InvalidParameters") {
    const homeless: string[] = [];
    for (const issue of result.issues) {
      const field = fieldOf(issue.path);
      if (field === undefined) homeless.push(issue.message);
      else fields[field] ??= issue.expected === null ? issue.message : `Expected ${issue.expected}.`;
    }
    return { started: null, fields, message: homeless.join(" ") };
  }
  const field = fieldOf(result.path);
  if (field === "seed" || field === "device")
    return { started: null, fields: { [field]: result.message }, message: "" };
  return { started: null, fields, message: result.message };
}

/**
 * Starts a run. A repetition with the same key, after an answer was lost, starts nothing twice.
 *
 * @throws GatewayUnreachableError, RequestError
 */
export async function startRun(input: StartRunInput & { readonly idempotencyKey: string }): Promise<StartOutcome> {
  const { startRun: result } = await request(StartRunDocument, { input });
  return outcomeOf(result);
}
