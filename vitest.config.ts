import { defineConfig } from "vitest/config";

// Handed on to Node, too: "import" among them would make `require` load ES modules. Vite adds it by itself.
const source = { conditions: ["ansatz-source", "node", "module"] };

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
