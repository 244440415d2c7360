import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `vite packages/gateway/dashboard` serves the sources with hot reload against a gateway running elsewhere.
const gateway = process.env.ANSATZ_GATEWAY ?? "http://localhost:4000";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  logLevel: "warn",
  build: {
    outDir: "../dist/dashboard",
    emptyOutDir: true,
    target: "es2024",
    license: { fileName: "licenses.md" },
    // Data URLs for fonts would be parsed with the style sheet, before anything is drawn.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/graphql": gateway, "/artefacts": gateway } },
});
