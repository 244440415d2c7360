import { dataFolder } from "@ansatz/lab";
import { GatewayError } from "../errors.ts";
import { createGateway } from "../gateway.ts";

/** `ansatz-gateway start`: a gateway until Ctrl-C. */
export async function start(): Promise<void> {
  const begun = performance.now();
  const folder = dataFolder();
  const host = process.env.HOST || "127.0.0.1";
  const gateway = await createGateway({ dataFolder: folder, host, port: portFromEnvironment() });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(
    [
      `Ansatz gateway, ready in ${seconds} s. Ctrl-C stops it.`,
      `  page  ${gateway.url}`,
      `  API   ${gateway.url}/graphql`,
      `  data  ${folder}`,
      "",
    ].join("\n"),
  );
  await interruption();
  process.stderr.write("Stopping. Ctrl-C again does not wait.\n");
  await gateway.close();
}

/** Resolves at the first SIGINT or SIGTERM; the next one ends the process at once. */
async function interruption(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => {
        for (const next of ["SIGINT", "SIGTERM"] as const) {
          process.removeAllListeners(next);
          process.once(next, () => process.exit(130));
        }
        resolve();
      });
  });
}

function portFromEnvironment(): number {
  const text = process.env.PORT || "4000";
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new GatewayError("INVALID_OPTION", `PORT: expected an integer from 0 to 65535, got ${JSON.stringify(text)}`);
}
