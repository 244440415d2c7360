import { createSecret } from "../access/tokens.ts";
import { createGateway } from "../gateway.ts";
import { isLoopback } from "../http/host-check.ts";
import { describeStorage, readEnvironment, storageFromEnvironment } from "./environment.ts";

/** `ansatz-gateway start`: a gateway until Ctrl-C. */
export async function start(): Promise<void> {
  const begun = performance.now();
  const location = storageFromEnvironment();
  const environment = readEnvironment();
  // Whoever sees this terminal may use this machine anyway; a log that others read is no place for a secret.
  const launchToken = isLoopback(environment.host) ? createSecret() : undefined;
  const gateway = await createGateway({ ...location, ...environment, launchToken });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(
    [
      `Ansatz gateway, ready in ${seconds} s. Ctrl-C stops it.`,
      `  page  ${gateway.url}${launchToken ? `/#token=${launchToken}` : ""}`,
      `  API   ${gateway.url}/graphql`,
      `  data  ${describeStorage(location)}`,
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
