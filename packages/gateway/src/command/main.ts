#!/usr/bin/env node
import { parseArgs } from "node:util";
import { EXIT } from "@ansatz/lab/terminal";
import { AnsatzError } from "@ansatz/tensor";
import { GatewayError } from "../errors.ts";

const HELP = `Usage: ansatz-gateway <command>

  start          Serve the page and the GraphQL API of the experiments that are installed here.
  export <file>  Write everything in the database into a file, from which \`import\` makes it again.
  import <file>  Fill a new database, embedded or on a server, with what was exported.
  demo [--json]  Run ot/sinkhorn-newton on every device through the API of a temporary gateway.

Environment:
  PORT                   4000; 0 takes a free one.
  HOST                   127.0.0.1: this machine only.
  ANSATZ_DATA            .ansatz: folder of the embedded database.
  DATABASE_URL           postgres://user:password@host:5432/name: a PostgreSQL database (15 or newer) instead.
  ANSATZ_RETENTION_DAYS  Delete runs so many days after their end. Unset: never.

Exit codes: 0 fine, 1 an expectation is not met or a run failed, 2 bad usage or a gateway that cannot start.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h" }, json: { type: "boolean" } },
    });
    const [command, ...rest] = positionals;
    if (values.help) return help(EXIT.ok);
    const takesFile = command === "export" || command === "import";
    if (rest.length !== (takesFile ? 1 : 0) || (values.json && command !== "demo")) return help(EXIT.refused);
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
