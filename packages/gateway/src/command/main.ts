#!/usr/bin/env node
import { parseArgs } from "node:util";
import { EXIT } from "@ansatz/lab/terminal";
import { AnsatzError } from "@ansatz/tensor";
import { GatewayError } from "../errors.ts";

const HELP = `Usage: ansatz-gateway <command>

  start          Serve the page and the GraphQL API of the experiments that are installed here.
  export <file>  Write everything in the database into a file, from which \`import\` makes it again.
  import <file>  Fill a new database, embedded or on a server, with what was exported.
  token create <name> --scope <scope> [--scope …] [--days <n>]
                 Print a new API token: read, run (start and stop runs), record, admin (everything).
  token list     Name, scopes and use of every token.
  token revoke <name>
  audit          The last 100 mutations that were asked for, as lines of JSON.
  demo [--json]  Run ot/sinkhorn-newton on every device through the API of a temporary gateway.

Environment:
  PORT                   4000; 0 takes a free one.
  HOST                   127.0.0.1: this machine only.
  ANSATZ_DATA            .ansatz: folder of the embedded database.
  DATABASE_URL           postgres://user:password@host:5432/name: a PostgreSQL database (15 or newer) instead.
  ANSATZ_RETENTION_DAYS  Delete runs so many days after their end. Unset: never.
  ANSATZ_ANONYMOUS       read: scopes of whoever sends no token; "read,run", or "none".
  ANSATZ_ALLOWED_HOSTS   Names under which it is reached, if others than this machine's.
  ANSATZ_INTROSPECTION   on; off keeps the schema, and GraphiQL, from clients.
  ANSATZ_REQUESTS_PER_MINUTE  6000: of one token, or of one address without.
  ANSATZ_UNFINISHED_RUNS      1000: runs that may wait or be in progress.

Exit codes: 0 fine, 1 an expectation is not met or a run failed, 2 bad usage or a gateway that cannot start.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        scope: { type: "string", multiple: true },
        days: { type: "string" },
      },
    });
    const [command, ...rest] = positionals;
    if (values.help) return help(EXIT.ok);
    if (command === "token") return await token(rest, values);
    const takesFile = command === "export" || command === "import";
    if (rest.length !== (takesFile ? 1 : 0) || (values.json && command !== "demo")) return help(EXIT.refused);
    if (values.scope || values.days) return help(EXIT.refused);
    switch (command) {
      case "start": {
        const { start } = await import("./start.ts");
        await start();
        return EXIT.ok;
      }
      case "export": {
        const { exportArchive } = await import("./archive.ts");
        await exportArchive(rest[0]);
        return EXIT.ok;
      }
      case "import": {
        const { importArchive } = await import("./archive.ts");
        await importArchive(rest[0]);
        return EXIT.ok;
      }
      case "audit": {
        const { printAuditLog } = await import("./access.ts");
        await printAuditLog();
        return EXIT.ok;
      }
      case "demo": {
        const { demo } = await import("./demo.ts");
        return await demo({
          experiment: "ot/sinkhorn-newton",
          json: values.json ?? false,
          out: process.stdout,
          err: process.stderr,
        });
      }
      default:
        return help(EXIT.refused);
    }
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return EXIT.refused;
  }
}

async function token(
  [action, name, ...rest]: readonly string[],
  { scope = [], days }: { readonly scope?: readonly string[] | undefined; readonly days?: string | undefined },
): Promise<number> {
  const { createToken, listTokens, revokeToken } = await import("./access.ts");
  if (rest.length > 0 || (action === "list") !== (name === undefined)) return help(EXIT.refused);
  if (action === "create") await createToken(name, scope, days);
  else if (action === "list") await listTokens();
  else if (action === "revoke") await revokeToken(name);
  else return help(EXIT.refused);
  return EXIT.ok;
}

function help(exitCode: number): number {
  (exitCode === EXIT.ok ? process.stdout : process.stderr).write(HELP);
  return exitCode;
}

/** What went wrong in words; where, too, unless it is something the user can put right. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const foreseen =
    error instanceof GatewayError ||
    error instanceof AnsatzError ||
    (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
  return foreseen ? error.message : (error.stack ?? error.message);
}
