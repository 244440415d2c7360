import { glob, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

it("every changeset says which packages it is about, and what changes", async () => {
  const packages = new Set<string>();
  for await (const file of glob("packages/*/package.json", { cwd: root }))
    packages.add(JSON.parse(await readFile(`${root}/${file}`, "utf8")).name);
  let count = 0;
  for await (const file of glob(".changeset/*.md", { cwd: root })) {
    const [, front, text] =
      /^---\n((?:"[^"]+": (?:major|minor|patch)\n)+)---\n\n(.+)/s.exec(await readFile(`${root}/${file}`, "utf8")) ?? [];
    expect(front, `${file}: front matter`).toBeDefined();
    for (const [, name] of front.matchAll(/"([^"]+)"/g)) expect(packages, file).toContain(name);
    expect(text.length, file).toBeGreaterThan(40);
    count++;
  }
  expect(count).toBeGreaterThan(0);
});
