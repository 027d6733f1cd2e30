/** Shows generated XSS pairs to a browser, uses each page as a visitor would, and compares with the oracle. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fieldValue, type HttpPair, type ResponseMessage } from "../../src/core/index.ts";
import { parseRequest, parseResponse } from "../../src/data/http/index.ts";
import { judgeHttp, MARKER, markReflections, subjectOf } from "../../src/verify/http/index.ts";
import { openPage, type Page } from "./chromium.ts";

export interface Disagreement {
  readonly id: string;
  readonly template: string;
  readonly oracle: boolean | null;
  readonly browser: boolean;
  readonly fact: string;
}

export interface Agreement {
  readonly cases: number;
  readonly agreed: number;
  readonly disagreements: readonly Disagreement[];
  readonly version: string;
  readonly seconds: number;
}

/** Fields of the transfer, which this server decides. */
const TRANSFER =
  /^(?:content-length|transfer-encoding|connection|date|content-encoding|strict-transport-security)$/i;
const SITE = "http://page.test";
const LOAD_MS = 10_000;
/** Lets handlers, frames and queued navigations run after the page has been used. */
const SETTLE_MS = 200;
/** On a busy machine a script may come late: a page that kept silent against the oracle is shown once more, this long. */
const PATIENT_MS = 3000;

/** Whoever reads the marker's name as code has run: a getter tells, and what it hands out can be called. */
const WATCH = `Object.defineProperty(window, ${JSON.stringify(MARKER)}, {
  get() { told((() => { try { return top.location.pathname; } catch { return ""; } })()); return new Proxy(function () {}, { get: () => undefined }); } });`;
/** What a visitor might do: pass over, press and use everything. */
const USE = `for (const root of [document, ...Array.from(frames).flatMap((f) => { try { return f.document; } catch { return []; } })])
  for (const element of [...root.querySelectorAll("*")]) {
    for (const { name } of [...element.attributes])
      if (/^on/i.test(name)) element.dispatchEvent(new Event(name.slice(2).toLowerCase()));
    if (element.matches("a[href^='javascript' i]")) element.click();
  }`;

export async function measureAgreement(chromium: string, pairs: Iterable<HttpPair>): Promise<Agreement> {
  const started = performance.now();
  const answers = new Map<string, ResponseMessage>();
  const server = await serve(answers);
  const page = await openPage(chromium, (server.address() as AddressInfo).port);
  try {
    let shown = "";
    let told = false;
    // What an earlier page does late is not held against this one; a frame without a site cannot say whose it is.
    page.on("Runtime.bindingCalled", ({ payload }: { payload: string }) => {
      if (payload === "" || payload === shown) told = true;
    });
    page.on(
      "Page.javascriptDialogOpening",
      () => void page.send("Page.handleJavaScriptDialog", { accept: true }).catch(() => {}),
    );
    await page.send("Page.enable");
    await page.send("Runtime.enable");
    await page.send("Runtime.addBinding", { name: "told" });
    await page.send("Page.addScriptToEvaluateOnNewDocument", { source: WATCH });
    await page.send("Page.setDownloadBehavior", { behavior: "deny" });
    const disagreements: Disagreement[] = [];
    let cases = 0;
    for (const pair of pairs) {
      cases++;
      const { request, response } = messages(pair);
      const { body } = markReflections(response.body, subjectOf(request, response).values);
      const oracle = judgeHttp(request, response, "XSS").vulnerable;
      shown = `/${pair.id}`;
      answers.set(shown, { ...response, body });
      told = false;
      await visit(page, shown, SETTLE_MS);
      if (!told && oracle === true) await visit(page, shown, PATIENT_MS);
      if (told !== oracle)
        disagreements.push({
          id: pair.id,
          template: pair.provenance!.template!,
          oracle,
          browser: told,
          fact: `${pair.fact!.says} ${pair.fact!.evidence}`,
        });
    }
    const seconds = (performance.now() - started) / 1000;
    return { cases, agreed: cases - disagreements.length, disagreements, version: page.version, seconds };
  } finally {
    await page.close();
    server.close();
  }
}

/** The browser is shown each page without encryption, which decides what `https:` in a policy matches: so is the oracle. */
function messages(pair: HttpPair) {
  const parsed = parseRequest(pair.request, pair.id).message;
  const request = { ...parsed, target: `http://${fieldValue(parsed.headers, "host")}${parsed.target}` };
  return { request, response: parseResponse(pair.response, pair.id).message };
}

async function visit(page: Page, path: string, settleMs: number): Promise<void> {
  const loaded = page.next("Page.loadEventFired", LOAD_MS);
  const { errorText } = await page.send("Page.navigate", { url: SITE + path });
  // A download ends the navigation and never loads.
  if (errorText === undefined) await loaded;
  await page.send("Runtime.evaluate", { expression: USE });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
}

/** Serves each pair at its id, and from every foreign host a script that gives itself away. */
async function serve(answers: ReadonlyMap<string, ResponseMessage>): Promise<Server> {
  const server = createServer((asked, reply) => {
    const answer = `http://${asked.headers.host}` === SITE ? answers.get(asked.url!) : undefined;
    if (answer !== undefined) {
      const headers = answer.headers.filter(([name]) => !TRANSFER.test(name));
      reply.writeHead(answer.status, headers.flat());
      reply.end(answer.body);
    } else if (asked.headers.host?.includes(MARKER)) {
      reply.writeHead(200, { "Content-Type": "text/javascript" });
      reply.end(MARKER);
    } else {
      reply.writeHead(404);
      reply.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
