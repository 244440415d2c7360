import { execFile } from "node:child_process";
import { glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Inside the repository, so that examples import packages as their users do. */
const folder = join(root, ".ansatz/readme-examples");

const readmes: string[] = ["README.md", "CONTRIBUTING.md"];
for await (const file of glob("packages/*/README.md", { cwd: root })) readmes.push(file);

afterAll(() => rm(folder, { recursive: true, force: true }));

for (const readme of readmes) {
  const text = await readFile(join(root, readme), "utf8");
  const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
  if (examples.length === 0) continue;
  describe(readme, () => {
    for (const [index, code] of examples.entries())
      it(`example ${index + 1} runs: ${code.split("\n", 1)[0]}`, async () => {
        await mkdir(folder, { recursive: true });
        const file = join(folder, `${readme.replaceAll("/", "-")}-${index + 1}.ts`);
        await writeFile(file, code);
        const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=ansatz-source", file], {
          cwd: root,
        });
        for (const [, expected] of code.matchAll(/\/\/ prints: (.*)$/gm)) expect(stdout).toContain(expected);
      });
  });
}
