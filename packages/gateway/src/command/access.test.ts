import { describe, expect, it } from "vitest";
import { Command } from "../testing/command.ts";
import { temporaryStorage } from "../testing/test-storage.ts";

describe("ansatz-gateway token", () => {
  it("makes a token, lists it without its secret, and revokes it", async () => {
    await using storage = await temporaryStorage();
    const run = async (...words: string[]) => {
      await using command = new Command(words, storage.environment);
      return [await command.exitCode(), command.output, command.errors];
    };
    const [code, secret] = await run("token", "create", "nightly", "--scope", "read", "--scope", "run", "--days", "30");
    expect([code, secret]).toEqual([0, expect.stringMatching(/^ansatz_[\w-]{43}\n$/)]);
    expect(await run("token", "create", "nightly", "--scope", "read")).toEqual([
      2,
      "",
      'There is a token "nightly" already. Revoke it, or choose another name.\n',
    ]);
    const [, list] = await run("token", "list");
    expect(list).toMatch(/^nightly\tread run\tmade [\d-]+\tnever used\texpires [\d-]+\n$/);
    expect(await run("token", "revoke", "nightly")).toEqual([0, 'Revoked "nightly".\n', ""]);
    expect((await run("token", "revoke", "nightly"))[0]).toBe(2);
    expect((await run("token", "list"))[1]).toContain("\trevoked ");
    expect(await run("audit")).toEqual([0, "", ""]);
  });

  it("refuses scopes that are none, and says which there are", async () => {
    await using storage = await temporaryStorage();
    await using command = new Command(["token", "create", "x", "--scope", "write"], storage.environment);
    expect(await command.exitCode()).toBe(2);
    expect(command.errors).toBe('--scope: expected one or more of read, run, record, admin, got "write"\n');
  });
});
