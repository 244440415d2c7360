import type { ExactChannel } from "./exact-channels.ts";
import type { GateResult, WorkloadResult } from "./gate-result.ts";
import { sentence } from "./gate-table.ts";

/** The result as JUnit's XML: a test case per workload and per package, failed where it got worse, skipped where it was not decided. */
export function junitReport(result: GateResult): string {
  const cases = [
    ...result.workloads.map((each) => workloadCase(each, result.allowed)),
    ...result.packages.map(({ name, channels }) => element("size", name, worsened(channels, result.allowed))),
    // A refusal has no workload to its name.
    ...(result.workloads.length === 0
      ? [
          element(
            "gate",
            "host",
            result.reasons.map((text) => ["error", text]),
          ),
        ]
      : []),
  ];
  const count = (tag: string) => cases.filter((each) => each.includes(`<${tag}`)).length;
  const counts = `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="ansatz gate" ${counts} timestamp="${result.startedAt}">
${cases.join("\n")}
</testsuite>
</testsuites>
`;
}

/** What went wrong: the element and its message. */
type Finding = readonly [tag: "failure" | "error" | "skipped", message: string];

function workloadCase(workload: WorkloadResult, allowed: readonly string[]): string {
  const { name, package: group } = workload;
  if (workload.status !== "measured")
    return element(group, name, [[workload.status === "failed" ? "error" : "skipped", workload.reason]]);
  const { identical, decision, channels } = workload;
  const words = `${sentence(workload)}; ${(100 * decision.estimate).toFixed(1)} % slower, p = ${decision.p}`;
  const findings: Finding[] = [];
  if (decision.state === "regression") findings.push([identical ? "error" : "failure", words]);
  if (!identical) findings.push(...worsened(channels, allowed));
  if (decision.state === "inconclusive" && findings.length === 0) findings.push(["skipped", words]);
  return element(group, name, findings);
}

function worsened(channels: readonly ExactChannel[], allowed: readonly string[]): Finding[] {
  return channels
    .filter(({ channel, state }) => state === "worse" && !allowed.includes(channel))
    .map(({ channel, base, head }) => ["failure", `${channel} went from ${base} to ${head}`]);
}

function element(group: string, name: string, findings: readonly Finding[]): string {
  const attributes = `classname="${escapeXml(group)}" name="${escapeXml(name)}"`;
  if (findings.length === 0) return `<testcase ${attributes}/>`;
  const children = findings.map(([tag, message]) => `<${tag} message="${escapeXml(message)}"/>`);
  return `<testcase ${attributes}>${children.join("")}</testcase>`;
}

/** Control characters, which a crashed process may have written, are not XML even when escaped. */
function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  return text.replaceAll(/[\0-\x08\x0b-\x1f]/g, "").replaceAll(/[&<>"\n]/g, (character) => entities[character]);
}
