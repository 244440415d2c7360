import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { GraphQLClient } from "../command/graphql-client.ts";
import { FIXTURE } from "./test-gateway.ts";

export const MAIN = fileURLToPath(new URL("../command/main.ts", import.meta.url));

/** The command in a process of its own. */
export class Command implements AsyncDisposable {
  readonly process: ChildProcess;
  output = "";
  errors = "";
  readonly ended: Promise<unknown[]>;

  constructor(arguments_: readonly string[], environment: Record<string, string> = {}) {
    this.process = spawn(process.execPath, ["--conditions=ansatz-source", MAIN, ...arguments_], {
      cwd: FIXTURE,
      env: { ...process.env, PORT: "0", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout!.on("data", (text) => (this.output += text));
    this.process.stderr!.on("data", (text) => (this.errors += text));
    this.ended = once(this.process, "exit");
  }

  /** Waits until it says where it is. */
  async client(): Promise<GraphQLClient> {
    const gone = this.ended.then(() => {
      throw new Error(`the command ended: ${this.errors}`);
    });
    while (!/API {3}(\S+)\/graphql/.test(this.output)) await Promise.race([once(this.process.stdout!, "data"), gone]);
    gone.catch(() => {});
    const [, token] = /#token=(\S+)/.exec(this.output)!;
    return new GraphQLClient(/API {3}(\S+)\/graphql/.exec(this.output)![1], token);
  }

  async exitCode(): Promise<number | null> {
    const [code] = await this.ended;
    return code as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended;
  }
}
