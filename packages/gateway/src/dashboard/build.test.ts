import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import buildDashboard from "../../../../scripts/build-dashboard.ts";
import { generateOperations } from "../../dashboard/generate-operations.ts";

const gateway = fileURLToPath(new URL("../..", import.meta.url));
const index = join(gateway, "dist/dashboard/index.html");

describe("the build of the dashboard", () => {
  beforeAll(() => buildDashboard());

  it("leaves the page alone when nothing has changed", async () => {
    const before = await stat(index);
    await buildDashboard();
    expect((await stat(index)).ino).toBe(before.ino);
  });

  it("brings the licences of what it bundles", async () => {
    const licences = await readFile(join(gateway, "dist/dashboard/licenses.md"), "utf8");
    for (const name of ["react", "react-dom", "uplot"]) expect(licences).toContain(`## ${name} - `);
    await expect(readFile(join(gateway, "dist/dashboard/assets/ibm-plex-sans-licence.txt"), "utf8")).resolves.toContain(
      "SIL OPEN FONT LICENSE",
    );
  });

  it("has sources whose types agree with each other and with the committed schema", async () => {
    await generateOperations();
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const check = promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", join(gateway, "dashboard")]);
    // tsc writes what it finds to stdout and exits with 2.
    await expect(check.catch(({ stdout }) => Promise.reject(new Error(stdout)))).resolves.toMatchObject({ stdout: "" });
  });
});
