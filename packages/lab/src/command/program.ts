import { AnsatzError } from "@ansatz/tensor";
import { labVersion } from "../environment.ts";
import { InvalidParametersError } from "../parameters.ts";
import { aa } from "./aa.ts";
import { UsageError } from "./arguments.ts";
import { bench } from "./bench.ts";
import { bisect } from "./bisect.ts";
import { type Command, helpPage, hintAt } from "./command.ts";
import { devices } from "./devices.ts";
import { EXIT } from "./exit-code.ts";
import { gate } from "./gate.ts";
import { history } from "./history.ts";
import { list } from "./list.ts";
import { report } from "./report.ts";
import { run } from "./run.ts";
import { type Output, print, type Terminal } from "./terminal.ts";
import { textTable } from "./text-table.ts";

const help: Command = {
  name: "help",
  usage: "help [command]",
  summary: "Explains the program or a command.",
  flags: [],
  async run([name], { out }) {
    print(out, name === undefined ? overview() : helpPage(commandNamed(name)));
    return EXIT.ok;
  },
};

const COMMANDS: readonly Command[] = [list, run, bench, gate, aa, history, bisect, report, devices, help];

/** Runs a command line and returns its exit code; whatever goes wrong is told on the error output. */
export async function runProgram(line: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const [name = "help", ...rest] = line;
    if (name === "--version" || name === "-v") print(terminal.out, labVersion());
    else return await commandNamed(/^(--help|-h)$/.test(name) ? "help" : name).run(rest, terminal);
    return EXIT.ok;
  } catch (error) {
    explain(error, terminal.err);
    return EXIT.refused;
  }
}

function commandNamed(name: string): Command {
  const names = COMMANDS.map((command) => command.name);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw new UsageError(`unknown command "${name}"${hintAt(name, names)}`);
  return command;
}

function overview(): string {
  const rows = COMMANDS.map(({ usage, summary }) => [`  ansatz ${usage}`, summary]);
  return `Numerical methods of research papers, as experiments and benchmarks.

${textTable([], rows)}

Every command takes --json and --help. Exit codes: 0 fine, 1 an expectation not met, a failed run or a
regression, 2 bad usage, invalid input, a broken build or a device that is not there, 3 the host is too noisy to say, 130 interrupted.`;
}

function explain(error: unknown, err: Output): void {
  if (error instanceof InvalidParametersError)
    for (const { message } of error.issues) print(err, `${error.experiment}: ${message}`);
  else if (error instanceof UsageError) print(err, `ansatz: ${error.message}\nSee: ansatz help`);
  else if (error instanceof AnsatzError) print(err, `ansatz: ${error.message}`);
  else print(err, error instanceof Error ? (error.stack ?? error.message) : String(error));
}
