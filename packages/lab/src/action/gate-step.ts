/** The first step of the GitHub Action (action.yml at the root): runs the gate, and leaves its reports in a folder. Imports nothing that would have to be installed. */
import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { env } = process;
const { ANSATZ_BASE: base = "", ANSATZ_PATTERN: pattern = "", ANSATZ_FLAGS: flags = "" } = env;
const { ANSATZ_COMMAND: command = "npx ansatz" } = env;

const folder = mkdtempSync(join(env.RUNNER_TEMP || tmpdir(), "ansatz-gate-"));
const exitCode = gate();
const report = join(folder, "gate.md");
if (env.GITHUB_STEP_SUMMARY && existsSync(report)) appendFileSync(env.GITHUB_STEP_SUMMARY, readFileSync(report));
if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `exit-code=${exitCode}\nfolder=${folder}\n`);
process.exitCode = exitCode;

function gate(): number {
  if (base === "") {
    console.log("::error::ansatz: outside of a pull request, `base` must say what to compare with");
    return 2;
  }
  fetchBase();
  const file = (name: string) => join(folder, name);
  const arguments_ = [
    ...["gate", "--base", base, "--json", "--markdown", file("gate.md"), "--junit", file("gate.xml")],
    ...["--html", file("gate.html"), ...lines(flags), ...(pattern ? [pattern] : [])],
  ];
  const json = openSync(file("gate.json"), "w");
  const [program, ...before] = command.split(" ").filter(Boolean);
  const { status, error } = spawnSync(program, [...before, ...arguments_], {
    stdio: ["ignore", json, "inherit"],
    // npx is a script there, which only a shell starts.
    shell: process.platform === "win32",
  });
  closeSync(json);
  if (error) console.log(`::error::ansatz: ${program} cannot be started: ${error.message}`);
  return status ?? 2;
}

/** A checkout has one commit, unless told otherwise. */
function fetchBase(): void {
  const git = (...line: string[]) => spawnSync("git", line, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
  const known = spawnSync("git", ["cat-file", "-e", `${base}^{commit}`], { stdio: "ignore" }).status === 0;
  // What cannot be fetched, the gate reports as a commit that does not exist.
  if (!known) git("fetch", "--no-tags", "--depth=1", "origin", base);
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
