import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Everything that a module imports, other than types: its files, and the packages they name. */
function importsOf(entry: URL): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: URL) => {
    if (files.has(file.href)) return;
    files.add(file.href);
    const source = readFileSync(fileURLToPath(file), "utf8");
    for (const [statement, specifier] of source.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"/gm)) {
      if (/^(import|export) type /.test(statement)) continue;
      if (specifier.startsWith(".")) visit(new URL(specifier, file));
      else packages.add(specifier);
    }
  };
  visit(entry);
  return { files, packages };
}

it.each(["linalg", "ot"])("%s imports neither the lab, nor a schema library, nor data", (name) => {
  const { files, packages } = importsOf(new URL(`../packages/${name}/src/index.ts`, import.meta.url));
  expect(files.size).toBeGreaterThan(20);
  const others = [...packages].filter((specifier) => !specifier.startsWith("#kernels/"));
  // Neither of them has dependencies; ot loads linalg when a method that needs it is called.
  const allowed = ["@ansatz/tensor", "@ansatz/tensor/layers", "@ansatz/tensor/optimisers"];
  expect(others).toContain("@ansatz/tensor");
  expect(others.filter((specifier) => !allowed.includes(specifier))).toEqual([]);
});
