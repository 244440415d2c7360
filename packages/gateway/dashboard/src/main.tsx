import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { takeTokenFromAddress } from "./api/token.ts";
import { App } from "./app.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/tables.css";
import "./styles/runs.css";

takeTokenFromAddress();

// Text set in a fallback font first would move when the real one arrives.
const FONT_PATIENCE_MS = 400;

await Promise.race([
  Promise.all([document.fonts.load('400 1em "IBM Plex Sans"'), document.fonts.load('600 1em "IBM Plex Sans"')]).catch(
    () => {},
  ),
  new Promise((resolve) => setTimeout(resolve, FONT_PATIENCE_MS)),
]);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
