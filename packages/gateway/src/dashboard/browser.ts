import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM_PATH || "/usr/bin/chromium";

/** Whether the tests of the page can run; where they must (`ANSATZ_REQUIRE_BROWSER=1`) a missing browser is an error. */
export function browserIsThere(): boolean {
  if (existsSync(EXECUTABLE)) return true;
  const message = `Tests of the dashboard need Chromium: there is none at ${EXECUTABLE}. CHROMIUM_PATH says where it is.`;
  if (process.env.ANSATZ_REQUIRE_BROWSER === "1") throw new Error(message);
  console.warn(`Skipped: ${message}`);
  return false;
}

/** A headless Chromium with an empty profile of its own, which asks nobody on the internet anything. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page and what went wrong in it. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Uncaught errors and errors on the console. */
  readonly problems: readonly string[];
  /** Origins of everything that was requested. */
  readonly origins: ReadonlySet<string>;
}

/** How far content has moved by itself, as Chromium's layout instability score. */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { shift: number }).shift);
}

function addUpLayoutShifts(): void {
  const page = globalThis as unknown as { shift: number };
  page.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
      if (!entry.hadRecentInput) page.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.addInitScript(addUpLayoutShifts);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  const origins = new Set<string>();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  return { page, problems, origins, [Symbol.asyncDispose]: () => context.close() };
}
