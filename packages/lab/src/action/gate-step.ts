/** The first step of the GitHub Action (action.yml at the root): runs the gate, and leaves its reports in a folder. Imports nothing that would have to be installed. */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { env } = process;
const { ANSATZ_BASE: base = "", ANSATZ_PATTERN: pattern = "", ANSATZ_FLAGS: flags = "" } = env;
const { ANSATZ_COMMAND: command = "npx ansatz" } = env;

/** Of what the gate told people, what is kept for the report of a failure. */
const KEPT_OUTPUT = 4000;

interface Ended {
  readonly exitCode: number;
  readonly said: string;
}

const folder = mkdtempSync(join(env.RUNNER_TEMP || tmpdir(), "ansatz-gate-"));
const report = join(folder, "gate.md");
const { exitCode, said } = await gate();
// Else the comment on an earlier commit would stand as if it were about this one.
if (!existsSync(report)) writeFileSync(report, reportOfFailure(said));
if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, readFileSync(report));
if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `exit-code=${exitCode}\nfolder=${folder}\n`);
process.exitCode = exitCode;

async function gate(): Promise<Ended> {
  if (base === "") return failure("outside of a pull request, `base` must say what to compare with");
  fetchBase();
  const file = (name: string) => join(folder, name);
  const arguments_ = [
    ...["gate", "--base", base, "--json", "--markdown", report, "--junit", file("gate.xml")],
    ...["--html", file("gate.html"), ...lines(flags), ...(pattern ? [pattern] : [])],
  ];
  const json = openSync(file("gate.json"), "w");
  const [program, ...before] = command.split(" ").filter(Boolean);
  const child = spawn(program, [...before, ...arguments_], {
    stdio: ["ignore", json, "pipe"],
    // npx is a script there, which only a shell starts.
    shell: process.platform === "win32",
  });
  let told = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    process.stderr.write(text);
    told = (told + text).slice(-KEPT_OUTPUT);
  });
  const ended = await new Promise<Ended>((resolve) => {
    child.on("error", ({ message }) => resolve(failure(`${program} cannot be started: ${message}`)));
    child.on("close", (status) => resolve({ exitCode: status ?? 2, said: told }));
  });
  closeSync(json);
  return ended;
}

function failure(message: string): Ended {
  console.log(`::error::ansatz: ${message}`);
  return { exitCode: 2, said: message };
}

function reportOfFailure(text: string): string {
  // The text must not end the block that it stands in.
  const cause = text.replaceAll("```", "ʼʼʼ").trim();
  return `<!-- ansatz gate -->\n\n### Nothing could be measured.\n\n\`\`\`\n${cause}\n\`\`\`\n`;
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
