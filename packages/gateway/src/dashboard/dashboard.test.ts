import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import buildDashboard from "../../../../scripts/build-dashboard.ts";
import { createSecret } from "../access/tokens.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { FIXTURE, finish, startRun, startTestGateway, type TestGateway } from "../testing/test-gateway.ts";
import { temporaryFolder } from "../testing/test-storage.ts";
import { browserIsThere, launchBrowser, layoutShift, openPage } from "./browser.ts";

const EXPERIMENT = "/experiments/fixture/steps";

const parameter = (page: Page, name: string) => page.locator(`[data-parameter="${name}"] input`);
const status = (page: Page) => page.locator(".run-state .status");
const metric = (page: Page, label: string) => page.locator(".metrics > div", { hasText: label }).locator("dd");

async function startFromForm(page: Page, url: string, values: Readonly<Record<string, string>>): Promise<void> {
  await page.goto(url + EXPERIMENT);
  for (const [name, value] of Object.entries(values)) await parameter(page, name).fill(value);
  await page.getByRole("button", { name: "Start on cpu" }).click();
  await page.waitForURL("**/runs/*");
}

/** How many pixels the page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

describe.skipIf(!browserIsThere())("the dashboard", () => {
  let browser: Browser;
  let shared: TestGateway;
  let url: string;

  beforeAll(async () => {
    await buildDashboard();
    [browser, shared] = await Promise.all([launchBrowser(), startTestGateway()]);
    url = shared.gateway.url;
  });
  afterAll(async () => {
    await browser?.close();
    await shared?.[Symbol.asyncDispose]();
  });

  it("starts a run from the form, shows its curve while it lasts and its result when it ends", async () => {
    await using opened = await openPage(browser);
    const { page, problems, origins } = opened;
    await page.goto(url);
    await page.getByRole("link", { name: "Steps", exact: true }).click();
    await parameter(page, "steps").fill("40");
    await parameter(page, "milliseconds").fill("60");
    await parameter(page, "target").fill("0");
    await page.getByText("bent-upwards").click();
    await page.getByRole("button", { name: "Start on cpu" }).click();

    await status(page).getByText("running").waitFor();
    const curve = page.getByRole("img", { name: /^value, / });
    await curve.locator("canvas").waitFor();
    const bar = page.getByRole("progressbar");
    await expect.poll(() => bar.getAttribute("aria-valuetext")).toMatch(/of 40 · step \d+/);
    // The curve grows under the eyes of the reader, long before the run has ended.
    expect(await curve.getAttribute("aria-label")).toMatch(/value: \d+ points, from 1 at step 1 to /);
    expect(await status(page).textContent()).toBe("running");

    await status(page).getByText("finished").waitFor();
    expect(await curve.getAttribute("aria-label")).toContain("value: 40 points, from 1 at step 1 to 0.025 at step 40");
    expect(await metric(page, "last value").textContent()).toBe("0.025\u202fm");
    expect(await metric(page, "not measured").textContent()).toBe("–");
    expect(await page.locator(".expectations li.unmet").textContent()).toContain("last value ≤ 0");
    expect(await page.locator(".expectations li.met").textContent()).toContain("steps ≥ 1");
    expect(await page.locator(".record").first().textContent()).toContain("bent-upwards");
    expect(await page.title()).toMatch(/^finished · fixture\/steps #\d+ · Ansatz$/);
    expect([...origins]).toEqual([url]);
    expect(problems).toEqual([]);
  });

  it("starts runs with the token of the printed link, and with one that is typed in, but not without", async () => {
    await using folder = await temporaryFolder();
    const launchToken = createSecret();
    await using gateway = await createGateway({
      dataFolder: folder.path,
      packagesFrom: FIXTURE,
      port: 0,
      launchToken,
    });
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(gateway.url + EXPERIMENT);
    const start = page.getByRole("button", { name: "Start on cpu" });
    await start.click();
    await page.getByText('`startRun` needs a token with the scope "run".').waitFor();

    await page.getByText("Token", { exact: true }).click();
    await page.getByLabel("API token").fill(launchToken);
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByText("Token set").waitFor();
    await start.click();
    await page.waitForURL("**/runs/*");
    await status(page).getByText("finished").waitFor();

    await page.getByText("Token set").click();
    await page.getByRole("button", { name: "Forget it" }).click();
    await page.getByText("Token", { exact: true }).waitFor();
    await page.goto(`${gateway.url}/#token=${launchToken}`);
    // The address changes within the page, as it does when a link is pasted into an open tab.
    await page.reload();
    await page.getByText("Token set").waitFor();
    expect(page.url()).not.toContain("token");
  });

  it("shows GraphiQL, which works under the page's policy", async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    await page.goto(`${url}/graphql?query=${encodeURIComponent("{ devices { kind } }")}`);
    await page.locator(".graphiql-execute-button").click();
    await page.locator(".result-window", { hasText: "CPU" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("shows NaN, infinities and what was not measured as what they are", async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    const { run } = await startRun(shared.client, "steps");
    await finish(shared.client, run.id);
    await page.goto(`${url}/runs/${run.id}`);
    const edges = page.locator(".chart", { hasText: "edges" });
    await edges.getByText("edges: 3 not finite").waitFor();
    await edges.getByText("Values", { exact: true }).click();
    expect(await edges.locator("tbody .number.unusual").allTextContents()).toEqual(["NaN", "∞", "−∞"]);
    const table = page.locator(".report-table", { hasText: "powers" });
    expect(await table.locator("tbody td").allTextContents()).toEqual(["1", "1", "2", "NaN", "three", "–"]);
    expect(await page.locator(".pictures img").count()).toBe(2);
    const loaded = await page
      .locator(".pictures img")
      .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
    expect(loaded).toEqual([2, 3]);
    const plan = page.locator(".heatmap img");
    await plan.hover({ position: { x: 2, y: 2 } });
    await page.locator(".heatmap-reading", { hasText: "i 0, column 0: 1" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("puts what the gateway refuses at the field it belongs to and starts nothing", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(url + EXPERIMENT);
    await page.locator(".run-table").waitFor();
    const runsBefore = await page.locator("#runs-heading").textContent();
    await parameter(page, "steps").fill("0");
    await parameter(page, "milliseconds").fill("many");
    await page.getByRole("button", { name: "Start on cpu" }).click();
    const problem = (name: string) => page.locator(`[data-parameter="${name}"] .field-problem`).textContent();
    await expect.poll(() => problem("milliseconds")).toBe("“many” is not a number.");

    await parameter(page, "milliseconds").fill("1e3");
    await page.getByRole("button", { name: "Start on cpu" }).click();
    await expect.poll(() => problem("steps")).toContain("Expected an integer from 1 to 10000");
    expect(await problem("milliseconds")).toBe("");
    expect(await parameter(page, "steps").getAttribute("aria-invalid")).toBe("true");
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest("[data-parameter]")?.getAttribute("data-parameter"));
    await expect.poll(focused).toBe("steps");
    expect(await page.locator("#runs-heading").textContent()).toBe(runsBefore);
  });

  it("explains a device that is not there and does not let it be chosen", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(url + EXPERIMENT);
    const unavailable = page.locator(".device-option.unavailable").first();
    expect(await unavailable.locator("input").isDisabled()).toBe(true);
    expect(await unavailable.textContent()).toMatch(/Not available: .+\. .+/);
  });

  it("cancels a run", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await startFromForm(page, url, { steps: "5000", milliseconds: "20" });
    await status(page).getByText("running").waitFor();
    await page.getByRole("button", { name: "Cancel run" }).click();
    await status(page).getByText("cancelled").waitFor();
    await page.getByText("The run ended before it had numbers.").waitFor();
    await page.getByRole("button", { name: "Run again" }).waitFor();
  });

  it("compares runs selected in the list and marks the better value", async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    for (const steps of [4, 8]) {
      const { run } = await startRun(shared.client, "steps", { seed: 7, parameters: { steps, offset: 77 } });
      await finish(shared.client, run.id);
    }
    await page.goto(url + EXPERIMENT);
    const compare = page.getByRole("button", { name: /^Compare/ });
    expect(await compare.isDisabled()).toBe(true);
    const boxes = page.getByRole("checkbox", { name: /^Select run/ });
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await compare.click();

    await page.waitForURL("**/compare?runs=*");
    const row = (name: string) => page.locator(".comparison tr", { hasText: name });
    await row("last value").waitFor();
    expect(await row("last value").locator("td").allTextContents()).toEqual(["0.250", "best0.125"]);
    expect(await row("offset").count()).toBe(0);
    const curves = page.locator(".chart", { hasText: "value" }).last().locator(".legend-label");
    expect((await curves.allTextContents()).map((label) => label.replace(/#\d+/, "#"))).toEqual(["# cpu", "# cpu"]);
    expect(await page.locator(".compared-pictures img").count()).toBe(4);
    expect(problems).toEqual([]);
  });

  it("repeats a run with the parameters and the seed it had", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    const { run } = await startRun(shared.client, "steps", { seed: 99, parameters: { steps: 3, offset: -5 } });
    await finish(shared.client, run.id);
    await page.goto(`${url}/runs/${run.id}`);
    await page.getByRole("link", { name: "Vary …" }).click();
    await page.getByText(`Filled in as in run #${run.number}.`).waitFor();
    expect(await parameter(page, "offset").inputValue()).toBe("-5");
    expect(await parameter(page, "seed").inputValue()).toBe("99");
    await page.goBack();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForURL((address) => !address.pathname.endsWith(run.id));
    await status(page).getByText("finished").waitFor();
    expect(await page.locator(".record").first().textContent()).toMatch(/offset\s*changed\s*−5.*seed\s*99/);
  });

  it("can be used with the keyboard alone", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(url + EXPERIMENT);
    await parameter(page, "steps").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Skip to the content");
    await parameter(page, "steps").focus();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("6");
    await page.keyboard.press("Enter");
    await status(page).getByText("finished").waitFor();
    const plot = page.getByRole("img", { name: /^value, / });
    await plot.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".chart", { has: plot }).locator(".legend").textContent()).toMatch(/step\s*2.*0\.5/);
  });

  it("is as wide as a phone's screen and no wider, on every page", async () => {
    const first = await startRun(shared.client, "steps", { parameters: { loud: true } });
    const second = await startRun(shared.client, "fails");
    await finish(shared.client, first.run.id);
    await finish(shared.client, second.run.id);
    const pages = [
      ["/", ".device"],
      [EXPERIMENT, ".run-table"],
      [`/runs/${first.run.id}`, ".report-table"],
      [`/runs/${second.run.id}`, ".notice.bad"],
      [`/compare?runs=${first.run.id},${second.run.id}`, ".comparison"],
    ];
    for (const width of [390, 320]) {
      await using opened = await openPage(browser, {
        viewport: { width, height: 844 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
      });
      const { page } = opened;
      for (const [path, complete] of pages) {
        await page.goto(url + path);
        await page.locator(complete).first().waitFor();
        expect(await overflow(page), `${path} at ${width} px`).toBe(0);
        await page.locator(".access-menu summary").click();
        const menu = (await page.locator(".access-menu form").boundingBox())!;
        expect([menu.x >= 0, menu.x + menu.width <= width], `${path} at ${width} px`).toEqual([true, true]);
      }
    }
  });

  it("is light or dark as the system wants, or as the switch says, and remembers the choice", async () => {
    const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await using dark = await openPage(browser, { colorScheme: "dark" });
    await using light = await openPage(browser, { colorScheme: "light" });
    await dark.page.goto(url);
    await light.page.goto(url);
    const [night, day] = [await background(dark.page), await background(light.page)];
    expect(night).not.toBe(day);
    await dark.page.getByRole("button", { name: "Light" }).click();
    expect(await background(dark.page)).toBe(day);
    await dark.page.reload();
    await dark.page.getByRole("button", { name: "Light", pressed: true }).waitFor();
    expect(await background(dark.page)).toBe(day);
    await dark.page.getByRole("button", { name: "As the system" }).click();
    expect(await background(dark.page)).toBe(night);
  });

  it("moves nothing under the reader's eyes while pages load and runs go on", async () => {
    const { run: first } = await startRun(shared.client, "steps");
    await finish(shared.client, first.id);
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await using opened = await openPage(browser, { viewport });
      const { page } = opened;
      // Chromium calls up to 0.1 good. A line that grows by a word is all that may move.
      const limit = 0.01;
      await page.goto(url);
      await page.locator(".recent-run").first().waitFor();
      await page.locator(".device").first().waitFor();
      expect(await layoutShift(page), `home at ${viewport.width} px`).toBeLessThan(limit);
      await page.goto(url + EXPERIMENT);
      await page.locator(".run-table").waitFor();
      expect(await layoutShift(page), `experiment at ${viewport.width} px`).toBeLessThan(limit);
      const { run } = await startRun(shared.client, "steps", { parameters: { steps: 30, milliseconds: 40 } });
      await page.goto(`${url}/runs/${run.id}`);
      // New curves and pictures take the room they need; from then on everything stays where it is.
      await page.getByRole("img", { name: /^value, / }).waitFor();
      const before = await layoutShift(page);
      await status(page).getByText("finished").waitFor();
      await page.locator(".expectations").waitFor();
      expect((await layoutShift(page)) - before, `run at ${viewport.width} px`).toBeLessThan(limit);
    }
  });

  it("says so when there is no such page, run or experiment", async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    for (const [path, words] of [
      ["/nowhere", "There is no such page"],
      ["/runs/none", "There is no such run"],
      ["/experiments/fixture/none", "There is no experiment fixture/none"],
      ["/compare", "No runs to compare"],
    ]) {
      await page.goto(url + path);
      await page.getByRole("heading", { name: words }).waitFor();
    }
  });

  describe("when the gateway goes away", () => {
    it("says so, comes back by itself, and has every point of the run it was showing", async () => {
      await using folder = await temporaryFolder();
      const start = (port: number): Promise<Gateway> =>
        createGateway({
          dataFolder: folder.path,
          packagesFrom: FIXTURE,
          anonymous: ["read", "run"],
          port,
          log: { info() {}, error() {} },
        });
      let gateway = await start(0);
      const port = Number(new URL(gateway.url).port);
      await using opened = await openPage(browser);
      const { page } = opened;
      await startFromForm(page, gateway.url, { steps: "4000", milliseconds: "25" });
      const curve = page.getByRole("img", { name: /^value, / });
      const points = async () =>
        Number(/value: (\d+) points/.exec((await curve.getAttribute("aria-label")) ?? "")?.[1] ?? 0);
      await expect.poll(points, { timeout: 10_000 }).toBeGreaterThan(10);

      await gateway.close();
      await page.getByText("The gateway does not answer.").waitFor();
      const seen = await points();
      gateway = await start(port);
      await using _ = gateway;
      await status(page).getByText("failed").waitFor();
      await page.getByText("The gateway does not answer.").waitFor({ state: "detached" });
      await page.locator(".notice", { hasText: "The gateway stopped while this run was under way." }).waitFor();
      expect(await points()).toBeGreaterThanOrEqual(seen);
      const live = await curve.getAttribute("aria-label");

      // What the page has put together from updates is what a reader who comes later gets.
      await page.reload();
      await status(page).getByText("failed").waitFor();
      expect(await curve.getAttribute("aria-label")).toBe(live);
    });

    it("loses no point when only the network fails", async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await startFromForm(page, url, { steps: "120", milliseconds: "25" });
      const curve = page.getByRole("img", { name: /^value, / });
      await curve.waitFor();
      await page.context().setOffline(true);
      await page.getByText("The gateway does not answer.").waitFor();
      await page.context().setOffline(false);
      await status(page).getByText("finished").waitFor();
      expect(await curve.getAttribute("aria-label")).toContain(
        "value: 120 points, from 1 at step 1 to 0.00833 at step 120",
      );
    });
  });
});
