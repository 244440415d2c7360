import { type DiscoveredPackage, discoverPackages } from "../discovery/discover-packages.ts";
import { describeParameters } from "../parameters.ts";
import { isOn, parseArguments } from "./arguments.ts";
import { type Command, HELP_FLAG, helpPage, JSON_FLAG, refuseExtra } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { type Output, print, printJson, type Terminal } from "./terminal.ts";
import { textTable } from "./text-table.ts";

export const list: Command = {
  name: "list",
  usage: "list [flags]",
  summary: "Shows the experiments and benchmarks of the package in this folder and of its dependencies.",
  flags: [JSON_FLAG, HELP_FLAG],
  async run(line, { out, err }) {
    const arguments_ = parseArguments(line, list.flags);
    refuseExtra(arguments_, 0);
    if (isOn(arguments_, "help")) print(out, helpPage(list));
    else {
      const packages = await discoverPackages();
      if (isOn(arguments_, "json")) printJson(out, packages.map(packageData));
      else showPackages(packages, { out, err });
    }
    return EXIT.ok;
  },
};

/** Tells on the error output what discovery could not load. */
export function printProblems(packages: readonly DiscoveredPackage[], err: Output): void {
  for (const { name, problems } of packages) for (const problem of problems) print(err, `${name} ${problem}`);
}

function packageData({ experiments, benchmarks, ...rest }: DiscoveredPackage) {
  return {
    ...rest,
    experiments: experiments.map((experiment) => ({
      id: experiment.id,
      title: experiment.title,
      summary: experiment.summary,
      paper: experiment.paper,
      parameters: describeParameters(experiment),
      metrics: experiment.metrics,
    })),
    benchmarks: benchmarks.map(({ id, title, summary, isolates, cases, devices, peers }) => ({
      id,
      title,
      summary,
      isolates,
      cases: cases.map(({ name }) => name),
      devices,
      peers: peers.map(({ name }) => name),
    })),
  };
}

function showPackages(packages: readonly DiscoveredPackage[], { out, err }: Terminal): void {
  if (packages.length === 0) print(err, "No package here offers experiments; try: npm install @ansatz/ot");
  for (const [index, { name, version, description, experiments, benchmarks, problems }] of packages.entries()) {
    print(out, `${index > 0 ? "\n" : ""}${name} ${version}  ${description}`.trimEnd());
    const rows = [
      ...experiments.map(({ id, title }) => ["  run", id, title]),
      ...benchmarks.map(({ id, title, cases }) => [
        "  bench",
        id,
        `${title}, ${cases.length} ${cases.length === 1 ? "case" : "cases"}`,
      ]),
    ];
    if (rows.length > 0) print(out, textTable([], rows));
    for (const problem of problems) print(out, `  problem with ${problem}`);
  }
}
