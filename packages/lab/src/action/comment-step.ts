/** The second step of the GitHub Action: makes the report a comment on the pull request, or renews the one that is there. Imports nothing that would have to be installed. */
import { existsSync, readFileSync } from "node:fs";

const MARKER = "<!-- ansatz gate -->";

/** GitHub's limit, in characters. */
const LONGEST = 65536;

const { env } = process;
const { GITHUB_API_URL: api = "https://api.github.com", GITHUB_REPOSITORY: repository = "" } = env;
const { GITHUB_EVENT_PATH: eventFile = "", ANSATZ_REPORT: report = "" } = env;

if (existsSync(report)) await comment(readFileSync(report, "utf8"));
else console.log("::notice::ansatz: there is no report to comment");

async function comment(markdown: string): Promise<void> {
  const { pull_request: pullRequest } = JSON.parse(readFileSync(eventFile, "utf8"));
  const comments = `/repos/${repository}/issues/${pullRequest.number}/comments`;
  const body = markdown.length <= LONGEST ? markdown : `${markdown.slice(0, LONGEST - 40)}\n\n… (cut off)`;
  try {
    const existing = await find(comments);
    if (existing === undefined) await request("POST", comments, { body });
    else await request("PATCH", `/repos/${repository}/issues/comments/${existing}`, { body });
  } catch (error) {
    // A pull request from a fork may only read. The step summary has the report.
    console.log(`::notice::ansatz: no comment: ${error instanceof Error ? error.message : error}`);
  }
}

/** Of the comment that an earlier run left. */
async function find(comments: string): Promise<number | undefined> {
  const perPage = 100;
  for (let page = 1; ; page++) {
    const found = await request("GET", `${comments}?per_page=${perPage}&page=${page}`);
    const ours = found.find(({ body }) => body?.startsWith(MARKER));
    if (ours || found.length < perPage) return ours?.id;
  }
}

interface Comment {
  readonly id: number;
  readonly body?: string;
}

async function request(method: string, path: string, content?: object): Promise<Comment[]> {
  const response = await fetch(api + path, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${env.GITHUB_TOKEN}`,
      "x-github-api-version": "2022-11-28",
    },
    ...(content && { body: JSON.stringify(content) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}`);
  return (await response.json()) as Comment[];
}
