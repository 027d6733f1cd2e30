/** The page at /web in a real browser: an episode is played through its form, and nothing hostile ever runs. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, openPage, type Page } from "../../bench/browser/chromium.ts";
import { scenarioList } from "../../src/envs/patch/index.ts";
import { createEnvServer, patchServerOptions, type EnvServer } from "../../src/serve/index.ts";
import { fakePool, fakeVerdict, fakeVerifier, TINY_LINE, tinyScenario } from "../../src/testing/index.ts";

const chromium = findChromium();
const ATTACK = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
const NEEDED = "Chromium is missing: apt-get install chromium, or set CHROMIUM";

/** Hostile in every text that the page shows. */
const scenario = {
  ...tinyScenario(),
  title: `Shop ${ATTACK}`,
  files: { ...tinyScenario().files, "labels.py": `TITLE = "${ATTACK}"\n` },
};

describe.skipIf(chromium === undefined)(`page${chromium === undefined ? ` (${NEEDED})` : ""}`, () => {
  let server: EnvServer;
  let page: Page;
  const problems: unknown[] = [];

  beforeAll(async () => {
    const evidence = { name: `check ${ATTACK}`, passed: false, excerpt: ATTACK, detail: "secret row" };
    const verdict = {
      ...fakeVerdict("exploitable"),
      message: ATTACK,
      rungs: [
        { name: "visible" as const, passed: true, evidence: [{ name: "index", passed: true, status: 200 }] },
        { name: "exploits" as const, passed: false, evidence: [evidence] },
      ],
    };
    const environment = {
      source: scenarioList([scenario]),
      verifier: fakeVerifier(() => verdict),
      pool: fakePool({ onExec: () => ({ stdout: ATTACK }) }),
      showEvidence: true,
    };
    server = createEnvServer(patchServerOptions(environment));
    const { port, url } = await server.listen(0);
    page = await openPage(chromium!, port);
    await page.send("Runtime.enable");
    await page.send("Log.enable");
    page.on("Runtime.exceptionThrown", (event) => problems.push(event));
    // Browsers ask every site for this picture; the server has none.
    page.on("Log.entryAdded", (event: { entry: { url?: string } }) => {
      if (event.entry.url?.endsWith("/favicon.ico") !== true) problems.push(event);
    });
    await page.send("Page.enable");
    await page.send("Page.navigate", { url: `${url}/web` });
    await shows("status", "choose a task");
  });
  afterAll(async () => {
    await page?.close();
    await server?.close();
  });

  async function evaluate(expression: string): Promise<unknown> {
    const { result } = await page.send("Runtime.evaluate", { expression, returnByValue: true });
    return (result as { value?: unknown }).value;
  }
  const text = (id: string) => evaluate(`document.getElementById(${JSON.stringify(id)}).textContent`);

  async function shows(id: string, part: string): Promise<string> {
    for (;;) {
      const now = String(await text(id));
      if (now.includes(part)) return now;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Fills the form as a person would and sends it. */
  async function act(kind: string, fields: Record<string, string>): Promise<void> {
    const steps = Number(await evaluate("document.querySelectorAll('#steps li').length"));
    await evaluate(`
      kind.value = ${JSON.stringify(kind)};
      kind.dispatchEvent(new Event("change"));
      for (const [name, value] of Object.entries(${JSON.stringify(fields)}))
        document.getElementById("act").elements.namedItem(name).value = value;
      send.click();`);
    while (Number(await evaluate("document.querySelectorAll('#steps li').length")) === steps)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await shows("status", " ");
  }

  it("begins an episode and shows its task and files", async () => {
    await evaluate("task.selectedIndex = 1; document.querySelector('#begin button').click()");
    await shows("status", "your turn");
    expect(await text("text")).toContain(`Shop ${ATTACK}`);
    expect(
      await evaluate("[...document.querySelectorAll('#files summary')].map((one) => one.textContent)"),
    ).toEqual(["app.py", "labels.py"]);
    expect(await text("files")).toContain(ATTACK);
  });

  it("offers every action, and takes it from the form", async () => {
    expect(await evaluate("[...kind.options].map((one) => one.textContent)")).toEqual([
      "command",
      "read_file",
      "identify_vuln",
      "patch",
      "terminate",
    ]);
    await act("command", { command: "id" });
    expect(await text("observation")).toContain(ATTACK);
    await act("read_file", { path: "labels.py" });
    expect(await text("observation")).toContain("TITLE");
    await act("identify_vuln", { type: "sql_injection", file: "app.py", line: String(TINY_LINE) });
    expect(await text("reward")).toMatch(/this step0\.3episode0\.3/);
  });

  it("shows reward components and the evidence of each rung", async () => {
    await act("patch", { patch: JSON.stringify({ "labels.py": "TITLE = 1\n" }) });
    expect(await text("reward")).toMatch(/this step0\.2episode0\.5.*identify0\.3runs0\.2/);
    const evidence = String(await text("evidence"));
    expect(evidence).toContain("visible (1)");
    expect(evidence).toContain("exploits (1)");
    expect(evidence).toContain("secret row");
    expect(await evaluate("document.querySelectorAll('#evidence .failed').length")).toBe(1);
  });

  it("says what is wrong with a form and goes on", async () => {
    await evaluate(`
      kind.value = "patch"; kind.dispatchEvent(new Event("change"));
      document.getElementById("act").elements.namedItem("patch").value = "{";
      send.click();`);
    await shows("status", "patch: expected JSON");
    await act("terminate", {});
    await shows("status", "the episode is over");
    expect(await evaluate("send.disabled")).toBe(true);
  });

  it("ran nothing that was shown, made no element of it, and met no error", async () => {
    expect(await evaluate("document.title")).toBe("Play an environment");
    expect(await evaluate("document.querySelectorAll('img, body script').length")).toBe(0);
    expect(problems).toEqual([]);
  });

  it("lets no script in that is not its own", async () => {
    await evaluate(
      "document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => (window.seen = effectiveDirective)); 0",
    );
    await evaluate(
      "const added = document.createElement('script'); added.text = \"document.title='owned'\"; document.body.append(added)",
    );
    while ((await evaluate("window.seen")) === undefined)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await evaluate("window.seen")).toMatch(/^(script-src|require-trusted-types-for)/);
    expect(await evaluate("document.title")).toBe("Play an environment");
  });
});
