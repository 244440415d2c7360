import { defineConfig } from "vitest/config";

const source = { conditions: ["ansatz-source", "node", "module", "import", "default"] };

export default defineConfig({
  resolve: source,
  ssr: { resolve: source },
  test: {
    include: ["packages/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
    globalSetup: ["./scripts/test-setup.ts"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
